package yin;

import java.util.ArrayList;
import java.util.List;

/**
 * The thread that waits for the watches of a domain and calls their functions, one after the other, without
 * a pin. A daemon: it keeps no JVM alive. It ends with the domain.
 */
final class Watcher implements Runnable {
  private static final int WAIT_MS = 1000;

  private final Domain domain;
  private final Thread thread;
  private final List<Watch> watches = new ArrayList<>();  // guarded by this, as all below
  private long changes, seen;
  private boolean stopped;

  Watcher(Domain domain) {
    this.domain = domain;
    thread = new Thread(this, "yin-watch " + domain.path);
    thread.setDaemon(true);
    thread.start();
  }

  void add(Watch w) {
    synchronized (this) {
      if (stopped) throw Failure.of(Failure.CLOSED, domain + ": no watch");
      watches.add(w);
    }
    looked();
  }

  void stop() {
    synchronized (this) {
      stopped = true;
      notifyAll();
    }
    Native.watchWake(domain.address);
  }

  /** Waits until the thread has seen what changed before: a wake may come before the wait does. */
  synchronized void looked() {
    long mine = ++changes;
    notifyAll();
    if (Thread.currentThread() == thread) return;
    while (seen < mine && !stopped) {
      Native.watchWake(domain.address);
      try {
        wait(1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  @Override
  public void run() {
    for (Watch[] now; (now = next()) != null; ) {
      long[] addresses = new long[now.length];
      for (int i = 0; i < now.length; i++) addresses[i] = now[i].address;
      try {
        if (Native.watchWait(addresses, WAIT_MS) == Failure.CLOSED) break;
        for (Watch w : now) w.deliver();
      } catch (RuntimeException e) {
        if (!Failure.is(Failure.CLOSED, e)) thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        break;
      }
    }
    end();
  }

  /** The watches there are, when there are some; null: it is over. */
  private synchronized Watch[] next() {
    while (true) {
      watches.removeIf(w -> {
        if (w.closed) w.release();
        return w.closed;
      });
      seen = changes;
      notifyAll();
      if (stopped) return null;
      if (!watches.isEmpty()) return watches.toArray(new Watch[0]);
      try {
        wait();
      } catch (InterruptedException e) {
        return null;
      }
    }
  }

  private synchronized void end() {
    stopped = true;
    watches.forEach(Watch::release);
    watches.clear();
    notifyAll();
  }
}
