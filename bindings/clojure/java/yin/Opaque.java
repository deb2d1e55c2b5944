package yin;

import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;

/**
 * A value that Clojure has no type for: an array, a tensor, a function. It can be handed on, stored, and
 * looked at as text. Equal to itself, wherever it was read.
 */
public final class Opaque implements View {
  private static final long LIMIT = 1 << 20;

  private final Hold hold;
  private final long word;

  Opaque(Hold hold, long word) {
    this.hold = hold;
    this.word = word;
  }

  @Override public Domain domain() { return hold.domain; }
  @Override public Hold hold() { return hold; }
  @Override public long word() { return word; }

  @Override
  public int kind() {
    return Native.kind(hold.domain.address, word);
  }

  @Override public boolean equals(Object x) { return Views.equal(this, x) == 1; }
  @Override public int hashCode() { return 31 + domain().hashCode(); }

  @Override
  public String toString() {
    byte[] text = Native.print(hold.domain.address, word, LIMIT);
    Reference.reachabilityFence(this);
    return new String(text, StandardCharsets.UTF_8);
  }
}
