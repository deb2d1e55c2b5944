package yin;

/** Waits for a change of a root until something is there: for streams. */
final class Waiting {
  private static final int SLICE_MS = 100;  // so long may an interrupt take

  interface Try {
    /** Null: not yet. */
    Object once();
  }

  private Waiting() {}

  /** What `attempt` gives, or null after `timeoutMs`; negative: as long as it takes. */
  static Object until(Root changes, long timeoutMs, Try attempt) throws InterruptedException {
    Object got = attempt.once();
    if (got != null || timeoutMs == 0) return got;
    long address = changes.domain().address;
    Owned watch = null;
    long end = System.nanoTime() + timeoutMs * 1_000_000;
    Object owner = new Object();
    long[] watches = {Native.watchStart(address, changes.word(), 0)};
    watch = new Owned(owner, Owned.WATCH, watches[0]);
    try {
      while ((got = attempt.once()) == null) {
        if (Thread.interrupted()) throw new InterruptedException();
        long left = timeoutMs < 0 ? SLICE_MS : (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) return null;
        if (Native.watchWait(watches, (int) Math.min(left, SLICE_MS)) == Failure.CLOSED)
          throw Failure.of(Failure.CLOSED, changes.domain() + " was closed by this process");
        Box box = Box.get();
        Box other = new Box(Box.WORDS);
        for (long[] took; (took = Native.watchTake(address, watches[0], box.address, other.address)) != null; ) {
          changes.domain().kept(took[0], box);  // a hold each, given back with the rest
          if (took[1] != Words.ABSENT) changes.domain().kept(took[1], other);
        }
      }
      return got;
    } finally {
      watch.release();
      java.lang.ref.Reference.reachabilityFence(owner);
    }
  }
}
