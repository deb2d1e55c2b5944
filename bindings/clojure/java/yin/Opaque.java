package yin;

import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;

/**
 * A value that Clojure has no type for: an array, a tensor, a function. It can be handed on, stored, and
 * looked at as text. Equal to itself, wherever it was read.
 */
public final class Opaque implements View {
  private static final long LIMIT = 1 << 20;

  private final Domain domain;
  private final Hold hold;

  Opaque(Domain domain, Whole whole, long word) {
    this.domain = domain;
    hold = whole.hold(this, word);
  }

  @Override public Domain domain() { return domain; }
  @Override public Hold hold() { return hold; }

  @Override
  public int kind() {
    int kind = Native.kind(domain.address, hold.word);
    Reference.reachabilityFence(this);
    return kind;
  }

  @Override public boolean equals(Object x) { return Views.equal(this, x) == 1; }
  @Override public int hashCode() { return 31 + domain().hashCode(); }

  @Override
  public String toString() {
    byte[] text = Native.print(domain.address, hold.word, LIMIT);
    Reference.reachabilityFence(this);
    return new String(text, StandardCharsets.UTF_8);
  }
}
