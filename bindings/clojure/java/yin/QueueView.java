package yin;

import clojure.lang.Counted;
import clojure.lang.IFn;
import clojure.lang.IHashEq;
import clojure.lang.IObj;
import clojure.lang.IPersistentCollection;
import clojure.lang.IPersistentList;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentStack;
import clojure.lang.IReduce;
import clojure.lang.ISeq;
import clojure.lang.Murmur3;
import clojure.lang.RT;
import clojure.lang.Sequential;
import clojure.lang.Util;
import java.util.AbstractCollection;
import java.util.Iterator;
import java.util.List;

/** A queue of a domain, as clojure.lang.PersistentQueue. Never empty. */
public final class QueueView extends AbstractCollection<Object>
    implements View, IPersistentList, IObj, Counted, IHashEq, IReduce {
  private final Domain domain;
  private final Hold hold;
  private final int count;

  QueueView(Domain domain, Whole whole, long word, int count) {
    this.domain = domain;
    hold = whole.hold(this, word);
    this.count = count;
  }

  @Override public Domain domain() { return domain; }
  @Override public Hold hold() { return hold; }
  @Override public int kind() { return Words.QUEUE; }
  @Override public int count() { return count; }
  @Override public int size() { return count; }
  @Override public Object peek() { return Views.value(this, Native.peek(domain.address, hold.word), null); }

  @Override public IPersistentStack pop() { return (IPersistentStack) Views.apply(this, Native.POP); }

  @Override
  public IPersistentCollection cons(Object item) {
    return (IPersistentCollection) Views.apply(this, Native.CONJ, item);
  }

  @Override public IPersistentCollection empty() { return (IPersistentCollection) Views.emptyWithMeta(this); }
  @Override public IPersistentMap meta() { return Views.meta(this); }
  @Override public IObj withMeta(IPersistentMap meta) { return (IObj) Views.withMeta(this, meta); }
  @Override public ISeq seq() { return RT.chunkIteratorSeq(iterator()); }
  @Override public Iterator<Object> iterator() { return new Items(this); }
  @Override public Object reduce(IFn f) { return Reducing.all(f, iterator()); }
  @Override public Object reduce(IFn f, Object start) { return Reducing.from(f, start, iterator()); }

  @Override
  public boolean equiv(Object x) {
    int equal = Views.equal(this, x);
    if (equal >= 0) return equal != 0;
    return (x instanceof Sequential || x instanceof List) && seq().equiv(x);
  }

  @Override
  public boolean equals(Object x) {
    return (x instanceof Sequential || x instanceof List) && seq().equals(x);
  }

  @Override public int hashCode() { return Util.hash(seq()); }
  @Override public int hasheq() { return Murmur3.hashOrdered(this); }
  @Override public String toString() { return RT.printString(this); }
}
