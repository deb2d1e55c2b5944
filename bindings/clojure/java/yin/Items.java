package yin;

import java.lang.ref.Reference;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Goes through a view's items in their order (of maps keys and values in turn), in batches: one call for
 * some hundred. What is small is one call and leaves nothing to give back. For one thread at a time.
 */
final class Items implements Iterator<Object> {
  /** kFrom and so on of values.cc. */
  static final int FROM = 1, TO = 2, WITHOUT_FROM = 4, WITH_TO = 8, DESCENDING = 16;

  // First a little more than a chunk of a sequence takes, so that its first element does not fetch the next batch.
  private static final int FIRST = 68, BATCH = 340;

  private final View view;
  private Object[] batch = {};
  private int at, end;
  private long iterator;  // 0: the batch is the last one
  private Owned owned;

  Items(View view) {
    this(view, 0, null, null);
  }

  /** From and to are used as the flags say. */
  Items(View view, int range, Object from, Object to) {
    this.view = view;
    Domain d = view.domain();
    Parcel p = Parcel.take(d);
    try {
      if ((range & FROM) != 0) p.put(from);
      if ((range & TO) != 0) p.put(to);
      Box box = Box.get();
      iterator = Native.iterate(d.address, view.word(), range, p.address(), p.words(), FIRST, box.address);
      if (iterator != 0) owned = new Owned(this, Owned.ITERATOR, iterator);
      read(box);
    } finally {
      p.done();
    }
  }

  private void read(Box box) {
    at = 0;
    end = (int) box.words.get(0);
    if (end > batch.length) batch = new Object[end];
    Unparcel parcel = new Unparcel(view.domain(), view.hold().whole(), box, 1);
    boolean later = false;
    for (int i = 0; i < end; i++) later |= (batch[i] = parcel.value()) instanceof Unparcel.Later;
    if (later)
      for (int i = 0; i < end; i++)
        if (batch[i] instanceof Unparcel.Later) batch[i] = Views.value(view, ((Unparcel.Later) batch[i]).word, null);
    Reference.reachabilityFence(view);
  }

  private boolean fill() {
    if (iterator == 0) return false;
    Box box = Box.get();
    boolean more = Native.next(view.domain().address, iterator, BATCH, box.address);
    read(box);
    if (!more) {
      iterator = 0;
      owned.release();
    }
    Reference.reachabilityFence(this);
    return end > 0;
  }

  @Override
  public boolean hasNext() {
    return at < end || fill();
  }

  @Override
  public Object next() {
    if (!hasNext()) throw new NoSuchElementException();
    Object item = batch[at];
    batch[at++] = null;
    return item;
  }

  /** Before the end: gives the iterator back now. */
  void stop() {
    end = at;
    if (iterator == 0) return;
    iterator = 0;
    owned.release();
  }
}
