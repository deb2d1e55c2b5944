package yin;

import clojure.lang.APersistentVector;
import clojure.lang.IDeref;
import clojure.lang.IEditableCollection;
import clojure.lang.IFn;
import clojure.lang.IKVReduce;
import clojure.lang.IObj;
import clojure.lang.IPersistentCollection;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentStack;
import clojure.lang.IPersistentVector;
import clojure.lang.IReduce;
import clojure.lang.ISeq;
import clojure.lang.ITransientCollection;
import clojure.lang.RT;
import java.util.Iterator;

/** A vector of a domain. Never empty. */
public final class VectorView extends APersistentVector
    implements View, IObj, IEditableCollection, IReduce, IKVReduce {
  private final transient Domain domain;
  private final transient Hold hold;
  private final transient int count;

  VectorView(Domain domain, Whole whole, long word, int count) {
    this.domain = domain;
    hold = whole.hold(this, word);
    this.count = count;
  }

  @Override public Domain domain() { return domain; }
  @Override public Hold hold() { return hold; }
  @Override public int kind() { return Words.VECTOR; }
  @Override public int count() { return count; }

  @Override
  public Object nth(int i) {
    if (i < 0 || i >= count) throw new IndexOutOfBoundsException(i + " of " + count);
    return Views.value(this, Native.nth(domain.address, hold.word, i), null);
  }

  @Override
  public Object nth(int i, Object otherwise) {
    return i < 0 || i >= count ? otherwise : nth(i);
  }

  @Override
  public IPersistentVector assocN(int i, Object item) {
    if (i < 0 || i > count) throw new IndexOutOfBoundsException(i + " of " + count);
    return (IPersistentVector) (i == count ? Views.apply(this, Native.CONJ, item)
        : Views.apply(this, Native.ASSOC, (long) i, item));
  }

  @Override
  public IPersistentVector cons(Object item) {
    return (IPersistentVector) Views.apply(this, Native.CONJ, item);
  }

  @Override public IPersistentStack pop() { return (IPersistentStack) Views.apply(this, Native.POP); }
  @Override public IPersistentCollection empty() { return (IPersistentCollection) Views.emptyWithMeta(this); }
  @Override public IPersistentMap meta() { return Views.meta(this); }
  @Override public IObj withMeta(IPersistentMap meta) { return (IObj) Views.withMeta(this, meta); }
  @Override public ITransientCollection asTransient() { return new TransientVector(this); }

  @Override
  public boolean equiv(Object x) {
    int equal = Views.equal(this, x);
    return equal < 0 ? super.equiv(x) : equal != 0;
  }

  @Override public ISeq seq() { return RT.chunkIteratorSeq(iterator()); }
  @Override public Iterator<Object> iterator() { return new Items(this); }
  @Override public Object reduce(IFn f) { return Reducing.all(f, iterator()); }
  @Override public Object reduce(IFn f, Object start) { return Reducing.from(f, start, iterator()); }

  @Override
  public Object kvreduce(IFn f, Object result) {
    Items items = new Items(this);
    for (long i = 0; items.hasNext(); i++) {
      result = f.invoke(result, i, items.next());
      if (RT.isReduced(result)) {
        items.stop();
        return ((IDeref) result).deref();
      }
    }
    return result;
  }
}
