package yin;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A place for some Owned, filled once by any threads without a lock: a row that is full is followed by another. */
final class Chunk {
  private static final VarHandle COUNT, EMPTIED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      COUNT = lookup.findVarHandle(Chunk.class, "count", int.class);
      EMPTIED = lookup.findVarHandle(Chunk.class, "emptied", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final Owned[] items;  // null: not there yet, or taken out
  Chunk previous, next;  // of Owned's list
  private volatile int count;
  private volatile int emptied;

  Chunk(int size) {
    items = new Owned[size];
  }

  /** Its index, or -1: there is no room. */
  int add(Owned x) {
    if (count >= items.length) return -1;
    int index = (int) COUNT.getAndAdd(this, 1);
    if (index >= items.length) return -1;
    x.chunk = this;
    VarHandle.releaseFence();  // who sees it sees all of it
    items[index] = x;
    return index;
  }

  /** True: that was the last of a full one. */
  boolean remove(int index) {
    items[index] = null;
    return (int) EMPTIED.getAndAdd(this, 1) == items.length - 1;
  }
}
