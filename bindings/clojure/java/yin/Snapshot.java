package yin;

import clojure.lang.AFn;
import clojure.lang.ILookup;
import java.io.Closeable;
import java.lang.ref.Reference;

/** Every atom as it was at one instant: (snapshot atom). Keeps all of it until it is closed or collected. */
public final class Snapshot extends AFn implements ILookup, Closeable {
  private final Domain domain;
  private final Owned owned;
  private volatile long address;

  Snapshot(Domain domain) {
    this.domain = domain;
    address = Native.snapshot(domain.address);
    owned = new Owned(this, Owned.SNAPSHOT, address);
  }

  @Override
  public synchronized void close() {
    address = 0;
    owned.release();
  }

  /** Null: it was not there then. */
  synchronized Seen see(Atom a) {
    if (address == 0) throw Failure.of(Failure.CLOSED, "the snapshot is closed");
    Box box = Box.get();
    long w = Native.snapshotDeref(domain.address, address, a.word(), box.address);
    Reference.reachabilityFence(this);
    return w == Words.ABSENT ? null : domain.seen(w, box);
  }

  @Override
  public Object valAt(Object key, Object otherwise) {
    Object root = key instanceof Atom ? key : null;
    if (root == null || ((Atom) root).domain() != domain) return otherwise;
    Seen then = see((Atom) root);
    return then == null ? otherwise : then.value;
  }

  @Override public Object valAt(Object key) { return valAt(key, null); }
  @Override public Object invoke(Object key) { return valAt(key, null); }
  @Override public Object invoke(Object key, Object otherwise) { return valAt(key, otherwise); }

  @Override
  public String toString() {
    return "#<yin snapshot of " + domain + ">";
  }
}
