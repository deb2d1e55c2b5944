package yin;

import clojure.lang.IPersistentCollection;
import clojure.lang.ISeq;
import clojure.lang.PersistentTreeSet;
import clojure.lang.RT;
import clojure.lang.Reversible;
import clojure.lang.Sorted;
import java.util.Comparator;

/** A sorted set, in the order of compare or of its reverse. */
public final class SortedSetView extends SetView implements Sorted, Reversible {
  SortedSetView(Domain domain, Whole whole, long word, int count) {
    super(domain, whole, word, count);
  }

  @Override public int kind() { return Words.SORTED_SET; }
  @Override public Comparator<?> comparator() { return Views.comparator(this); }

  @Override
  public IPersistentCollection empty() {
    Comparator<?> order = comparator();
    return order == RT.DEFAULT_COMPARATOR ? super.empty()
        : (IPersistentCollection) PersistentTreeSet.create(order, null).withMeta(meta());
  }

  @Override public Object entryKey(Object entry) { return entry; }

  @Override
  public ISeq seq(boolean ascending) {
    return ascending ? seq() : RT.chunkIteratorSeq(new Items(this, Items.DESCENDING, null, null));
  }

  @Override
  public ISeq seqFrom(Object key, boolean ascending) {
    return RT.chunkIteratorSeq(ascending ? new Items(this, Items.FROM, key, null)
        : new Items(this, Items.TO | Items.WITH_TO | Items.DESCENDING, null, key));
  }

  @Override public ISeq rseq() { return seq(false); }
}
