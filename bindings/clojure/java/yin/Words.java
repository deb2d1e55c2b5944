package yin;

/**
 * Words that tell their value by themselves, made and read without a call: docs/format.md, "Words". The
 * one place of this binding that knows their layout; words_test.clj compares it with the library.
 */
public final class Words {
  public static final long NIL = 0, FALSE = 0x10, TRUE = 0x110, ABSENT = 0x90;

  /** No word of a value: what starts an escape in a parcel, and "cannot be said in a word" here. */
  public static final long NONE = 0xf0;

  private static final long ZERO = 0x8000000000000002L;        // 0.0
  private static final long SMALLEST = 0x3000000000000000L;    // 2^-255, whose place 0.0 has

  /** yin_kind's numbers. */
  static final int INT = 3, DOUBLE = 4, STRING = 8, TAGGED = 14, LIST = 15, VECTOR = 16, QUEUE = 17, MAP = 18,
      SET = 19, SORTED_MAP = 20, SORTED_SET = 21, INT_MAP = 22;

  /** What stands behind tag 0000, bits 4 to 7. */
  static final int BOOLEAN = 1, CHARACTER = 2, KEYWORD = 3, SYMBOL = 4, ROOT = 5, EMPTY = 6;

  private Words() {}

  public static boolean isReference(long w) {
    return (w & 0xf) == 4 || (w & 0xf) == 8;
  }

  public static boolean isInt(long w) {
    return (w & 1) != 0;
  }

  public static long ofLong(long v) {
    return v << 1 >> 1 == v ? v << 1 | 1 : NONE;
  }

  public static boolean isDouble(long w) {
    return (w & 3) == 2;
  }

  public static long ofDouble(double v) {
    long bits = Double.doubleToRawLongBits(v);
    if (bits == 0) return ZERO;
    long exponent = bits >>> 60 & 7;
    if (exponent != 3 && exponent != 4 || bits == SMALLEST) return NONE;
    return Long.rotateLeft(bits, 3) & ~3L | 2;
  }

  public static double toDouble(long w) {
    if (w == ZERO) return 0.0;
    return Double.longBitsToDouble(Long.rotateRight(w & ~3L | (w < 0 ? 1 : 2), 3));
  }

  public static long ofBoolean(boolean v) {
    return v ? TRUE : FALSE;
  }

  public static long ofCharacter(char v) {
    return (long) v << 8 | CHARACTER << 4;
  }

  public static boolean isShortString(long w) {
    return (w & 0xf) == 0xc;
  }

  /** Of ASCII; other strings, and longer ones, go by a parcel. */
  public static long ofShortString(String s) {
    int length = s.length();
    if (length > 7) return NONE;
    long w = 0xc | (long) length << 4;
    for (int i = 0; i < length; i++) {
      char c = s.charAt(i);
      if (c >= 0x80) return NONE;
      w |= (long) c << 8 * (i + 1);
    }
    return w;
  }

  @SuppressWarnings("deprecation")  // the constructor from bytes that are Latin-1 is the fast one
  public static String toShortString(long w) {
    int length = (int) (w >> 4 & 7);
    byte[] bytes = new byte[length];
    boolean ascii = true;
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (w >> 8 * (i + 1));
      ascii &= bytes[i] >= 0;
    }
    return ascii ? new String(bytes, 0) : new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
  }

  /** Of a word behind tag 0000. */
  static int which(long w) {
    return (int) (w >> 4 & 0xf);
  }

  static long payload(long w) {
    return w >>> 8;
  }

  static long ofKeyword(long id) {
    return id << 8 | KEYWORD << 4;
  }

  static long ofSymbol(long id) {
    return id << 8 | SYMBOL << 4;
  }

  /** yin_kind of a root, from bits 8 to 11: atom, agent, stream, cursor; 0: another. */
  static int rootKind(long w) {
    switch ((int) (w >> 8 & 0xf)) {
      case 1: return 27;
      case 2: return 28;
      case 3: return 29;
      case 4: return 30;
      default: return 0;
    }
  }

  /** yin_kind of an empty collection, from the kind of its objects. */
  static int emptyKind(long w) {
    switch ((int) (w >> 8)) {
      case 4: return MAP;
      case 6: return SET;
      case 8: return VECTOR;
      case 10: return LIST;
      case 31: return SORTED_MAP;
      case 32: return SORTED_SET;
      case 34: return INT_MAP;
      case 36: return QUEUE;
      default: return 0;
    }
  }

  static long ofEmpty(int kind) {
    switch (kind) {
      case MAP: return 0x460;
      case SET: return 0x660;
      case VECTOR: return 0x860;
      case LIST: return 0xa60;
      case SORTED_MAP: return 31 << 8 | 0x60;
      case SORTED_SET: return 32 << 8 | 0x60;
      case INT_MAP: return 34 << 8 | 0x60;
      default: return 36 << 8 | 0x60;
    }
  }
}
