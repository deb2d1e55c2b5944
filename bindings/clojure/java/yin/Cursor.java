package yin;

/** A position in a stream: each item once for all who share it. */
public final class Cursor implements Root {
  private static final Object END = new Object();

  private final Domain domain;
  private final long word;

  Cursor(Domain domain, long word) {
    this.domain = domain;
    this.word = word;
  }

  @Override public Domain domain() { return domain; }
  @Override public long word() { return word; }

  public Stream stream() {
    return (Stream) domain.root(Native.cursorStream(domain.address, word));
  }

  private static final class Item {
    final Object value;

    Item(Object value) {
      this.value = value;
    }
  }

  /** The next item; `end` when the stream was closed and is read, `late` after `timeoutMs` without one. */
  public Object next(long timeoutMs, Object late, Object end) throws InterruptedException {
    Object got = once();
    if (got == null && timeoutMs != 0) got = Waiting.until(stream(), timeoutMs, this::once);
    return got == null ? late : got == END ? end : ((Item) got).value;
  }

  private Object once() {
    Box box = Box.get();
    long[] both = Native.cursorNext(domain.address, word, box.address);
    if (both[0] == Failure.END) return END;
    return both[0] == Failure.UNAVAILABLE ? null : new Item(domain.kept(both[1], box));
  }

  public void delete() {
    domain.forget(this);
    Native.deleteAtom(domain.address, word);
  }

  @Override
  public String toString() {
    return "#<yin cursor " + Long.toUnsignedString(word, 16) + " of " + domain + ">";
  }
}
