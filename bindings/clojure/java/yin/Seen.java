package yin;

/** What an atom held: the word for the commit, the value for everybody else, and, while it is there, both are kept. */
final class Seen {
  final long word;
  final Object value;

  Seen(long word, Object value) {
    this.word = word;
    this.value = value;
  }
}
