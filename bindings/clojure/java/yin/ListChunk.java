package yin;

/** Some items of a list in a row, and, when somebody wants them, those behind. One walk serves all who share it. */
final class ListChunk {
  private static final int ITEMS = 32;

  final Object[] items;
  private Items source;  // of what is behind; null: it was asked
  private ListChunk next;

  private ListChunk(Object[] items, Items source) {
    this.items = items;
    this.source = source;
  }

  /** Null: nothing is left. `left` items are at most. */
  static ListChunk of(Items source, int left) {
    Object[] items = new Object[Math.min(ITEMS, left)];
    for (int i = 0; i < items.length; i++) items[i] = source.next();
    return new ListChunk(items, source);
  }

  /** `left`: how many there are behind this one. */
  synchronized ListChunk next(int left) {
    if (source != null) {
      next = left > 0 ? of(source, left) : null;
      source = null;
    }
    return next;
  }
}
