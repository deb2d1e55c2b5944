package yin;

/**
 * Keeps the value of one view: by a handle of the domain that is its own, or, of a view that was found inside
 * another one, by that of the whole; and by one of its own when the whole is gone (Whole). So a look around in
 * a value makes no handles, and who keeps a part of it for long keeps no more than the part.
 *
 * <p>What it says is good for as long as the view is reachable: who uses the word fences the view, not this.
 * Any thread may use it.
 */
public final class Hold extends Owned {
  final long word;
  private Whole whole;  // another one while others read: either is good

  Hold(View view, Whole whole, long word) {
    super(view);
    this.whole = whole;
    this.word = word;
  }

  /** Where what is found in the value belongs to. */
  Whole whole() {
    return whole;
  }

  /** From now on by a handle of its own; of a view that is gone nothing. */
  synchronized void part() {
    if (owns() || refersTo(null)) return;
    long handle = Native.handle(whole.address, word);
    whole = new Whole(whole.address, word);
    own(handle);
    if (refersTo(null)) release();  // it went meanwhile, and was found when it had nothing
  }

  @Override
  void found() {
    if (owns() && whole.end()) release();
    else whole.keep(take());
  }
}
