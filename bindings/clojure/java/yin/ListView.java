package yin;

import clojure.lang.ASeq;
import clojure.lang.ArrayChunk;
import clojure.lang.Counted;
import clojure.lang.IChunk;
import clojure.lang.IChunkedSeq;
import clojure.lang.IFn;
import clojure.lang.IPersistentCollection;
import clojure.lang.IPersistentList;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentStack;
import clojure.lang.IReduce;
import clojure.lang.ISeq;
import clojure.lang.Obj;
import clojure.lang.PersistentList;
import java.util.Iterator;

/** A list of a domain. Never empty. */
public final class ListView extends ASeq implements View, IPersistentList, IReduce, Counted, IChunkedSeq {
  private final transient Domain domain;
  private final transient Hold hold;
  private final transient int count;

  ListView(Domain domain, Whole whole, long word, int count, IPersistentMap meta) {
    super(meta);
    this.domain = domain;
    hold = whole.hold(this, word);
    this.count = count;
  }

  @Override public Domain domain() { return domain; }
  @Override public Hold hold() { return hold; }
  @Override public int kind() { return Words.LIST; }
  @Override public int count() { return count; }

  @Override public Object first() { return peek(); }
  @Override public Object peek() { return Views.value(this, Native.peek(domain.address, hold.word), null); }

  @Override public ISeq next() { return count == 1 ? null : ListTail.of(this, 1, walk(), 1); }

  ListView bare() {
    return meta() == null ? this : (ListView) Views.apply(this, Native.BARE);
  }

  @Override public IPersistentStack pop() { return (IPersistentStack) Views.apply(this, Native.POP); }
  @Override public ISeq cons(Object item) { return (ISeq) Views.apply(this, Native.CONJ, item); }

  @Override
  public IPersistentCollection empty() {
    return (IPersistentCollection) Views.emptyWithMeta(this);
  }

  @Override public Obj withMeta(IPersistentMap meta) { return (Obj) Views.withMeta(this, meta); }

  @Override
  public boolean equiv(Object x) {
    int equal = Views.equal(this, x);
    return equal < 0 ? super.equiv(x) : equal != 0;
  }

  @Override public Iterator<Object> iterator() { return new Items(this); }
  @Override public Object reduce(IFn f) { return Reducing.all(f, iterator()); }
  @Override public Object reduce(IFn f, Object start) { return Reducing.from(f, start, iterator()); }

  private transient ListChunk walked;

  private synchronized ListChunk walk() {
    if (walked == null) walked = ListChunk.of(new Items(this), count);
    return walked;
  }

  @Override public IChunk chunkedFirst() { return new ArrayChunk(walk().items); }

  @Override
  public ISeq chunkedNext() {
    int first = walk().items.length;
    return ListTail.of(this, first, walk(), first);
  }

  @Override
  public ISeq chunkedMore() {
    ISeq next = chunkedNext();
    return next == null ? PersistentList.EMPTY : next;
  }
}
