package yin;

import clojure.lang.APersistentSet;
import clojure.lang.IEditableCollection;
import clojure.lang.IFn;
import clojure.lang.IObj;
import clojure.lang.IPersistentCollection;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentSet;
import clojure.lang.IReduce;
import clojure.lang.ISeq;
import clojure.lang.ITransientCollection;
import clojure.lang.RT;
import java.util.Iterator;

/** A set of a domain. Never empty. */
public class SetView extends APersistentSet implements View, IObj, IEditableCollection, IReduce {
  private final transient Domain domain;
  private final transient Hold hold;
  private final transient int count;

  SetView(Domain domain, Whole whole, long word, int count) {
    super(null);  // its own methods that use a map are all overridden
    this.domain = domain;
    hold = whole.hold(this, word);
    this.count = count;
  }

  @Override public final Domain domain() { return domain; }
  @Override public final Hold hold() { return hold; }
  @Override public int kind() { return Words.SET; }

  @Override public final int count() { return count; }
  @Override public final boolean contains(Object key) { return Views.contains(this, key); }
  @Override public final Object get(Object key) { return Views.getKey(this, key, null); }

  @Override
  public final IPersistentSet cons(Object item) {
    return (IPersistentSet) Views.apply(this, Native.CONJ, item);
  }

  @Override
  public final IPersistentSet disjoin(Object item) {
    return contains(item) ? (IPersistentSet) Views.apply(this, Native.DISJ, item) : this;
  }

  @Override public IPersistentCollection empty() { return (IPersistentCollection) Views.emptyWithMeta(this); }
  @Override public final IPersistentMap meta() { return Views.meta(this); }
  @Override public final IObj withMeta(IPersistentMap meta) { return (IObj) Views.withMeta(this, meta); }
  @Override public final ITransientCollection asTransient() { return new TransientSet(this); }

  @Override
  public final boolean equiv(Object x) {
    int equal = Views.equal(this, x);
    return equal < 0 ? super.equiv(x) : equal != 0;
  }

  @Override public final ISeq seq() { return RT.chunkIteratorSeq(iterator()); }
  @Override public final Iterator<Object> iterator() { return new Items(this); }
  @Override public final Object reduce(IFn f) { return Reducing.all(f, iterator()); }
  @Override public final Object reduce(IFn f, Object start) { return Reducing.from(f, start, iterator()); }
}
