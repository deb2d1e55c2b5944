package yin;

import clojure.lang.IObj;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.RT;
import clojure.lang.Util;
import java.lang.ref.Reference;
import java.util.Collections;
import java.util.Comparator;

/** What all views do alike. */
final class Views {
  @SuppressWarnings("unchecked")  // compare takes anything
  private static final Comparator<?> REVERSE = Collections.reverseOrder((Comparator<Object>) RT.DEFAULT_COMPARATOR);

  private Views() {}

  static Object of(Domain domain, Whole whole, int kind, long w, long count, boolean annotated) {
    if (count == 0 && kind >= Words.LIST && kind < Words.INT_MAP) {
      Object empty = Domain.empty(kind);
      return annotated ? ((IObj) empty).withMeta(meta(domain, whole, w)) : empty;
    }
    int n = (int) Math.min(count, Integer.MAX_VALUE);
    switch (kind) {
      case Words.MAP: return new MapView(domain, whole, w, n);
      case Words.SORTED_MAP:
      case Words.INT_MAP: return new SortedMapView(domain, whole, kind, w, n);
      case Words.SET: return new SetView(domain, whole, w, n);
      case Words.SORTED_SET: return new SortedSetView(domain, whole, w, n);
      case Words.VECTOR: return new VectorView(domain, whole, w, n);
      case Words.LIST: return new ListView(domain, whole, w, n, annotated ? meta(domain, whole, w) : null);
      case Words.QUEUE: return new QueueView(domain, whole, w, n);
      default: return new Opaque(domain, whole, w);
    }
  }

  private static IPersistentMap meta(Domain domain, Whole whole, long w) {
    return (IPersistentMap) whole.value(domain, Native.meta(domain.address, w));
  }

  static IPersistentMap meta(View v) {
    IPersistentMap meta = meta(v.domain(), v.hold().whole(), v.word());
    Reference.reachabilityFence(v);
    return meta;
  }

  /** With a word found in the view's value; `otherwise` if there is none. */
  static Object value(View v, long w, Object otherwise) {
    Object value = w == Words.ABSENT ? otherwise : v.hold().whole().value(v.domain(), w);
    Reference.reachabilityFence(v);
    return value;
  }

  static Object get(View v, Object key, Object otherwise) {
    return value(v, find(v, key, false), otherwise);
  }

  static Object getKey(View v, Object key, Object otherwise) {
    return value(v, find(v, key, true), otherwise);
  }

  static boolean contains(View v, Object key) {
    return find(v, key, true) != Words.ABSENT;
  }

  /** The word under the key, or that of the key itself, or Words.ABSENT. */
  private static long find(View v, Object key, boolean theKey) {
    Domain d = v.domain();
    long k = d.wordOf(key);
    if (k == Words.NONE) {
      if (!(key instanceof Keyword)) return findParcel(v, key, theKey);
      k = d.names.find((Keyword) key);
      if (k == Words.ABSENT) return k;
    }
    long found = theKey ? Native.findKey(d.address, v.word(), k) : Native.get(d.address, v.word(), k);
    Reference.reachabilityFence(v);
    return found;
  }

  private static long findParcel(View v, Object key, boolean theKey) {
    Domain d = v.domain();
    Parcel p = Parcel.take(d);
    try {
      if (!p.putKey(key)) return Words.ABSENT;
      long found = key instanceof String && !theKey
          // Past the escape of kString: a string that is looked for is not made in the domain.
          ? Native.getText(d.address, v.word(), p.address() + 8, p.textSize())
          : Native.getParcel(d.address, v.word(), theKey, p.address(), p.words());
      Reference.reachabilityFence(v);
      return found;
    } finally {
      p.done();
    }
  }

  /**
   * Of a sorted collection with items: compare, or its reverse, which other hosts have too. Told by where a
   * key stands that is not in it: nil comes before everything, or behind. An order this process does not
   * know is refused by the library, by its name.
   */
  static Comparator<?> comparator(View v) {
    if (v.kind() == Words.INT_MAP) return RT.DEFAULT_COMPARATOR;
    Object first = new Items(v).next();
    Items from = new Items(v, Items.FROM, first == null ? Long.valueOf(0) : null, null);
    boolean firstIsBehind = from.hasNext() && Util.equiv(from.next(), first);
    from.stop();
    return firstIsBehind == (first != null) ? RT.DEFAULT_COMPARATOR : REVERSE;
  }

  /** A changed value; `v` itself where nothing changes. */
  static Object apply(View v, int verb, Parcel p) {
    Domain d = v.domain();
    return d.withRoom(() -> {
      Box box = Box.get();
      long w = Native.apply(d.address, verb, v.word(), p.address(), p.words(), box.address);
      Reference.reachabilityFence(v);
      return w == v.word() ? v : d.kept(w, box);
    });
  }

  static Object apply(View v, int verb) {
    Parcel p = Parcel.take(v.domain());
    try {
      return apply(v, verb, p);
    } finally {
      p.done();
    }
  }

  static Object apply(View v, int verb, Object x) {
    Parcel p = Parcel.take(v.domain());
    try {
      return apply(v, verb, p.put(x));
    } finally {
      p.done();
    }
  }

  static Object apply(View v, int verb, Object x, Object y) {
    Parcel p = Parcel.take(v.domain());
    try {
      return apply(v, verb, p.put(x).put(y));
    } finally {
      p.done();
    }
  }

  static Object withMeta(View v, IPersistentMap meta) {
    return meta == null ? apply(v, Native.BARE) : apply(v, Native.WITH_META, meta);
  }

  static Object emptyWithMeta(View v) {
    IPersistentMap meta = meta(v);
    Object empty = Domain.empty(v.kind());
    return meta == null ? empty : ((IObj) empty).withMeta(meta);
  }

  /** 1: equal; 0: not; -1: of different domains, compare item by item. */
  static int equal(View v, Object x) {
    if (x == v) return 1;
    if (!(x instanceof View) || ((View) x).domain() != v.domain()) return -1;
    boolean equal = Native.equal(v.domain().address, v.word(), ((View) x).word());
    Reference.reachabilityFence(v);
    Reference.reachabilityFence(x);
    return equal ? 1 : 0;
  }

  /** A handle of its own, now: what it was found in is not kept by it. */
  static void alone(View v) {
    Whole.part(v.domain(), v.hold());
    Reference.reachabilityFence(v);
  }
}
