package yin;

/**
 * A value that stands in a domain, read in place. Immutable, for any thread, good for as long as the JVM
 * reaches it: its hold keeps it.
 */
public interface View {
  Domain domain();

  Hold hold();

  /** yin_kind. */
  int kind();

  /** The value's word; good while this view is reachable. */
  default long word() {
    return hold().word;
  }
}
