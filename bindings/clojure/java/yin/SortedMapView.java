package yin;

import clojure.lang.IPersistentCollection;
import clojure.lang.ISeq;
import clojure.lang.PersistentTreeMap;
import clojure.lang.RT;
import clojure.lang.Reversible;
import clojure.lang.Sorted;
import java.util.Comparator;
import java.util.Map;

/** A sorted map, in the order of compare or of its reverse, or an int map, in the order of its keys. */
public final class SortedMapView extends MapView implements Sorted, Reversible {
  private final transient int kind;

  SortedMapView(Domain domain, Whole whole, int kind, long word, int count) {
    super(domain, whole, word, count);
    this.kind = kind;
  }

  @Override public int kind() { return kind; }

  @Override
  public IPersistentCollection empty() {
    if (kind == Words.INT_MAP) return domain().emptyIntMap();
    Comparator<?> order = comparator();
    return order == RT.DEFAULT_COMPARATOR ? super.empty() : new PersistentTreeMap(meta(), order);
  }

  @Override public Comparator<?> comparator() { return Views.comparator(this); }
  @Override public Object entryKey(Object entry) { return ((Map.Entry<?, ?>) entry).getKey(); }

  @Override
  public ISeq seq(boolean ascending) {
    return ascending ? seq() : RT.chunkIteratorSeq(entries(new Items(this, Items.DESCENDING, null, null)));
  }

  @Override
  public ISeq seqFrom(Object key, boolean ascending) {
    // From the far end down to the key, or from the key up.
    Items items = ascending ? new Items(this, Items.FROM, key, null)
        : new Items(this, Items.TO | Items.WITH_TO | Items.DESCENDING, null, key);
    return RT.chunkIteratorSeq(entries(items));
  }

  @Override public ISeq rseq() { return count() == 0 ? null : seq(false); }
}
