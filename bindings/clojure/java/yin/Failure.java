package yin;

import clojure.lang.ExceptionInfo;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import java.nio.charset.StandardCharsets;

/** Errors as Clojure has them: ex-info whose data has the status as a keyword under :yin/error. */
public final class Failure {
  static final int INVALID_ARGUMENT = 1, NOT_FOUND = 2, ALREADY_EXISTS = 3, RESOURCE_EXHAUSTED = 5,
      UNAVAILABLE = 7, CLOSED = 10, WRONG_TYPE = 11, CONFLICT = 12, OUT_OF_RANGE = 14, TIMEOUT = 15, END = 16;

  private static final String[] NAMES = {"ok", "invalid-argument", "not-found", "already-exists",
      "permission-denied", "resource-exhausted", "data-loss", "unavailable", "unimplemented", "internal", "closed",
      "wrong-type", "conflict", "aborted", "out-of-range", "timeout", "end"};
  private static final Keyword ERROR = Keyword.intern("yin", "error");
  private static final Keyword VALUE_TYPE = Keyword.intern("yin", "type");

  private Failure() {}

  /** What natives throw. */
  public static RuntimeException of(int status, byte[] message) {
    return of(status, new String(message, StandardCharsets.UTF_8));
  }

  static RuntimeException of(int status, String message) {
    return new ExceptionInfo(message, data(status));
  }

  /** A value that a domain has no place for. */
  static RuntimeException unsupported(Object value, String why) {
    String type = value.getClass().getName();
    return new ExceptionInfo("a domain holds no " + type + ": " + why,
        data(WRONG_TYPE).assoc(VALUE_TYPE, value.getClass()));
  }

  private static IPersistentMap data(int status) {
    return new PersistentArrayMap(new Object[] {ERROR, Keyword.intern(null, NAMES[status])});
  }

  static boolean is(int status, Throwable thrown) {
    return thrown instanceof ExceptionInfo
        && ((ExceptionInfo) thrown).getData().valAt(ERROR) == Keyword.intern(null, NAMES[status]);
  }
}
