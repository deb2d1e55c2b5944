package yin;

/** What an atom held: the word for the commit, the value for everybody else, and what keeps both. */
final class Seen {
  final long word;
  final Object value;
  final Hold hold;  // null: the word refers to nothing

  Seen(long word, Object value, Hold hold) {
    this.word = word;
    this.value = value;
    this.hold = hold;
  }
}
