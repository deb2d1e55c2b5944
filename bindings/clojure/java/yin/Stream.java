package yin;


/** A log that is appended to, by any thread of any process. */
public final class Stream implements Root {
  private final Domain domain;
  private final long word;

  Stream(Domain domain, long word) {
    this.domain = domain;
    this.word = word;
  }

  @Override public Domain domain() { return domain; }
  @Override public long word() { return word; }

  /** False: it was full for `timeoutMs` (negative: waits for as long as it takes). */
  public boolean put(Object item, long timeoutMs) throws InterruptedException {
    Seen stored = domain.stored(item);
    Object done = Waiting.until(this, timeoutMs, () -> {
      Parcel p = Parcel.take(domain);
      try {
        if (stored.word == Words.NONE) p.put(stored.value);
        else p.putWord(stored.word, stored);
        return domain.withRoom(() -> Native.streamPut(domain.address, word, p.address(), p.words()))
            ? Boolean.TRUE : null;
      } finally {
        p.done();
      }
    });
    return done != null;
  }

  public void close() {
    Native.streamClose(domain.address, word);
  }

  /** A reader's position, from the first item that is kept. */
  public Cursor cursor() {
    return (Cursor) domain.root(Native.cursor(domain.address, word));
  }

  @Override
  public String toString() {
    return "#<yin stream " + Long.toUnsignedString(word, 16) + " of " + domain + ">";
  }
}
