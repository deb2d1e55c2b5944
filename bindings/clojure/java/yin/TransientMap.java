package yin;

import clojure.lang.AFn;
import clojure.lang.ILookup;
import clojure.lang.IMapEntry;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.ITransientAssociative2;
import clojure.lang.ITransientMap;
import clojure.lang.RT;
import java.util.Map;

/** For one thread at a time, as all transients. */
final class TransientMap extends AFn implements ITransientMap, ITransientAssociative2 {
  private final Batch batch;

  TransientMap(View v) {
    batch = new Batch(v);
  }

  private IPersistentMap now() {
    return (IPersistentMap) batch.now();
  }

  @Override
  public ITransientMap assoc(Object key, Object value) {
    batch.add(key, value);
    return this;
  }

  @Override
  public ITransientMap without(Object key) {
    batch.remove(key);
    return this;
  }

  @Override
  public ITransientMap conj(Object x) {
    batch.editable();
    if (x instanceof Map.Entry) return assoc(((Map.Entry<?, ?>) x).getKey(), ((Map.Entry<?, ?>) x).getValue());
    if (x instanceof IPersistentVector) {
      IPersistentVector v = (IPersistentVector) x;
      if (v.count() != 2) throw new IllegalArgumentException("Vector arg to map conj must be a pair");
      return assoc(v.nth(0), v.nth(1));
    }
    for (clojure.lang.ISeq s = RT.seq(x); s != null; s = s.next()) conj((Map.Entry<?, ?>) s.first());
    return this;
  }

  @Override public IPersistentMap persistent() { return (IPersistentMap) batch.end(); }
  @Override public int count() { return now().count(); }
  @Override public Object valAt(Object key) { return ((ILookup) now()).valAt(key); }
  @Override public Object valAt(Object key, Object otherwise) { return ((ILookup) now()).valAt(key, otherwise); }
  @Override public boolean containsKey(Object key) { return now().containsKey(key); }
  @Override public IMapEntry entryAt(Object key) { return now().entryAt(key); }
  @Override public Object invoke(Object key) { return valAt(key); }
  @Override public Object invoke(Object key, Object otherwise) { return valAt(key, otherwise); }
}
