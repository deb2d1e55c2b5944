package yin;

import clojure.lang.IDeref;
import clojure.lang.IFn;
import clojure.lang.RT;
import java.util.Iterator;

/** reduce over an iterator, ended by reduced. */
final class Reducing {
  private Reducing() {}

  static Object all(IFn f, Iterator<?> items) {
    return items.hasNext() ? from(f, items.next(), items) : f.invoke();
  }

  static Object from(IFn f, Object result, Iterator<?> items) {
    while (items.hasNext()) {
      result = f.invoke(result, items.next());
      if (RT.isReduced(result)) return ((IDeref) result).deref();
    }
    return result;
  }
}
