package yin;

import clojure.lang.APersistentVector;
import clojure.lang.BigInt;
import clojure.lang.IMeta;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentSet;
import clojure.lang.IPersistentVector;
import clojure.lang.IRecord;
import clojure.lang.ISeq;
import clojure.lang.Keyword;
import clojure.lang.PersistentQueue;
import clojure.lang.RT;
import clojure.lang.Ratio;
import clojure.lang.Seqable;
import clojure.lang.Sequential;
import clojure.lang.Sorted;
import clojure.lang.Symbol;
import clojure.lang.TaggedLiteral;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.Set;
import java.util.UUID;

/**
 * Values on their way into a domain (native/parcel.h): the whole of a nested value is written without a
 * call, and without a pin, since it may run anything (lazy sequences do); one call makes it in the domain.
 * Used by one thread: {@code Parcel p = Parcel.take(domain); try { p.put(x); ... } finally { p.done(); }}
 */
final class Parcel {
  static final int STRING = 1, KEYWORD = 2, SYMBOL = 3, NUMBER = 4, LONG = 5, DOUBLE = 6, INSTANT = 7, UUID = 8,
      BYTES = 9, TAGGED = 10, COLLECTION = 11, META = 12, WORD = 13, LATER = 15, SLICE = 16;

  private static final int KEPT_BYTES = 1 << 20;  // larger memory is not kept for the next one
  private static final ThreadLocal<Parcel> OF_THREAD = ThreadLocal.withInitial(Parcel::new);

  private Domain domain;
  private ByteBuffer bytes;
  private long address;
  private int at;
  private boolean taken;
  private final ArrayList<Object> kept = new ArrayList<>();  // what the words inside refer to

  private Parcel() {
    use(ByteBuffer.allocateDirect(4096));
  }

  static Parcel take(Domain domain) {
    Parcel p = OF_THREAD.get();
    if (p.taken) p = new Parcel();  // a value that is being written makes another
    p.taken = true;
    p.domain = domain;
    return p;
  }

  /** One that stays with its owner, for what comes by and by. */
  static Parcel own(Domain domain) {
    Parcel p = new Parcel();
    p.domain = domain;
    return p;
  }

  void done() {
    at = 0;
    kept.clear();
    domain = null;
    taken = false;
    if (bytes.capacity() > KEPT_BYTES) use(ByteBuffer.allocateDirect(4096));
  }

  long address() {
    return address;
  }

  int words() {
    return at / 8;
  }

  /** Bytes of the text a parcel of one string has. */
  int textSize() {
    return (int) (bytes.getLong(0) >>> 16);
  }

  /** Where to go back to when the next value cannot be written whole. */
  int mark() {
    return at;
  }

  void back(int mark) {
    at = mark;
  }

  void clear() {
    at = 0;
    kept.clear();
  }

  private void use(ByteBuffer buffer) {
    bytes = buffer.order(ByteOrder.nativeOrder());
    address = Native.bufferAddress(bytes);
  }

  private void reserve(long more) {
    if (at + more <= bytes.capacity()) return;
    long size = Math.max(2L * bytes.capacity(), at + more);
    if (size > Integer.MAX_VALUE - 8) {
      if (at + more > Integer.MAX_VALUE - 8)
        throw Failure.of(Failure.RESOURCE_EXHAUSTED, "a value of more than 2 GiB: store it in parts");
      size = Integer.MAX_VALUE - 8;
    }
    ByteBuffer larger = ByteBuffer.allocateDirect((int) size);
    larger.put(bytes.duplicate().position(0).limit(at));
    use(larger);
  }

  private void word(long w) {
    reserve(8);
    bytes.putLong(at, w);
    at += 8;
  }

  private void escape(int what, long argument) {
    word(argument << 16 | (long) what << 8 | Words.NONE);
  }

  private void text(int what, byte[] text) {
    escape(what, text.length);
    int padded = (text.length + 7) / 8 * 8;
    reserve(padded);
    bytes.put(at, text);
    at += padded;
  }

  /** One value. Throws Failure.unsupported and leaves the domain as it was. */
  Parcel put(Object x) {
    try {
      any(x);
      return this;
    } catch (StackOverflowError e) {
      throw Failure.of(Failure.INVALID_ARGUMENT, "a value that is nested too deeply for this thread's stack");
    }
  }

  /** One value to look for: false if no value of the domain can be equal to it. */
  boolean putKey(Object x) {
    try {
      any(x);
      return true;
    } catch (clojure.lang.ExceptionInfo e) {
      if (Failure.is(Failure.CLOSED, e)) throw e;
      return false;
    }
  }

  /** A value that stands in the domain: `keeper` keeps it. */
  Parcel putWord(long w, Object keeper) {
    if (Words.isReference(w)) {
      escape(WORD, 0);
      kept.add(keeper);
    }
    word(w);
    return this;
  }

  private void any(Object x) {
    long w = domain.wordOf(x);
    if (w != Words.NONE) {
      word(w);
      return;
    }
    if (x instanceof String) string((String) x);
    else if (x instanceof View && ((View) x).domain() == domain) view((View) x);
    else if (x instanceof Keyword) name(KEYWORD, ((Keyword) x).sym, x);
    else if (x instanceof Symbol) symbol((Symbol) x);
    else if (x instanceof Number) number((Number) x);
    else if (x instanceof IRecord)
      throw Failure.unsupported(x, "records are code's, not data's; store (into {} record), or a tagged literal");
    else if (x instanceof IPersistentMap) map((Map<?, ?>) x);
    else if (x instanceof Sequential || x instanceof ISeq) sequential(x);
    else if (x instanceof IPersistentSet) set((Set<?>) x);
    else if (x instanceof UUID) uuid((UUID) x);
    else if (x.getClass() == Date.class) {
      escape(INSTANT, 0);
      word(((Date) x).getTime());
    } else if (x instanceof byte[]) text(BYTES, (byte[]) x);
    else if (x instanceof TaggedLiteral) tagged((TaggedLiteral) x);
    else if (x instanceof Map) map((Map<?, ?>) x);
    else if (x instanceof Set) set((Set<?>) x);
    else if (x instanceof List) items(x instanceof RandomAccess ? Words.VECTOR : Words.LIST, (Iterable<?>) x);
    else if (x instanceof Root) throw Failure.unsupported(x, "it stands in another domain");
    else throw Failure.unsupported(x, "store data: what EDN has");
  }

  private void view(View x) {
    putWord(x.word(), x);
  }

  private void string(String s) {
    text(STRING, utf8(s));
  }

  static byte[] utf8(String s) {
    byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
    if (!wellFormed(s))
      throw Failure.of(Failure.INVALID_ARGUMENT, "a string with half a surrogate pair has no UTF-8: \""
          + s.substring(0, Math.min(20, s.length())) + "\"");
    return bytes;
  }

  private static boolean wellFormed(String s) {
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (!Character.isSurrogate(c)) continue;
      if (!Character.isHighSurrogate(c) || ++i == s.length() || !Character.isLowSurrogate(s.charAt(i))) return false;
    }
    return true;
  }

  private void name(int what, Symbol name, Object x) {
    long w = domain.wordOfName(what, name, x);
    word(w);
  }

  private void symbol(Symbol s) {
    name(SYMBOL, s, s);
    meta(s);
  }

  private void number(Number x) {
    if (x instanceof Long || x instanceof Integer || x instanceof Short || x instanceof Byte) {
      escape(LONG, 0);
      word(x.longValue());
    } else if (x instanceof Double || x instanceof Float) {
      escape(DOUBLE, 0);
      word(Double.doubleToRawLongBits(x.doubleValue()));
    } else if (x instanceof BigInt || x instanceof BigInteger || x instanceof Ratio) {
      text(NUMBER, x.toString().getBytes(StandardCharsets.ISO_8859_1));
    } else {
      throw Failure.unsupported(x, "of numbers it has integers of any size, ratios and doubles");
    }
  }

  private void uuid(UUID x) {
    escape(UUID, 0);
    word(Long.reverseBytes(x.getMostSignificantBits()));
    word(Long.reverseBytes(x.getLeastSignificantBits()));
  }

  private void tagged(TaggedLiteral x) {
    any(x.tag);
    any(x.form);
    escape(TAGGED, 0);
  }

  private void map(Map<?, ?> x) {
    int kind = x instanceof Sorted ? sorted((Sorted) x, Words.SORTED_MAP) : Words.MAP;
    if (x instanceof View) kind = ((View) x).kind();
    long count = 0;
    for (Map.Entry<?, ?> e : x.entrySet()) {
      any(e.getKey());
      any(e.getValue());
      count++;
    }
    collection(kind, count, x);
  }

  private void set(Set<?> x) {
    items(x instanceof Sorted ? sorted((Sorted) x, Words.SORTED_SET) : Words.SET, x);
  }

  private static int sorted(Sorted x, int kind) {
    if (x.comparator() != RT.DEFAULT_COMPARATOR)
      throw Failure.unsupported(x, "its order is a function of this program; store one in the order of compare");
    return kind;
  }

  private void sequential(Object x) {
    if (x instanceof APersistentVector.SubVector && slice((APersistentVector.SubVector) x)) return;
    View near = x instanceof ListTail ? ((ListTail) x).near(domain) : null;
    if (near != null) view(near);
    else if (x instanceof QueueView || x instanceof PersistentQueue) items(Words.QUEUE, (Iterable<?>) x);
    else if (x instanceof IPersistentVector) items(Words.VECTOR, (Iterable<?>) x);
    else if (x instanceof Iterable) items(Words.LIST, (Iterable<?>) x);
    else items(Words.LIST, seqIterable(x));
  }

  @SuppressWarnings("unchecked")  // SeqIterator is raw
  private static Iterable<?> seqIterable(Object x) {
    return () -> new clojure.lang.SeqIterator(((Seqable) x).seq());
  }

  /** A part of a vector of the domain shares what it can. */
  private boolean slice(APersistentVector.SubVector x) {
    if (!(x.v instanceof View) || ((View) x.v).domain() != domain) return false;
    view((View) x.v);
    escape(SLICE, 0);
    word(x.start);
    word(x.end);
    // The slice has the vector's metadata, x its own.
    if (((IMeta) x.v).meta() != null || x.meta() != null) metaOr(x.meta());
    return true;
  }

  private void items(int kind, Iterable<?> x) {
    long count = 0;
    for (Object item : x) {
      any(item);
      count++;
    }
    collection(kind, count, x);
  }

  private void collection(int kind, long count, Object x) {
    escape(COLLECTION, kind | count << 8);
    meta(x);
  }

  private void meta(Object x) {
    IPersistentMap meta = x instanceof IMeta ? ((IMeta) x).meta() : null;
    if (meta != null && meta.count() > 0) metaOr(meta);
  }

  private void metaOr(IPersistentMap meta) {
    any(meta);
    escape(META, 0);
  }
}
