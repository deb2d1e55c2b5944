package yin;

import clojure.lang.ASeq;
import clojure.lang.ArrayChunk;
import clojure.lang.Counted;
import clojure.lang.IChunk;
import clojure.lang.IChunkedSeq;
import clojure.lang.IPersistentCollection;
import clojure.lang.IPersistentList;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentStack;
import clojure.lang.ISeq;
import clojure.lang.Obj;
import clojure.lang.PersistentList;

/** What `next` gives of a list of a domain: a list too, whose steps make nothing in the domain. */
final class ListTail extends ASeq implements IPersistentList, Counted, IChunkedSeq {
  private static final int NEAR = 8;

  private final transient ListView list;
  private final transient int at;  // in the list
  private final transient ListChunk chunk;
  private final transient int index;  // in the chunk

  private ListTail(IPersistentMap meta, ListView list, int at, ListChunk chunk, int index) {
    super(meta);
    this.list = list;
    this.at = at;
    this.chunk = chunk;
    this.index = index;
  }

  /** The list from `at` on, where `chunk` has it at `index`, or the one behind it; null: there is none. */
  static ISeq of(ListView list, int at, ListChunk chunk, int index) {
    if (at == list.count()) return null;
    return index < chunk.items.length ? new ListTail(null, list, at, chunk, index)
        : new ListTail(null, list, at, chunk.next(list.count() - at), 0);
  }

  @Override public int count() { return list.count() - at; }
  @Override public Object first() { return chunk.items[index]; }
  @Override public ISeq next() { return of(list, at + 1, chunk, index + 1); }
  @Override public Object peek() { return first(); }

  @Override
  public IPersistentStack pop() {
    ISeq next = next();
    return next == null ? (IPersistentStack) PersistentList.EMPTY : (IPersistentStack) next;
  }

  @Override
  public ISeq cons(Object item) {
    return (ISeq) ((IPersistentCollection) list.domain().store(this)).cons(item);
  }

  @Override public IPersistentCollection empty() { return (IPersistentCollection) PersistentList.EMPTY; }
  @Override public Obj withMeta(IPersistentMap meta) { return new ListTail(meta, list, at, chunk, index); }

  /** The same as a list that shares with the whole, where that takes a few steps only. */
  View near(Domain domain) {
    if (at > NEAR || list.domain() != domain || meta() != null) return null;
    Object rest = list.bare();
    for (int i = 0; i < at; i++) rest = ((IPersistentStack) rest).pop();
    return (View) rest;
  }

  @Override public IChunk chunkedFirst() { return new ArrayChunk(chunk.items, index); }

  @Override
  public ISeq chunkedNext() {
    return of(list, at + chunk.items.length - index, chunk, chunk.items.length);
  }

  @Override
  public ISeq chunkedMore() {
    ISeq next = chunkedNext();
    return next == null ? PersistentList.EMPTY : next;
  }
}
