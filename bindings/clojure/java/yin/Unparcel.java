package yin;

import clojure.lang.BigInt;
import clojure.lang.IObj;
import clojure.lang.IPersistentMap;
import clojure.lang.Ratio;
import clojure.lang.Symbol;
import clojure.lang.TaggedLiteral;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.UUID;

/** Reads what natives describe (native/parcel.h): scalars whole, views of collections. */
final class Unparcel {
  private final Domain domain;
  private final Whole whole;
  private final Box box;
  private int at;

  Unparcel(Domain domain, Whole whole, Box box, int at) {
    this.domain = domain;
    this.whole = whole;
    this.box = box;
    this.at = at;
  }

  Object value() {
    long w = box.words.get(at++);
    return (w & 0xff) == Words.NONE ? described((int) (w >> 8 & 0xff), w >>> 16) : domain.immediate(w);
  }

  /** As value(), but what did not fit is a Later, to be asked for when the box is read. */
  static final class Later {
    final long word;

    Later(long word) {
      this.word = word;
    }
  }

  private Object described(int what, long argument) {
    switch (what) {
      case Parcel.STRING:
        return new String(bytes(argument), StandardCharsets.UTF_8);
      case Parcel.NUMBER:
        return number(new String(bytes(argument), StandardCharsets.ISO_8859_1));
      case Parcel.LONG:
        return box.words.get(at++);
      case Parcel.DOUBLE:
        return Double.longBitsToDouble(box.words.get(at++));
      case Parcel.INSTANT:
        return new Date(box.words.get(at++));
      case Parcel.UUID:
        return new UUID(Long.reverseBytes(box.words.get(at++)), Long.reverseBytes(box.words.get(at++)));
      case Parcel.BYTES:
        return bytes(argument);
      case Parcel.TAGGED: {
        Symbol tag = (Symbol) value();
        return TaggedLiteral.create(tag, value());
      }
      case Parcel.META: {
        Object bare = value();
        return ((IObj) bare).withMeta((IPersistentMap) value());
      }
      case Parcel.LATER:
        return new Later(box.words.get(at++));
      default: {
        long w = box.words.get(at++);
        return Views.of(domain, whole, (int) (argument & 0xff), w, box.words.get(at++), argument >> 8 != 0);
      }
    }
  }

  private byte[] bytes(long size) {
    byte[] bytes = new byte[(int) size];
    box.bytes.get(at * 8, bytes);
    at += (int) ((size + 7) / 8);
    return bytes;
  }

  private static Object number(String digits) {
    int slash = digits.indexOf('/');
    if (slash >= 0)
      return new Ratio(new BigInteger(digits.substring(0, slash)), new BigInteger(digits.substring(slash + 1)));
    int end = digits.endsWith("N") ? digits.length() - 1 : digits.length();
    return BigInt.fromBigInteger(new BigInteger(digits.substring(0, end)));
  }
}
