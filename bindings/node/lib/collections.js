// The collections of a domain as JavaScript sees them: reads as of Map, Set and Array, updates that give
// a new view and leave the old one as it is.

import { outOfRange, wrongType } from './errors.js';
import * as m from './mailbox.js';
import { f64, i32, port } from './mailbox.js';
import { Keyword, Literal } from './values.js';
import {
  View, absent, both, check, contextOf, differences, enter, firsts, iterate, kinds, result,
  seconds, singles, viewType, write, writeAll, writeKey, writeList, writeTwo,
} from './view.js';

const inspect = Symbol.for('nodejs.util.inspect.custom');

/** The key of the next operation. Gives a text that is to be its argument, or undefined. */
function enterKey(view, key) {
  if (typeof key === 'string') {
    enter(view);
    const size = writeKey(key);
    i32[m.FLAGS] = size < 0 ? 1 : 3;
    i32[m.EXTRA] = size;
    return size < 0 ? key : undefined;
  }
  write(contextOf(view), key);
  enter(view);
  i32[m.FLAGS] = 0;
  return undefined;
}

function look(view, operation, key) {
  const argument = enterKey(view, key);
  const text = argument === undefined ? operation() : operation(argument);
  return result(contextOf(view), view, text);
}

function update(view, operation, item) {
  const argument = enterKey(view, item);
  const text = argument === undefined ? operation() : operation(argument);
  return result(contextOf(view), undefined, text);
}

function assoc(view, key, value) {
  const context = contextOf(view);
  writeTwo(context, key, value);
  enter(view);
  const text = port.assoc();
  return result(context, undefined, text);
}

// yin_update of yin.h.
const UPDATE_ITEMS = 0;
const UPDATE_PAIRS = 1;
const UPDATE_REMOVE = 2;

function updateAll(view, kind) {
  enter(view);
  i32[m.FLAGS] = kind;
  const text = port.updateMany();
  return result(contextOf(view), undefined, text);
}

const toValue = (value) => (value instanceof View ? value.toJS() : value);

// What JSON has no way of writing.
function toPlain(value) {
  if (value instanceof View) return value.toJSON();
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof Uint8Array) return Array.from(value);
  return value;
}

function plainKey(key) {
  if (typeof key === 'string') return key;
  return key instanceof Keyword ? key.fullName : String(key);
}

const shown = (options) => options.maxArrayLength ?? Infinity;

function firstOf(iterator, count) {
  const found = [];
  if (count > 0) {
    for (const item of iterator) if (found.push(item) >= count) break;
  }
  return found;
}

class Collection extends View {
  #size;

  get size() {
    if (this.#size === undefined) {
      enter(this);
      check(port.count());
      this.#size = f64[m.PAYLOAD / 2];
    }
    return this.#size;
  }

  /** [key, before, after] of what differs in `after`; undefined: it is not there. O(what differs) */
  diff(after) {
    return differences(this, after);
  }

  [inspect](depth, options, inspect) {
    const name = `${this.constructor.name}(${this.size})`;
    if (depth < 0) return options.stylize(`[${name}]`, 'special');
    const model = this._model(firstOf(this, shown(options)));
    const rest = this.size - (model.size ?? model.length);
    const text = inspect(model, { ...options, depth: options.depth === null ? null : depth, maxArrayLength: null });
    const body = text.replace(/^(Map|Set)\(\d+\) /, '');
    return `${name} ${rest > 0 ? body.replace(/\s*([\]}])$/, `, ... ${rest} more $1`) : body}`;
  }
}

/** A map: reads as Map has them. Keys are compared by value. */
export class YinMap extends Collection {
  get(key, otherwise) {
    const found = look(this, port.get, key);
    return found === undefined ? otherwise : found;
  }
  has(key) {
    return look(this, port.get, key) !== undefined;
  }
  /** Through maps and vectors, key by key. */
  getIn(path, otherwise) {
    let value = this;
    for (const key of path) {
      if (!(value instanceof View)) return otherwise;
      value = value.get(key);
      if (value === undefined) return otherwise;
    }
    return value;
  }

  set(key, value) {
    return assoc(this, key, value);
  }
  delete(key) {
    return update(this, port.dissoc, key);
  }
  /** With what `change` makes of the value there, of `otherwise` if there is none. */
  update(key, change, otherwise) {
    return this.set(key, change(this.get(key, otherwise)));
  }
  setIn(path, value) {
    return this.updateIn(path, () => value);
  }
  updateIn(path, change, otherwise) {
    const [key, ...rest] = path;
    if (rest.length === 0) return this.update(key, change, otherwise);
    const inner = this.get(key);
    if (inner instanceof View) return this.set(key, inner.updateIn(rest, change, otherwise));
    if (inner !== undefined) throw wrongType(`updateIn: ${String(key)} is no collection`);
    return this.set(key, rest.reduceRight((value, name) => new Map([[name, value]]), change(otherwise)));
  }
  /** Many at once: entries, a Map or a plain object. */
  setAll(entries) {
    writeAll(contextOf(this), typeof entries[Symbol.iterator] === 'function' ? entries : Object.entries(entries), true);
    return updateAll(this, UPDATE_PAIRS);
  }
  deleteAll(keys) {
    writeList(contextOf(this), Array.from(keys).flatMap((key) => [key, absent]));
    return updateAll(this, UPDATE_PAIRS);
  }
  /** The others' values win. */
  merge(...others) {
    const hashed = (map) => map.constructor === YinMap;
    return others.reduce(
      (merged, other) => (hashed(merged) && hashed(other) ? update(merged, port.merge, other) : merged.setAll(other)),
      this,
    );
  }

  keys() {
    return iterate(this, firsts);
  }
  values() {
    return iterate(this, seconds);
  }
  entries() {
    return iterate(this, both);
  }
  [Symbol.iterator]() {
    return iterate(this, both);
  }
  forEach(visit, thisArgument) {
    for (const [key, value] of this) visit.call(thisArgument, value, key, this);
  }

  /** A copy: a plain object if all keys are strings, else a Map. */
  toJS() {
    const entries = [];
    let plain = true;
    for (const [key, value] of this) {
      plain &&= typeof key === 'string';
      entries.push([toValue(key), toValue(value)]);
    }
    return plain ? Object.fromEntries(entries) : new Map(entries);
  }
  toJSON() {
    return Object.fromEntries(Array.from(this, ([key, value]) => [plainKey(key), toPlain(value)]));
  }
  _model(entries) {
    return new Map(entries);
  }
}

/** Ordered by its keys. */
export class YinSortedMap extends YinMap {
  /** The entries of a range: { from, to, withoutFrom, withTo, descending }. */
  range(range = {}) {
    return iterate(this, both, range);
  }
  /** The key with so many before it. */
  keyAt(rank) {
    return at(this, rank);
  }
}

export class YinIntMap extends YinMap {
  range(range = {}) {
    return iterate(this, both, range);
  }
}

/** A set: reads as Set has them. Items are compared by value. */
export class YinSet extends Collection {
  has(item) {
    return look(this, port.findKey, item) !== undefined;
  }
  add(item) {
    return update(this, port.conj, item);
  }
  delete(item) {
    return update(this, port.disj, item);
  }
  addAll(items) {
    writeAll(contextOf(this), items, false);
    return updateAll(this, UPDATE_ITEMS);
  }
  deleteAll(items) {
    writeAll(contextOf(this), items, false);
    return updateAll(this, UPDATE_REMOVE);
  }
  union(other) {
    return other instanceof YinSet && !(this instanceof YinSortedSet || other instanceof YinSortedSet)
      ? update(this, port.merge, other)
      : this.addAll(other);
  }
  intersection(other) {
    return this.deleteAll(Array.from(this).filter((item) => !other.has(item)));
  }
  difference(other) {
    return this.deleteAll(other);
  }
  isSubsetOf(other) {
    for (const item of this) if (!other.has(item)) return false;
    return true;
  }

  keys() {
    return iterate(this, singles);
  }
  values() {
    return iterate(this, singles);
  }
  *entries() {
    for (const item of this) yield [item, item];
  }
  [Symbol.iterator]() {
    return iterate(this, singles);
  }
  forEach(visit, thisArgument) {
    for (const item of this) visit.call(thisArgument, item, item, this);
  }

  /** A copy. */
  toJS() {
    return new Set(Array.from(this, toValue));
  }
  toJSON() {
    return Array.from(this, toPlain);
  }
  _model(items) {
    return new Set(items);
  }
}

export class YinSortedSet extends YinSet {
  range(range = {}) {
    return iterate(this, singles, range);
  }
  itemAt(rank) {
    return at(this, rank);
  }
}

function at(view, index) {
  if (!Number.isInteger(index) || index < 0) return undefined;
  enter(view);
  f64[m.NUMBER_A] = index;
  const text = port.nth();
  return result(contextOf(view), view, text);
}

/** What vectors, lists and queues have of Array. */
class Sequence extends Collection {
  get length() {
    return this.size;
  }
  get(index, otherwise) {
    const found = at(this, index);
    return found === undefined ? otherwise : found;
  }
  /** As Array's: from the end if it is negative. */
  at(index) {
    const whole = Math.trunc(index) || 0;
    return at(this, whole < 0 ? this.size + whole : whole);
  }
  has(index) {
    return Number.isInteger(index) && index >= 0 && index < this.size;
  }
  first() {
    return at(this, 0);
  }
  last() {
    return at(this, this.size - 1);
  }

  values() {
    return iterate(this, singles);
  }
  *keys() {
    for (let i = 0; i < this.size; ++i) yield i;
  }
  *entries() {
    let i = 0;
    for (const item of this) yield [i++, item];
  }
  [Symbol.iterator]() {
    return iterate(this, singles);
  }
  forEach(visit, thisArgument) {
    let i = 0;
    for (const item of this) visit.call(thisArgument, item, i++, this);
  }
  /** Those that follow give what Array's give, arrays too. */
  map(change, thisArgument) {
    return Array.from(this, (item, i) => change.call(thisArgument, item, i, this));
  }
  filter(test, thisArgument) {
    return Array.from(this).filter((item, i) => test.call(thisArgument, item, i, this));
  }
  reduce(combine, ...initial) {
    return Array.from(this).reduce((all, item, i) => combine(all, item, i, this), ...initial);
  }
  find(test) {
    for (const item of this) if (test(item)) return item;
    return undefined;
  }
  findIndex(test) {
    let i = 0;
    for (const item of this) {
      if (test(item)) return i;
      ++i;
    }
    return -1;
  }
  some(test) {
    return this.findIndex(test) >= 0;
  }
  every(test) {
    return !this.some((item) => !test(item));
  }
  /** By value. */
  indexOf(wanted) {
    return this.findIndex((item) => same(item, wanted));
  }
  includes(wanted) {
    return this.indexOf(wanted) >= 0;
  }
  join(separator = ',') {
    return Array.from(this).join(separator);
  }

  /** A copy. */
  toJS() {
    return Array.from(this, toValue);
  }
  toJSON() {
    return Array.from(this, toPlain);
  }
  _model(items) {
    return items;
  }
}

/** Are two values of JavaScript the same value? */
export function same(a, b) {
  if (Object.is(a, b) || a === b) return true;
  if (a instanceof View) return a.equals(b);
  if (b instanceof View) return b.equals(a);
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  return typeof a?.equals === 'function' && a.equals(b);
}

export class YinVector extends Sequence {
  /** Its size as index appends. */
  set(index, value) {
    const whole = index < 0 ? this.size + index : index;
    if (!Number.isInteger(whole) || whole < 0 || whole > this.size) {
      throw outOfRange(`set: index ${index} of ${this.size}`);
    }
    return assoc(this, whole, value);
  }
  update(index, change, otherwise) {
    return this.set(index, change(this.get(index, otherwise)));
  }
  updateIn(path, change, otherwise) {
    const [index, ...rest] = path;
    if (rest.length === 0) return this.update(index, change, otherwise);
    const inner = this.get(index);
    if (!(inner instanceof View)) throw wrongType(`updateIn: ${String(index)} is no collection`);
    return this.set(index, inner.updateIn(rest, change, otherwise));
  }
  /** Index and value, many at once. */
  setAll(entries) {
    writeAll(contextOf(this), entries, true);
    return updateAll(this, UPDATE_PAIRS);
  }
  push(...items) {
    if (items.length === 1) return update(this, port.conj, items[0]);
    return this.concat(items);
  }
  /** Without the last item, which last() tells. */
  pop() {
    enter(this);
    const text = port.pop();
    return result(contextOf(this), undefined, text);
  }
  /** As Array's; shares what it can. */
  slice(from = 0, to = this.size) {
    const size = this.size;
    const clamp = (index) => Math.min(Math.max(index < 0 ? size + index : index, 0), size);
    const start = clamp(Math.trunc(from) || 0);
    enter(this);
    f64[m.NUMBER_A] = start;
    f64[m.NUMBER_B] = Math.max(start, clamp(Math.trunc(to) || 0));
    const text = port.slice();
    return result(contextOf(this), undefined, text);
  }
  /** With all items of the others behind its own. Vectors share what they can. */
  concat(...others) {
    return others.reduce((whole, other) => {
      if (other instanceof YinVector) return update(whole, port.merge, other);
      writeAll(contextOf(whole), other, false);
      return updateAll(whole, UPDATE_ITEMS);
    }, this);
  }
}

/** Linked: its front is near, its other items are not. */
export class YinList extends Sequence {
  /** With an item at the front. */
  unshift(...items) {
    return items.reduceRight((list, item) => update(list, port.conj, item), this);
  }
  /** Without the first item. */
  shift() {
    enter(this);
    const text = port.pop();
    return result(contextOf(this), undefined, text);
  }
}

/** In at the back, out at the front. */
export class YinQueue extends Sequence {
  push(...items) {
    return items.reduce((queue, item) => update(queue, port.conj, item), this);
  }
  shift() {
    enter(this);
    const text = port.pop();
    return result(contextOf(this), undefined, text);
  }
}

viewType(kinds.MAP, YinMap);
viewType(kinds.SORTED_MAP, YinSortedMap);
viewType(kinds.INT_MAP, YinIntMap);
viewType(kinds.SET, YinSet);
viewType(kinds.SORTED_SET, YinSortedSet);
viewType(kinds.VECTOR, YinVector);
viewType(kinds.LIST, YinList);
viewType(kinds.QUEUE, YinQueue);

const entriesOf = (entries) =>
  typeof entries[Symbol.iterator] === 'function' ? entries : Object.entries(entries);

/** For storing: the collections that no type of JavaScript stands for. */
export const list = (items = []) => new Literal(kinds.LIST, Array.from(items));
export const queue = (items = []) => new Literal(kinds.QUEUE, Array.from(items));
export const sortedSet = (items = []) => new Literal(kinds.SORTED_SET, Array.from(items));
export const sortedMap = (entries = []) => new Literal(kinds.SORTED_MAP, Array.from(entriesOf(entries)));
export const intMap = (entries = []) => new Literal(kinds.INT_MAP, Array.from(entriesOf(entries)));
