package yin;

import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.ArrayList;

/**
 * A value that a handle keeps, and the views that were found inside. They need no handle while the view of the
 * whole is there. When the JVM has collected that, each that still lives gets a handle of its own, and
 * that of the whole is given back.
 *
 * <p>The views are known by their holds, in chunks: a hold reaches its chunk, and the whole reaches the chunks
 * weakly, but for those being filled. So when the views of a chunk go, holds and chunk go with them, and
 * the JVM's collector has nothing to do for them: a walk over a large value leaves no trace.
 *
 * <p>Who finds something in a value that loses its handle meanwhile: he has a view, which is among those that get
 * one. Either who ends the whole sees the new hold, or who joins sees the end, and does it himself.
 */
final class Whole {
  private static final int STRIPES = 4, FIRST = 4, CHUNK = 64;  // most find a few, some very many

  final long address;  // of the domain: whoever has a view has the Domain, and this must not keep it
  private final long word;  // of the value itself
  private long handle;      // until its view is made, by one thread
  private volatile boolean ended;
  private volatile Chunk[] open;  // null: nothing was found yet
  private ArrayList<WeakReference<Chunk>> full;  // guarded by this
  private int sweepAt = 16;

  /** Of a value whose view is there. */
  Whole(long address, long word) {
    this(address, word, 0);
  }

  private Whole(long address, long word, long handle) {
    this.address = address;
    this.word = word;
    this.handle = handle;
  }

  /** What a native left in the box: a reference, behind the handle that keeps it. */
  static Object take(Domain domain, long w, Box box) {
    Whole whole = new Whole(domain.address, w, box.words.get(0));
    try {
      return whole.described(domain, box);
    } finally {
      if (whole.handle != 0) Native.release(Owned.HANDLE, whole.leave());  // a scalar is all here
    }
  }

  /** The same, where the word is needed for as long as what is seen is. */
  static Seen see(Domain domain, long w, Box box) {
    Whole whole = new Whole(domain.address, w, box.words.get(0));
    Seen seen = null;
    try {
      return seen = new Seen(w, whole.described(domain, box));
    } finally {
      if (whole.handle != 0) {
        if (seen != null) new Owned(seen, Owned.HANDLE, whole.leave());
        else Native.release(Owned.HANDLE, whole.leave());
      }
    }
  }

  /** The handle, which no view has taken: views that stand within the value, as in a tagged literal, get theirs. */
  private long leave() {
    end();
    long left = handle;
    handle = 0;
    return left;
  }

  private Object described(Domain domain, Box box) {
    Object value = new Unparcel(domain, this, box, 1).value();
    return value instanceof Unparcel.Later ? value(domain, word) : value;
  }

  /** The value of a word that was found in what this keeps. The caller fences the view he found it in. */
  Object value(Domain domain, long w) {
    if (!Words.isReference(w)) return domain.immediate(w);
    Box box = Box.get();
    int words = Native.describe(domain.address, w, box.address, Box.WORDS);
    if (words > Box.WORDS) {
      box = new Box(words);
      Native.describe(domain.address, w, box.address, words);
    }
    return new Unparcel(domain, this, box, 0).value();
  }

  /** For a view that is being made: of the value itself, or of one that was found in it. */
  Hold hold(View view, long w) {
    Hold h = new Hold(view, this, w);
    if (w == word && handle != 0) {
      h.own(handle);
      handle = 0;
      Owned.made();
    } else if (Words.isReference(w)) {
      join(view.domain(), h);
    }
    return h;
  }

  private void join(Domain domain, Hold h) {
    int stripe = (int) Thread.currentThread().getId() & STRIPES - 1;
    Chunk[] all = open;
    Chunk chunk = all == null ? null : all[stripe];
    while (chunk == null || chunk.add(h) < 0) chunk = follow(stripe, chunk);
    VarHandle.fullFence();  // what end() does in the other order
    if (ended) part(domain, h);
  }

  private synchronized Chunk follow(int stripe, Chunk last) {
    if (open == null) open = new Chunk[STRIPES];
    if (open[stripe] != last) return open[stripe];
    if (last != null) {
      if (full == null) full = new ArrayList<>(4);
      if (full.size() == sweepAt) {
        full.removeIf(c -> c.get() == null);
        sweepAt = Math.max(16, 2 * full.size());
      }
      full.add(new WeakReference<>(last));
    }
    return open[stripe] = new Chunk(last == null ? FIRST : CHUNK);
  }

  /** The hold gets a handle of its own. */
  static void part(Domain domain, Hold h) {
    domain.withRoom(() -> {
      h.part();
      return null;
    });
  }

  /** Its view is gone: what was found in it is kept by itself. False: not all is. */
  boolean end() {
    ended = true;
    VarHandle.fullFence();  // what join() does in the other order
    if (open == null) return true;
    boolean all = true;
    synchronized (this) {
      for (Chunk c : open) all &= c == null || part(c);
      if (full == null) return all;
      for (WeakReference<Chunk> known : full) {
        Chunk c = known.get();
        all &= c == null || part(c);
      }
    }
    return all;
  }

  private static boolean part(Chunk chunk) {
    boolean all = true;
    for (Owned known : chunk.items) {
      if (known == null) continue;
      VarHandle.acquireFence();
      try {
        ((Hold) known).part();
      } catch (RuntimeException e) {
        all = false;  // no room, or closed
      }
    }
    return all;
  }

  /** A handle of what ended and could not be parted: for as long as anything found in it is there. */
  void keep(long left) {
    if (left != 0) new Owned(this, Owned.HANDLE, left);
  }
}
