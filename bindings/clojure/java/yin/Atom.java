package yin;

import clojure.lang.ARef;
import clojure.lang.IAtom2;
import clojure.lang.IFn;
import clojure.lang.IPersistentVector;
import clojure.lang.ISeq;
import clojure.lang.LazilyPersistentVector;
import clojure.lang.RT;
import java.lang.ref.Reference;

/**
 * An atom of a domain, with all of clojure.core's verbs. One object an atom and Domain, so watches,
 * validator and metadata, which are this process's, are found again by whoever asks for the atom.
 *
 * <p>The function of a swap runs without a pin and may take its time; conflicts with other threads and
 * processes run it again. The last value that was seen is kept, so a deref that finds it gives the same view.
 */
public final class Atom extends ARef implements IAtom2, Root {
  private final Domain domain;
  private final long word;
  private volatile Seen last;

  Atom(Domain domain, long word) {
    this.domain = domain;
    this.word = word;
  }

  @Override public Domain domain() { return domain; }
  @Override public long word() { return word; }

  @Override
  public Object deref() {
    Transaction t = Transaction.current();
    return t != null ? t.read(this).value : see().value;
  }

  /** Past any transaction. */
  Seen see() {
    Seen known = last;
    Box box = Box.get();
    long w = Native.deref(domain.address, word, known == null ? Words.NIL : known.word, box.address);
    if (!Words.isReference(w)) return new Seen(w, domain.immediate(w));
    if (known != null && known.word == w) return known;
    return last = Whole.see(domain, w, box);
  }

  /** What became of the value that was to be set, or null: somebody else was first. */
  private Seen commit(Seen before, Object value) {
    if (value instanceof View && ((View) value).domain() == domain) {
      View v = (View) value;
      int done = Native.commit(domain.address, word, before.word, v.word());
      Reference.reachabilityFence(v);
      Reference.reachabilityFence(before);
      return done == Native.CONFLICT ? null : remember(new Seen(v.word(), v));
    }
    long w = domain.wordOf(value);
    if (w != Words.NONE) {
      int done = Native.commit(domain.address, word, before.word, w);
      Reference.reachabilityFence(before);
      return done == Native.CONFLICT ? null : new Seen(w, value);
    }
    return commitParcel(before, value);
  }

  private Seen commitParcel(Seen before, Object value) {
    Parcel p = Parcel.take(domain);
    try {
      p.put(value);
      Box box = Box.get();
      int done = Native.commitParcel(domain.address, word, before.word, p.address(), p.words(), box.address);
      Reference.reachabilityFence(before);
      switch (done) {
        case Native.CONFLICT: return null;
        case Native.DONE: return new Seen(domain.wordOf(value), value);
        default: return remember(Whole.see(domain, box.words.get(1), box));
      }
    } finally {
      p.done();
    }
  }

  private Seen remember(Seen seen) {
    return last = seen;
  }

  private interface Change {
    Object of(Object now);
  }

  /** {before, after}, as seen. */
  private Seen[] change(Change change) {
    Transaction t = Transaction.current();
    if (t != null) {
      Seen before = t.read(this);
      Object value = change.of(before.value);
      check(value);
      return new Seen[] {before, t.write(this, value)};
    }
    for (int tries = 1; ; tries++) {
      Seen before = see();
      Object value = change.of(before.value);
      check(value);
      Seen after = domain.withRoom(() -> commit(before, value));
      if (after != null) {
        tell(before.value, after.value);
        return new Seen[] {before, after};
      }
      Native.backOff(domain.address, word, tries);
    }
  }

  /** As clojure.core's atoms: ARef's own check is not for other packages. */
  void check(Object value) {
    IFn valid = getValidator();
    if (valid == null) return;
    try {
      if (RT.booleanCast(valid.invoke(value))) return;
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("Invalid reference state", e);
    }
    throw new IllegalStateException("Invalid reference state");
  }

  void tell(Object before, Object after) {
    if (getWatches().count() > 0) notifyWatches(before, after);
  }

  private static IPersistentVector values(Seen[] both) {
    return LazilyPersistentVector.createOwning(both[0].value, both[1].value);
  }

  @Override public Object swap(IFn f) { return change(f::invoke)[1].value; }
  @Override public Object swap(IFn f, Object a) { return change(now -> f.invoke(now, a))[1].value; }
  @Override public Object swap(IFn f, Object a, Object b) { return change(now -> f.invoke(now, a, b))[1].value; }

  @Override
  public Object swap(IFn f, Object a, Object b, ISeq more) {
    return change(now -> f.applyTo(RT.listStar(now, a, b, more)))[1].value;
  }

  @Override public IPersistentVector swapVals(IFn f) { return values(change(f::invoke)); }
  @Override public IPersistentVector swapVals(IFn f, Object a) { return values(change(now -> f.invoke(now, a))); }

  @Override
  public IPersistentVector swapVals(IFn f, Object a, Object b) {
    return values(change(now -> f.invoke(now, a, b)));
  }

  @Override
  public IPersistentVector swapVals(IFn f, Object a, Object b, ISeq more) {
    return values(change(now -> f.applyTo(RT.listStar(now, a, b, more))));
  }

  @Override
  public Object reset(Object value) {
    Object stored = domain.store(value);
    return change(now -> stored)[1].value;
  }

  @Override
  public IPersistentVector resetVals(Object value) {
    Object stored = domain.store(value);
    return values(change(now -> stored));
  }

  /** By value, not by identity: what was read may be another view of the same. */
  @Override
  public boolean compareAndSet(Object expected, Object value) {
    check(value);
    Transaction t = Transaction.current();
    if (t != null) {
      if (!clojure.lang.Util.equiv(t.read(this).value, expected)) return false;
      t.write(this, value);
      return true;
    }
    Parcel p = Parcel.take(domain);
    try {
      if (!p.putKey(expected)) return false;
      p.put(value);
      boolean was =
          domain.withRoom(() -> Native.compareAndSet(domain.address, word, p.address(), p.words()));
      if (was) tell(expected, value);
      return was;
    } finally {
      p.done();
    }
  }

  /** Takes the atom away: who uses it then is told :not-found. */
  public void delete() {
    domain.forget(this);
    Native.deleteAtom(domain.address, word);
  }
}
