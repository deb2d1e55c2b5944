package yin;

import clojure.lang.Keyword;
import clojure.lang.Symbol;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A domain's names as this process knows them. A name's number is the domain's and never changes, so both
 * directions are caches without an end. Reads take no lock: entries are immutable, and one that is
 * missed is only looked up again.
 */
final class Names {
  private static final class Entry {
    final Keyword keyword;
    final long word;

    Entry(Keyword keyword, long word) {
      this.keyword = keyword;
      this.word = word;
    }
  }

  private final Domain domain;
  private volatile Entry[] words = new Entry[256];
  private int count;
  private volatile Keyword[] keywords = new Keyword[256];
  private volatile Symbol[] symbols = new Symbol[256];
  private final ConcurrentHashMap<Symbol, Long> symbolWords = new ConcurrentHashMap<>();

  Names(Domain domain) {
    this.domain = domain;
  }

  /** Words.NONE: not met yet. */
  long known(Keyword k) {
    Entry[] table = words;
    for (int i = k.hasheq(); ; i++) {
      Entry e = table[i & table.length - 1];
      if (e == null) return Words.NONE;
      if (e.keyword == k) return e.word;
    }
  }

  long known(Symbol s) {
    Long w = symbolWords.get(s);
    return w == null ? Words.NONE : w;
  }

  /** Without making it known to the domain: Words.ABSENT if no value of the domain can have it. */
  long find(Keyword k) {
    long w = Native.knownKeyword(domain.address, spelling(k.sym));
    if (w == 0) return Words.ABSENT;
    remember(k, w);
    return w;
  }

  long make(Keyword k) {
    long w = Native.keyword(domain.address, checked(k.sym, k));
    remember(k, w);
    return w;
  }

  long make(Symbol s) {
    Symbol bare = s.meta() == null ? s : Symbol.intern(s.getNamespace(), s.getName());
    long w = Native.symbol(domain.address, checked(bare, s));
    symbolWords.put(bare, w);
    return w;
  }

  private static byte[] spelling(Symbol name) {
    return name.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** "a/b" and "c" of namespace and name would come back as "a" and "b/c". */
  private static byte[] checked(Symbol name, Object given) {
    if (!Symbol.intern(name.toString()).equals(name))
      throw Failure.unsupported(given, "the name " + name + " does not read as what it is");
    return Parcel.utf8(name.toString());
  }

  private synchronized void remember(Keyword k, long w) {
    if (known(k) != Words.NONE) return;
    Entry[] table = words;
    if (2 * ++count > table.length) {
      Entry[] larger = new Entry[2 * table.length];
      for (Entry e : table) if (e != null) insert(larger, e);
      insert(larger, new Entry(k, w));
      words = larger;
    } else {
      insert(table, new Entry(k, w));
    }
  }

  private static void insert(Entry[] table, Entry entry) {
    int i = entry.keyword.hasheq();
    while (table[i & table.length - 1] != null) i++;
    table[i & table.length - 1] = entry;
  }

  Keyword keyword(long w) {
    Keyword[] known = keywords;
    int id = (int) Words.payload(w);
    if (id < known.length && known[id] != null) return known[id];
    Keyword k = Keyword.intern(name(w));
    synchronized (this) {
      if (id >= keywords.length) keywords = Arrays.copyOf(keywords, Math.max(id + 1, 2 * keywords.length));
      keywords[id] = k;
    }
    remember(k, w);
    return k;
  }

  Symbol symbol(long w) {
    Symbol[] known = symbols;
    int id = (int) Words.payload(w);
    if (id < known.length && known[id] != null) return known[id];
    Symbol s = Symbol.intern(name(w));
    synchronized (this) {
      if (id >= symbols.length) symbols = Arrays.copyOf(symbols, Math.max(id + 1, 2 * symbols.length));
      symbols[id] = s;
    }
    return s;
  }

  private String name(long w) {
    return new String(Native.name(domain.address, w), StandardCharsets.UTF_8);
  }
}
