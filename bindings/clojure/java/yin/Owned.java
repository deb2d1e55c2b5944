package yin;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a Java object owns of the library: given back when it is closed or, at the latest, after the JVM's
 * collector found it unreachable.
 *
 * <p>A thread gives back what the collector found. Handles keep old versions in the domain, and the JVM,
 * which sees small objects only, would collect much too late: so whoever makes them counts, and asks for a
 * collection when too many are out (direct buffers do the same), but spends a tenth of the time on that at
 * most, since a full collection of a large heap is slow. What survives it is meant to be there, and raises
 * the mark.
 */
class Owned extends PhantomReference<Object> {
  /** What the natives' release() names alike. */
  static final int HANDLE = 0, ITERATOR = 1, SNAPSHOT = 2, WATCH = 3, DOMAIN = 4;

  private static final int STRIPES = 16;
  private static final int CHUNK = 64;
  private static final int FIRST_MARK = 1 << 17;  // above what is made between two young collections, mostly
  private static final int PATIENCE_MS = 200, GAP_MS = 2;

  private static final VarHandle OWNED;
  private static final ReferenceQueue<Object> FOUND = new ReferenceQueue<>();
  private static final LongAdder OUT = new LongAdder();
  private static final long TOO_MANY = 4;  // marks: then it is worth any time
  private static volatile long mark = FIRST_MARK;
  private static volatile long restUntil = System.nanoTime();

  // Who owns something is reachable from here: chunks in a list, one a stripe being filled.
  private static final Chunk LIST = new Chunk(0);
  private static final Chunk[] OPEN = new Chunk[STRIPES];

  static {
    try {
      OWNED = MethodHandles.lookup().findVarHandle(Owned.class, "owned", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
    LIST.previous = LIST.next = LIST;
    for (int i = 0; i < STRIPES; i++) OPEN[i] = listed();
    Thread thread = new Thread(Owned::giveBackForever, "yin-release");
    thread.setDaemon(true);
    thread.start();
  }

  Chunk chunk;
  private byte index;  // in the chunk
  private final byte sort;
  private volatile long owned;  // 0: nothing, or given back

  /** Of an object that owns nothing yet. */
  Owned(Object owner) {
    super(owner, FOUND);
    sort = HANDLE;
  }

  Owned(Object owner, int sort, long owned) {
    super(owner, FOUND);
    this.sort = (byte) sort;
    own(owned);
    if (sort == HANDLE) made();
  }

  final void own(long given) {
    int stripe = (int) Thread.currentThread().getId() & STRIPES - 1;
    for (int at; ; ) {
      Chunk open = OPEN[stripe];
      if ((at = open.add(this)) >= 0) {
        index = (byte) at;
        break;
      }
      synchronized (LIST) {
        if (OPEN[stripe] == open) OPEN[stripe] = listed();
      }
    }
    owned = given;  // behind its place: somebody may look for it there
    if (sort == HANDLE) OUT.increment();
  }

  final boolean owns() {
    return owned != 0;
  }

  /** What it owned is the caller's now; 0: nothing. */
  final long take() {
    long given = (long) OWNED.getAndSet(this, 0L);
    if (given == 0) return 0;
    if (chunk.remove(index)) unlist(chunk);
    if (sort == HANDLE) OUT.decrement();
    return given;
  }

  /** Once; later calls find nothing. */
  final void release() {
    long given = take();
    if (given != 0) Native.release(sort, given);
  }

  /** The owner is gone. */
  void found() {
    release();
  }

  private static Chunk listed() {
    synchronized (LIST) {
      Chunk c = new Chunk(CHUNK);
      c.next = LIST.next;
      c.previous = LIST;
      c.next.previous = c;
      LIST.next = c;
      return c;
    }
  }

  private static void unlist(Chunk c) {
    synchronized (LIST) {
      c.previous.next = c.next;
      c.next.previous = c.previous;
    }
  }

  private static int untilLook;  // racy on purpose: a hint

  /** After a handle was made, by who holds no lock. */
  static void made() {
    if (--untilLook > 0) return;
    untilLook = 1024;
    long out = OUT.sum();
    if (out > mark && (System.nanoTime() - restUntil > 0 || out > TOO_MANY * mark)) collect();
  }

  /** Gives back what can be: by way of the JVM's collector. */
  static synchronized void collect() {
    long began = System.nanoTime();
    System.gc();
    // The JVM's own thread fills the queue: it is done when nothing comes for a moment.
    long end = System.nanoTime() + PATIENCE_MS * 1_000_000L;
    try {
      for (Owned found; System.nanoTime() - end < 0 && (found = (Owned) FOUND.remove(GAP_MS)) != null; )
        found.found();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    mark = Math.max(FIRST_MARK, 2 * OUT.sum());
    restUntil = System.nanoTime() + 10 * (System.nanoTime() - began);
  }

  private static void giveBackForever() {
    while (true) {
      try {
        ((Owned) FOUND.remove()).found();
      } catch (InterruptedException e) {
        // nobody has a reason to: go on
      }
    }
  }
}
