package yin;

import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;

/** An agent of a domain, run by whoever serves it. */
public final class Agent implements Root {
  private static final String[] STATES = {"ready", "waiting", "parked", "done", "failed"};

  private final Domain domain;
  private final long word;

  Agent(Domain domain, long word) {
    this.domain = domain;
    this.word = word;
  }

  @Override public Domain domain() { return domain; }
  @Override public long word() { return word; }

  /** {:state :ready, :value nil}: the value of a parked, done or failed one. */
  public Object look() {
    Box box = Box.get();
    long[] both = Native.agentLook(domain.address, word, box.address);
    return PersistentArrayMap.createAsIfByAssoc(new Object[] {
        Keyword.intern(null, "state"), Keyword.intern(null, STATES[(int) both[0]]),
        Keyword.intern(null, "value"), domain.kept(both[1], box)});
  }

  /** Of a parked one. */
  public void resume(Object value) {
    Parcel p = Parcel.take(domain);
    try {
      p.put(value);
      Native.agentResume(domain.address, word, p.address(), p.words());
    } finally {
      p.done();
    }
  }

  @Override
  public String toString() {
    return "#<yin agent " + Long.toUnsignedString(word, 16) + " of " + domain + ">";
  }
}
