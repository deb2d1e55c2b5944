package yin;

import java.lang.ref.Reference;

/**
 * Keeps a value and what it reaches: a handle of the domain. The views of one value, and of what was found
 * inside it, share the hold, so looking around in a value makes no handles. Any thread may use it.
 */
public final class Hold {
  final Domain domain;

  Hold(Domain domain, long handle) {
    this.domain = domain;
    if (handle != 0) new Owned(this, Owned.HANDLE, handle);
  }

  /** The value of a word that was found in what this keeps. */
  Object value(long w) {
    if (!Words.isReference(w)) return domain.immediate(w);
    Box box = Box.get();
    int words = Native.describe(domain.address, w, box.address, Box.WORDS);
    if (words > Box.WORDS) {
      box = new Box(words);
      Native.describe(domain.address, w, box.address, words);
    }
    Object value = new Unparcel(this, box, 0).value();
    Reference.reachabilityFence(this);
    return value;
  }
}
