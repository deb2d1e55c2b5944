package yin;

import clojure.lang.AFn;
import clojure.lang.IPersistentCollection;
import clojure.lang.IPersistentSet;
import clojure.lang.ITransientCollection;
import clojure.lang.ITransientSet;

/** For one thread at a time. */
final class TransientSet extends AFn implements ITransientSet {
  private final Batch batch;

  TransientSet(View v) {
    batch = new Batch(v);
  }

  private IPersistentSet now() {
    return (IPersistentSet) batch.now();
  }

  @Override
  public ITransientCollection conj(Object item) {
    batch.add(Native.UPDATE_ITEMS, item);
    return this;
  }

  @Override
  public ITransientSet disjoin(Object item) {
    batch.removeItem(item);
    return this;
  }

  @Override public IPersistentCollection persistent() { return batch.end(); }
  @Override public int count() { return now().count(); }
  @Override public boolean contains(Object item) { return now().contains(item); }
  @Override public Object get(Object item) { return now().get(item); }
  @Override public Object invoke(Object item) { return get(item); }

  @Override
  public Object invoke(Object item, Object otherwise) {
    return contains(item) ? get(item) : otherwise;
  }
}
