package yin;

import clojure.lang.IFn;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentHashSet;
import clojure.lang.PersistentList;
import clojure.lang.PersistentQueue;
import clojure.lang.PersistentTreeMap;
import clojure.lang.PersistentTreeSet;
import clojure.lang.PersistentVector;
import clojure.lang.Symbol;
import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A domain that this process has open. Atoms, views and watches of it are this object's: another Domain
 * on the same path is another pair of eyes on the same bytes. Any thread may use it, and close it; what
 * is used after says :closed. Closed at the latest when nothing of it is reachable any more.
 */
public final class Domain implements Closeable {
  private static final int CYCLES = 3;  // the first may have begun before the handles went

  public final String path;
  final long address;
  final Names names = new Names(this);
  private final Whole nothing = new Whole(0, Words.NIL);  // of words that refer to nothing
  private final ConcurrentHashMap<Long, Root> roots = new ConcurrentHashMap<>();
  private Watcher watcher;

  public Domain(String path, int mode, long capacity, long durability, boolean keeper) {
    this.path = path;
    address = Native.open(utf8(path), mode, capacity, durability, keeper);
    new Owned(this, Owned.DOMAIN, address);
  }

  private static byte[] utf8(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    Native.close(address);
    Watcher stopped;
    synchronized (this) {
      stopped = watcher;
      watcher = null;
    }
    if (stopped != null) stopped.stop();
  }

  public boolean isClosed() {
    return Native.isClosed(address);
  }

  // ---- words and values ---------------------------------------------------------------------------

  /** The word of a value that is one by itself, or Words.NONE. */
  long wordOf(Object x) {
    if (x == null) return Words.NIL;
    Class<?> c = x.getClass();
    if (c == Long.class) return Words.ofLong((Long) x);
    if (c == Keyword.class) return names.known((Keyword) x);
    if (c == String.class) return Words.ofShortString((String) x);
    if (c == Boolean.class) return Words.ofBoolean((Boolean) x);
    if (c == Double.class) return Words.ofDouble((Double) x);
    if (c == Character.class) return Words.ofCharacter((Character) x);
    if (c == Symbol.class) return ((Symbol) x).meta() == null ? names.known((Symbol) x) : Words.NONE;
    if (c == Integer.class || c == Short.class || c == Byte.class) return Words.ofLong(((Number) x).longValue());
    if (c == Float.class) return Words.ofDouble(((Float) x).doubleValue());
    if (x instanceof Root && ((Root) x).domain() == this) return ((Root) x).word();
    return Words.NONE;
  }

  long wordOfName(int what, Symbol name, Object given) {
    if (what == Parcel.KEYWORD) return names.make((Keyword) given);
    long w = names.known(name);
    return w != Words.NONE ? w : names.make(name);
  }

  /** The value of a word that is no reference. */
  Object immediate(long w) {
    if (Words.isInt(w)) return w >> 1;
    if (Words.isDouble(w)) return Words.toDouble(w);
    if (Words.isShortString(w)) return Words.toShortString(w);
    switch (Words.which(w)) {
      case 0: return null;
      case Words.BOOLEAN: return w == Words.TRUE;
      case Words.CHARACTER: return character((int) Words.payload(w));
      case Words.KEYWORD: return names.keyword(w);
      case Words.SYMBOL: return names.symbol(w);
      case Words.ROOT: return root(w);
      case Words.EMPTY: return emptyOf(w);
      default: return new Opaque(this, nothing, w);
    }
  }

  private static Object character(int codePoint) {
    // Other hosts have characters beyond Java's.
    return codePoint <= Character.MAX_VALUE ? (Object) (char) codePoint : new String(Character.toChars(codePoint));
  }

  private Object emptyOf(long w) {
    int kind = Words.emptyKind(w);
    return kind == Words.INT_MAP ? emptyIntMap() : empty(kind);
  }

  Whole nothing() {
    return nothing;
  }

  /** Clojure's own. */
  static Object empty(int kind) {
    switch (kind) {
      case Words.MAP: return PersistentArrayMap.EMPTY;
      case Words.SET: return PersistentHashSet.EMPTY;
      case Words.VECTOR: return PersistentVector.EMPTY;
      case Words.LIST: return PersistentList.EMPTY;
      case Words.SORTED_MAP: return PersistentTreeMap.EMPTY;
      case Words.SORTED_SET: return PersistentTreeSet.EMPTY;
      default: return PersistentQueue.EMPTY;
    }
  }

  Object root(long w) {
    Root known = roots.get(w);
    if (known != null) return known;
    switch (Words.rootKind(w)) {
      case 27: return remember(new Atom(this, w));
      case 28: return remember(new Agent(this, w));
      case 29: return remember(new Stream(this, w));
      case 30: return remember(new Cursor(this, w));
      default: return new Opaque(this, nothing, w);
    }
  }

  private Root remember(Root made) {
    Root before = roots.putIfAbsent(made.word(), made);
    return before != null ? before : made;
  }

  void forget(Root root) {
    roots.remove(root.word(), root);
  }

  /** The value of a word that a native left with its handle in the box. */
  Object kept(long w, Box box) {
    return Words.isReference(w) ? Whole.take(this, w, box) : immediate(w);
  }

  /** The same, as what was seen of an atom. */
  Seen seen(long w, Box box) {
    return Words.isReference(w) ? Whole.see(this, w, box) : new Seen(w, immediate(w));
  }

  /** Does it, and again, if there was no room, after what nobody uses any more was given back and collected. */
  <T> T withRoom(java.util.function.Supplier<T> does) {
    for (int cycles = 0; ; cycles++) {
      try {
        return does.get();
      } catch (RuntimeException e) {
        if (!Failure.is(Failure.RESOURCE_EXHAUSTED, e) || cycles == CYCLES) throw e;
        if (cycles == 0) Owned.collect();
        Native.collect(address);
      }
    }
  }

  /** A value as the domain has it, and what keeps it there. Views of this domain are as they are. */
  Seen stored(Object x) {
    if (x instanceof View && ((View) x).domain() == this)
      return new Seen(((View) x).word(), x);
    long w = wordOf(x);
    if (w != Words.NONE) return new Seen(w, x);
    Parcel p = Parcel.take(this);
    try {
      p.put(x);
      return withRoom(() -> {
        Box box = Box.get();
        return seen(Native.apply(address, Native.BUILD, 0, p.address(), p.words(), box.address), box);
      });
    } finally {
      p.done();
    }
  }

  /** The view gets a handle of its own now, not when what it was found in is gone. */
  public static void alone(View v) {
    Views.alone(v);
  }

  public Object store(Object x) {
    return stored(x).value;
  }

  public SortedMapView emptyIntMap() {
    return new SortedMapView(this, nothing, Words.INT_MAP, Words.ofEmpty(Words.INT_MAP), 0);
  }

  /** EDN, read natively. */
  public Object read(String text) {
    Box box = Box.get();
    return kept(Native.read(address, utf8(text), box.address), box);
  }

  // ---- names, roots -------------------------------------------------------------------------------

  /** The atom called `name` (null: without a name), made with `initial` if it is not there. */
  public Atom atom(String name, Object initial) {
    Parcel p = Parcel.take(this);
    try {
      p.put(initial);
      long w = withRoom(
          () -> Native.atom(address, name == null ? null : utf8(name), p.address(), p.words()));
      return (Atom) root(w);
    } finally {
      p.done();
    }
  }

  /** What has this name, or null. */
  public Object find(String name) {
    long w = Native.findName(address, utf8(name));
    return w == Words.ABSENT ? null : immediate(w);
  }

  public void delete(String name) {
    Native.deleteName(address, utf8(name));
  }

  public void rename(String from, String to) {
    Native.rename(address, utf8(from), utf8(to));
  }

  /** visit(name, root) for all named ones, sorted. */
  public void eachAtom(IFn visit) {
    Object[] both = Native.atoms(address);
    byte[][] found = java.util.Arrays.copyOf((Object[]) both[0], ((Object[]) both[0]).length, byte[][].class);
    long[] words = (long[]) both[1];
    for (int i = 0; i < found.length; i++)
      visit.invoke(new String(found[i], StandardCharsets.UTF_8), immediate(words[i]));
  }

  public Stream stream(String name, long capacity) {
    return (Stream) root(Native.stream(address, name == null ? null : utf8(name), capacity));
  }

  /** Reads a program and makes the agent that runs it. */
  public Agent spawn(String program, String file, String name) {
    return (Agent) root(Native.spawn(address, utf8(program), utf8(file), name == null ? null : utf8(name)));
  }

  public Server serve(int threads) {
    return new Server(this, Native.serve(address, threads));
  }

  public Snapshot snapshot() {
    return new Snapshot(this);
  }

  synchronized Watcher watcher() {
    if (watcher == null) watcher = new Watcher(this);
    return watcher;
  }

  // ---- the whole of it ----------------------------------------------------------------------------

  public long[] stat() {
    return Native.stat(address);
  }

  public void flush(int timeoutMs) {
    Native.flush(address, timeoutMs);
  }

  public boolean collect() {
    return Native.collect(address);
  }

  public void verify() {
    Native.verify(address);
  }

  @Override
  public String toString() {
    return "#<yin domain " + (path.isEmpty() ? "of this process" : path) + (isClosed() ? ", closed" : "") + ">";
  }
}
