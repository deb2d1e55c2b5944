package yin;

import clojure.lang.IFn;
import java.lang.ref.Reference;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Several atoms of one domain, at one instant or not at all. What runs in it sees every atom as it was when
 * it began, and its own changes; nobody sees anything of it until it ends. Then one commit sets what was
 * changed if nothing that was read has changed meanwhile; else it runs again. One within another is
 * part of it.
 */
public final class Transaction {
  private static final ThreadLocal<Transaction> CURRENT = new ThreadLocal<>();
  private static volatile boolean used;  // so that who never uses one does not look

  private static final class Entry {
    Seen before;
    Seen now;
    boolean written;
  }

  private Domain domain;  // of the first atom
  private Snapshot snapshot;
  private final Map<Atom, Entry> entries = new LinkedHashMap<>();

  private Transaction() {}

  static Transaction current() {
    return used ? CURRENT.get() : null;
  }

  public static Object run(IFn body) {
    if (current() != null) return body.invoke();
    used = true;
    for (int tries = 1; ; tries++) {
      Transaction t = new Transaction();
      CURRENT.set(t);
      Object result;
      try {
        result = body.invoke();
      } finally {
        CURRENT.remove();
      }
      try {
        if (t.commit()) return result;
      } finally {
        if (t.snapshot != null) t.snapshot.close();
      }
      Native.backOff(t.domain.address, t.entries.keySet().iterator().next().word(), tries);
    }
  }

  Seen read(Atom a) {
    return entry(a).now;
  }

  Seen write(Atom a, Object value) {
    Entry e = entry(a);
    e.now = domain.stored(value);
    e.written = true;
    return e.now;
  }

  private Entry entry(Atom a) {
    if (domain == null) {
      domain = a.domain();
      snapshot = domain.snapshot();
    }
    if (a.domain() != domain)
      throw Failure.of(Failure.INVALID_ARGUMENT, "a transaction is of one domain: " + domain + ", not " + a.domain());
    return entries.computeIfAbsent(a, atom -> {
      Entry e = new Entry();
      e.before = snapshot.see(atom);
      if (e.before == null) e.before = atom.see();  // made since
      e.now = e.before;
      return e;
    });
  }

  private boolean commit() {
    boolean written = false;
    for (Entry e : entries.values()) written |= e.written;
    if (!written) return true;  // what was read is of one instant
    long[] changes = new long[3 * entries.size()];
    int at = 0;
    for (Map.Entry<Atom, Entry> e : entries.entrySet()) {
      changes[at++] = e.getKey().word();
      changes[at++] = e.getValue().before.word;
      changes[at++] = e.getValue().now.word;
    }
    boolean done = domain.withRoom(() -> Native.commitAll(domain.address, changes));
    Reference.reachabilityFence(entries);
    if (done)
      entries.forEach((atom, e) -> {
        if (e.written) atom.tell(e.before.value, e.now.value);
      });
    return done;
  }
}
