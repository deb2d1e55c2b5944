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
import clojure.lang.RT;
import java.util.Iterator;

/** A list of a domain. Never empty. `next` makes another list; who goes through goes by chunks. */
public final class ListView extends ASeq implements View, IPersistentList, IReduce, Counted, IChunkedSeq {
  private static final int CHUNK = 32;

  private final transient Hold hold;
  private final transient long word;
  private final transient int count;

  ListView(Hold hold, long word, int count, IPersistentMap meta) {
    super(meta);
    this.hold = hold;
    this.word = word;
    this.count = count;
  }

  @Override public Domain domain() { return hold.domain; }
  @Override public Hold hold() { return hold; }
  @Override public long word() { return word; }
  @Override public int kind() { return Words.LIST; }
  @Override public int count() { return count; }

  @Override public Object first() { return peek(); }

  @Override
  public Object peek() {
    Object first = hold.value(Native.peek(hold.domain.address, word));
    java.lang.ref.Reference.reachabilityFence(this);
    return first;
  }

  @Override
  public ISeq next() {
    return count == 1 ? null : (ISeq) ((Obj) bare().pop()).withMeta(null);
  }

  private ListView bare() {
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

  // One walk by chunks: the first has what the iterator gave first, the rest goes on with it.
  private transient Object[] chunk;
  private transient ISeq afterChunk;

  private synchronized void walk() {
    if (chunk != null) return;
    Items items = new Items(this);
    Object[] first = new Object[Math.min(CHUNK, count)];
    for (int i = 0; i < first.length; i++) first[i] = items.next();
    afterChunk = items.hasNext() ? RT.chunkIteratorSeq(items) : null;
    chunk = first;
  }

  @Override
  public IChunk chunkedFirst() {
    walk();
    return new ArrayChunk(chunk);
  }

  @Override
  public ISeq chunkedNext() {
    walk();
    return afterChunk;
  }

  @Override
  public ISeq chunkedMore() {
    ISeq next = chunkedNext();
    return next == null ? PersistentList.EMPTY : next;
  }
}
