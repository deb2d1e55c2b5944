package yin;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;

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
final class Owned extends PhantomReference<Object> {
  /** What the natives' release() names alike. */
  static final int HANDLE = 0, ITERATOR = 1, SNAPSHOT = 2, WATCH = 3, DOMAIN = 4;

  private static final int STRIPES = 16;
  private static final int FIRST_MARK = 1 << 16;

  private static final ReferenceQueue<Object> FOUND = new ReferenceQueue<>();
  private static final Owned[] LISTS = new Owned[STRIPES];
  private static final java.util.concurrent.atomic.LongAdder OUT = new java.util.concurrent.atomic.LongAdder();
  private static final long TOO_MANY = 8;  // marks: then it is worth any time
  private static volatile long mark = FIRST_MARK;
  private static volatile long restUntil = System.nanoTime();

  static {
    for (int i = 0; i < STRIPES; i++) LISTS[i] = new Owned(i);
    Thread thread = new Thread(Owned::giveBackForever, "yin-release");
    thread.setDaemon(true);
    thread.start();
  }

  private final int sort;
  private final int stripe;
  private long owned;  // 0: given back
  private Owned previous, next;

  private Owned(int stripe) {  // a list's head
    super(null, null);
    sort = -1;
    this.stripe = stripe;
    previous = next = this;
  }

  Owned(Object owner, int sort, long owned) {
    super(owner, FOUND);
    this.sort = sort;
    this.owned = owned;
    stripe = (int) Thread.currentThread().getId() & STRIPES - 1;
    Owned head = LISTS[stripe];
    synchronized (head) {
      next = head.next;
      previous = head;
      next.previous = this;
      head.next = this;
    }
    if (sort == HANDLE) made();
  }

  /** Once; later calls find nothing. */
  void release() {
    long given;
    synchronized (LISTS[stripe]) {
      given = owned;
      if (given == 0) return;
      owned = 0;
      previous.next = next;
      next.previous = previous;
      previous = next = null;
    }
    if (sort == HANDLE) OUT.decrement();
    Native.release(sort, given);
  }

  private static int untilLook;  // racy on purpose: a hint

  private static void made() {
    OUT.increment();
    if (--untilLook > 0) return;
    untilLook = 1024;
    long out = OUT.sum();
    if (out > mark && (System.nanoTime() - restUntil > 0 || out > TOO_MANY * mark)) collect();
  }

  /** Gives back what can be: by way of the JVM's collector. */
  static synchronized void collect() {
    long before = OUT.sum();
    long began = System.nanoTime();
    System.gc();
    giveBackFound();
    for (int tries = 0; tries < 20 && OUT.sum() > before / 2; tries++) {
      try {
        Thread.sleep(1);  // the JVM's own thread fills the queue
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
      giveBackFound();
    }
    mark = Math.max(FIRST_MARK, 2 * OUT.sum());
    restUntil = System.nanoTime() + 10 * (System.nanoTime() - began);
  }

  private static void giveBackFound() {
    for (Owned found; (found = (Owned) FOUND.poll()) != null; ) found.release();
  }

  private static void giveBackForever() {
    while (true) {
      try {
        ((Owned) FOUND.remove()).release();
      } catch (InterruptedException e) {
        // nobody has a reason to: go on
      }
    }
  }
}
