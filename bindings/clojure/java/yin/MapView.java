package yin;

import clojure.lang.APersistentMap;
import clojure.lang.IEditableCollection;
import clojure.lang.IFn;
import clojure.lang.IKVReduce;
import clojure.lang.IMapEntry;
import clojure.lang.IMapIterable;
import clojure.lang.IObj;
import clojure.lang.IPersistentCollection;
import clojure.lang.IPersistentMap;
import clojure.lang.IReduce;
import clojure.lang.ISeq;
import clojure.lang.ITransientCollection;
import clojure.lang.MapEntry;
import clojure.lang.RT;
import clojure.lang.Util;
import java.util.Iterator;

/** A map of a domain. Never empty, but for int maps. */
public class MapView extends APersistentMap
    implements View, IObj, IEditableCollection, IMapIterable, IKVReduce, IReduce {
  private static final Object NOTHING = new Object();

  private final transient Domain domain;
  private final transient Hold hold;
  private final transient int count;

  MapView(Domain domain, Whole whole, long word, int count) {
    this.domain = domain;
    hold = whole.hold(this, word);
    this.count = count;
  }

  @Override public final Domain domain() { return domain; }
  @Override public final Hold hold() { return hold; }
  @Override public int kind() { return Words.MAP; }

  @Override public final int count() { return count; }
  @Override public final Object valAt(Object key) { return Views.get(this, key, null); }
  @Override public final Object valAt(Object key, Object otherwise) { return Views.get(this, key, otherwise); }
  @Override public final boolean containsKey(Object key) { return Views.contains(this, key); }

  @Override
  public final IMapEntry entryAt(Object key) {
    Object found = Views.getKey(this, key, NOTHING);
    return found == NOTHING ? null : MapEntry.create(found, valAt(key));
  }

  @Override
  public final IPersistentMap assoc(Object key, Object value) {
    return (IPersistentMap) Views.apply(this, Native.ASSOC, key, value);
  }

  @Override
  public final IPersistentMap assocEx(Object key, Object value) {
    if (containsKey(key)) throw Util.runtimeException("Key already present");
    return assoc(key, value);
  }

  @Override
  public final IPersistentMap without(Object key) {
    return containsKey(key) ? (IPersistentMap) Views.apply(this, Native.DISSOC, key) : this;
  }

  @Override public IPersistentCollection empty() { return (IPersistentCollection) Views.emptyWithMeta(this); }
  @Override public final IPersistentMap meta() { return Views.meta(this); }
  @Override public final IObj withMeta(IPersistentMap meta) { return (IObj) Views.withMeta(this, meta); }
  @Override public ITransientCollection asTransient() { return new TransientMap(this); }

  @Override
  public final boolean equiv(Object x) {
    int equal = Views.equal(this, x);
    return equal < 0 ? super.equiv(x) : equal != 0;
  }

  @Override public final ISeq seq() { return count == 0 ? null : RT.chunkIteratorSeq(iterator()); }
  @Override public final Iterator<Object> iterator() { return entries(new Items(this)); }
  @Override public final Iterator<Object> keyIterator() { return halves(new Items(this), false); }
  @Override public final Iterator<Object> valIterator() { return halves(new Items(this), true); }

  static Iterator<Object> entries(Items items) {
    return new Iterator<>() {
      @Override public boolean hasNext() { return items.hasNext(); }
      @Override public Object next() { return MapEntry.create(items.next(), items.next()); }
    };
  }

  private static Iterator<Object> halves(Items items, boolean second) {
    return new Iterator<>() {
      @Override public boolean hasNext() { return items.hasNext(); }

      @Override
      public Object next() {
        Object key = items.next();
        Object value = items.next();
        return second ? value : key;
      }
    };
  }

  @Override
  public final Object kvreduce(IFn f, Object result) {
    Items items = new Items(this);
    while (items.hasNext()) {
      result = f.invoke(result, items.next(), items.next());
      if (RT.isReduced(result)) {
        items.stop();
        return ((clojure.lang.IDeref) result).deref();
      }
    }
    return result;
  }

  @Override
  public final Object reduce(IFn f) {
    return count == 0 ? f.invoke() : Reducing.all(f, iterator());
  }

  @Override
  public final Object reduce(IFn f, Object start) {
    return Reducing.from(f, start, iterator());
  }
}
