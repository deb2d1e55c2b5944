package yin;

import java.io.Closeable;

/** Threads of this process that run the domain's agents, until it is closed. */
public final class Server implements Closeable {
  private final Domain domain;
  private long address;

  Server(Domain domain, long address) {
    this.domain = domain;
    this.address = address;
  }

  /** Throws why it had to stop by itself, if it had. */
  @Override
  public synchronized void close() {
    long stopped = address;
    address = 0;
    if (stopped != 0) Native.serveStop(stopped);
  }

  @Override
  public String toString() {
    return "#<yin server of " + domain + ">";
  }
}
