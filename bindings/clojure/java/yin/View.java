package yin;

/**
 * A value that stands in a domain, read in place. Immutable, for any thread, good for as long as the JVM
 * reaches it: its hold keeps the version it was read from.
 */
public interface View {
  Domain domain();

  Hold hold();

  /** The value's word; good while this view is reachable. */
  long word();

  /** yin_kind. */
  int kind();
}
