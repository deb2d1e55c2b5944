package yin;

import clojure.lang.IPersistentCollection;

/**
 * A transient's side of the domain: changes are written down, and made in one call when somebody wants to
 * see the result, or many have come together. So a look between changes costs a call: transients are for
 * building.
 */
final class Batch {
  private static final int MANY_WORDS = 1 << 18;

  private Object value;  // a view, or an empty collection of Clojure's
  private final int kind;
  private final Domain domain;
  private final Parcel changes;
  private int verb = Native.UPDATE_ITEMS;

  Batch(View v) {
    value = v;
    kind = v.kind();
    domain = v.domain();
    changes = Parcel.own(domain);
  }

  /** Of changes of one verb at a time. What cannot be stored is told now, and changes nothing. */
  void add(int nextVerb, Object x) {
    begin(nextVerb);
    int mark = changes.mark();
    try {
      changes.put(x);
    } catch (RuntimeException e) {
      changes.back(mark);
      throw e;
    }
  }

  void add(Object key, Object x) {
    begin(Native.UPDATE_PAIRS);
    int mark = changes.mark();
    try {
      changes.put(key).put(x);
    } catch (RuntimeException e) {
      changes.back(mark);
      throw e;
    }
  }

  void remove(Object key) {
    begin(Native.UPDATE_PAIRS);
    int mark = changes.mark();
    if (!changes.putKey(key)) {
      changes.back(mark);
      return;
    }
    changes.putWord(Words.ABSENT, null);
  }

  void removeItem(Object item) {
    begin(Native.UPDATE_REMOVE);
    int mark = changes.mark();
    if (!changes.putKey(item)) changes.back(mark);
  }

  private void begin(int nextVerb) {
    editable();
    if (verb != nextVerb || changes.words() > MANY_WORDS) flush();
    verb = nextVerb;
  }

  /** The collection as it is now. */
  IPersistentCollection now() {
    editable();
    flush();
    return (IPersistentCollection) value;
  }

  IPersistentCollection end() {
    IPersistentCollection last = now();
    value = null;
    return last;
  }

  void set(IPersistentCollection changed) {
    value = changed;
  }

  void editable() {
    if (value == null) throw new IllegalAccessError("Transient used after persistent! call");
  }

  private void flush() {
    if (changes.words() == 0) return;
    if (value instanceof View) {
      value = Views.apply((View) value, verb, changes);
    } else {
      // It became empty: begins from the word of nothing, with the metadata it had.
      View bare = new Opaque(domain, domain.nothing(), Words.ofEmpty(kind));
      Object made = Views.apply(bare, verb, changes);
      value = made == bare ? value : made;
    }
    changes.clear();
  }
}
