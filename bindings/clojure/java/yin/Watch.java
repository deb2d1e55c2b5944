package yin;

import clojure.lang.IFn;
import clojure.lang.Keyword;
import java.io.Closeable;

/** Calls f with the value before and after when an atom, stream or agent changes, by whatever process. */
public final class Watch implements Closeable {
  private static final Keyword DELETED = Keyword.intern("yin", "deleted");

  final Root root;
  final long address;
  private final Domain domain;
  private final IFn f;
  private final Owned owned;
  volatile boolean closed;

  Watch(Root root, boolean every, IFn f) {
    this.root = root;
    this.f = f;
    domain = root.domain();
    address = Native.watchStart(domain.address, root.word(), every ? 1 : 0);
    owned = new Owned(this, Owned.WATCH, address);
  }

  public static Watch start(Object root, boolean every, IFn f) {
    Watch w = new Watch((Root) root, every, f);
    w.domain.watcher().add(w);
    return w;
  }

  /** When it returns, f is not called any more, but for a call that closes from within. */
  @Override
  public void close() {
    closed = true;
    domain.watcher().looked();
  }

  /** All there is now, on the watcher's thread. */
  void deliver() {
    Box before = Box.get();
    Box after = new Box(Box.WORDS);
    for (long[] words; !closed
        && (words = Native.watchTake(domain.address, address, before.address, after.address)) != null; ) {
      boolean deleted = words[1] == Words.ABSENT;
      Object was = domain.kept(words[0], before);
      Object is = deleted ? DELETED : domain.kept(words[1], after);
      try {
        f.invoke(was, is);
      } catch (Throwable e) {
        Thread t = Thread.currentThread();
        t.getUncaughtExceptionHandler().uncaughtException(t, e);
      }
      if (deleted) closed = true;
    }
  }

  void release() {
    owned.release();
  }
}
