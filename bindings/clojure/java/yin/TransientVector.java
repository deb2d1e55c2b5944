package yin;

import clojure.lang.AFn;
import clojure.lang.IMapEntry;
import clojure.lang.IPersistentVector;
import clojure.lang.ITransientAssociative2;
import clojure.lang.ITransientCollection;
import clojure.lang.ITransientVector;
import clojure.lang.MapEntry;
import clojure.lang.Util;

/** For one thread at a time. */
final class TransientVector extends AFn implements ITransientVector, ITransientAssociative2 {
  private final Batch batch;
  private int count;

  TransientVector(VectorView v) {
    batch = new Batch(v);
    count = v.count();
  }

  private IPersistentVector now() {
    return (IPersistentVector) batch.now();
  }

  @Override
  public ITransientVector assocN(int i, Object item) {
    batch.editable();
    if (i < 0 || i > count) throw new IndexOutOfBoundsException(i + " of " + count);
    batch.add((long) i, item);
    if (i == count) count++;
    return this;
  }

  @Override
  public ITransientVector assoc(Object key, Object item) {
    if (!Util.isInteger(key)) throw new IllegalArgumentException("Key must be integer");
    return assocN(((Number) key).intValue(), item);
  }

  @Override
  public ITransientCollection conj(Object item) {
    return assocN(count, item);
  }

  @Override
  public ITransientVector pop() {
    batch.set((IPersistentVector) now().pop());
    count--;
    return this;
  }

  @Override public IPersistentVector persistent() { return (IPersistentVector) batch.end(); }

  @Override
  public int count() {
    batch.editable();
    return count;
  }

  @Override public Object nth(int i) { return now().nth(i); }
  @Override public Object nth(int i, Object otherwise) { return now().nth(i, otherwise); }
  @Override public Object valAt(Object key) { return now().valAt(key); }
  @Override public Object valAt(Object key, Object otherwise) { return now().valAt(key, otherwise); }
  @Override public boolean containsKey(Object key) { return now().containsKey(key); }

  @Override
  public IMapEntry entryAt(Object key) {
    return containsKey(key) ? MapEntry.create(key, valAt(key)) : null;
  }

  @Override
  public Object invoke(Object key) {
    if (!Util.isInteger(key)) throw new IllegalArgumentException("Key must be integer");
    return nth(((Number) key).intValue());
  }
}
