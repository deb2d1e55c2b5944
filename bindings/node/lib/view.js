// Views, and values on their way in and out.
//
// A view is an immutable collection of a domain, seen from JavaScript: two integers (its word) and
// whoever keeps it. Nothing is copied until it is asked for. The view that a deref or an update gives, a whole, has
// a handle of its own; what is found in it is kept by it at first, so that going into a value costs no handle. Found
// views that outlive a collection of the engine's get handles of their own and let go of the whole: most are garbage
// long before, and who holds a small part for hours keeps that part alone.
//
// write() puts values into the mailbox, result() and items() take them out (port.h has the form). Nothing
// of the caller's runs while the mailbox is in use, but for getters and iterators of what is being
// written: one that uses a domain is refused.

import { YinError, errorOf, wrongType } from './errors.js';
import * as m from './mailbox.js';
import { f64, i32, i64, port, u8 } from './mailbox.js';
import { Character, Double, keyword, Keyword, Literal, Ratio, TaggedLiteral, UUID, YinSymbol } from './values.js';

export const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
export const asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

export const kinds = {
  LIST: 15, VECTOR: 16, QUEUE: 17, MAP: 18, SET: 19, SORTED_MAP: 20, SORTED_SET: 21, INT_MAP: 22,
  ATOM: 27, AGENT: 28, STREAM: 29, CURSOR: 30,
};
const kindNames = {
  15: 'list', 16: 'vector', 17: 'queue', 18: 'map', 19: 'set', 20: 'sorted map', 21: 'sorted set',
  22: 'int map', 23: 'array', 24: 'struct', 25: 'tensor', 26: 'layout', 27: 'atom', 28: 'agent',
  29: 'stream', 30: 'cursor', 31: 'var', 32: 'function', 33: 'program', 34: 'error',
};

/** What all of a domain share: its number in the port, and the names it has told. */
export class Context {
  keywords = [];
  symbols = [];
  ids = new Map();
  /** Values that must live until a swap is done. */
  swapping = [];
  watches = new Set();
  snapshots = new Set();
  constructor(number, domain) {
    this.number = number;
    this.domain = domain;
  }
}

export function fail(text) {
  throw errorOf(i32[m.AUX], text ?? 'an error');
}

/** Fails if the operation did. */
export function check(text) {
  if (i32[m.RESULT] === m.ERROR) fail(text);
}

// ---- views --------------------------------------------------------------------------------------

/** Says in which domain the next operation is. Not while values are being written: it would write over them. */
export function enterDomain(context) {
  if (writing) refuseReentry();
  i32[0] = context.number;
}
/** Says of which collection the next operation is. */
export let enter;
/** Says which view the caller has, for an operation that may find the same value again. */
export let known;
/** Is it a view of this domain whose word stands for it? */
export let isOf;
/** Was it found in another view, and not made or read as a whole? */
export let isFound;
export let contextOf;
let writeWord;
let make;

// Found views by groups, as arrays of views and what each was found in, in turn. A view refers to its group until it
// has a handle of its own, so a group lives while one of its views does: one weak reference tells of so many.
const groupSize = 64;
const handlesAtOnce = 4096; // of the mailbox's cells

let group = new Array(2 * groupSize);
let filled = 0;
let full = []; // groups that the port does not know of yet
let large = false; // large values were built since found views were looked at

function nextGroup() {
  const last = group;
  group = new Array(2 * groupSize);
  filled = 0;
  return last;
}

/** Where found views were made and the mailbox is free again. */
function settle() {
  if (large) {
    large = false;
    giveHandles([nextGroup(), ...port.survivors(false)]); // a few views may keep much
  }
  if (full.length === 0) return;
  let worth = false;
  for (const known of full.splice(0)) worth = port.remember(known) || worth;
  if (worth) giveHandles(port.survivors(false));
}

/** Called by the entry after a collection of all objects: found views that are still there get handles of their own. */
export function collected() {
  giveHandles([nextGroup(), ...full.splice(0), ...port.survivors(true)]);
}

let giveHandles;

function tell(whole) {
  if (whole?.released) throw new YinError('the view was disposed of', 'ERR_YIN_RELEASED');
}

export class View {
  #context;
  #low;
  #high;
  #handle;
  #group; // undefined: a whole; null: it was found, and has a handle of its own now
  #whole; // { released } of what it was found in, or that was found in it

  constructor(context, root, low, high, handle) {
    if (!(context instanceof Context)) throw wrongType('views are made by domains');
    this.#context = context;
    this.#low = low;
    this.#high = high;
    this.#handle = handle;
    if (root === undefined) return;
    this.#whole = root.#whole ??= { released: false };
    this.#group = group;
    group[filled] = this;
    group[filled + 1] = root;
    filled += 2;
    if (filled === 2 * groupSize) full.push(nextGroup());
  }

  get domain() {
    return this.#context.domain;
  }

  /** The same value with a handle of its own, at once: it does not keep what it was found in. */
  keep() {
    enter(this);
    i32[m.DATA * 2] = m.WORD;
    i32[m.DATA * 2 + 2] = this.#low;
    i32[m.DATA * 2 + 3] = this.#high;
    i32[m.END] = m.DATA + 2;
    const text = port.make();
    return result(this.#context, undefined, text);
  }

  /**
   * Lets go of the value at once, for all who hold this view or one that was found in it. Does nothing to a view
   * that was found in another.
   */
  [dispose]() {
    if (this.#group !== undefined || this.#whole?.released) return;
    (this.#whole ??= { released: false }).released = true;
    if (this.#handle >= 0) releaseHandle(this.#handle);
  }

  equals(other) {
    if (this === other) return true;
    if (other === undefined || typeof other === 'function') return false;
    write(this.#context, other);
    enter(this);
    const text = port.equal();
    check(text);
    return i32[m.RESULT] === m.TRUE;
  }

  hashCode() {
    enter(this);
    const text = port.hash();
    check(text);
    return i32[m.AUX];
  }

  /** A map that says something about the value, or null. */
  meta() {
    enter(this);
    const text = port.meta();
    return result(this.#context, undefined, text);
  }

  withMeta(meta) {
    write(this.#context, meta);
    enter(this);
    const text = port.withMeta();
    return result(this.#context, undefined, text);
  }

  /** As EDN. */
  toString() {
    return this.domain.print(this);
  }

  // Of views of one domain. False: there is no room for so many.
  static #hold(context, views) {
    for (let from = 0; from < views.length; from += handlesAtOnce) {
      const some = views.slice(from, from + handlesAtOnce);
      i32[0] = context.number;
      some.forEach((view, i) => {
        i32[2 * (m.DATA + i)] = view.#low;
        i32[2 * (m.DATA + i) + 1] = view.#high;
      });
      i32[m.END] = m.DATA + some.length;
      port.hold();
      if (i32[m.RESULT] === m.ERROR) return context.domain.closed;
      some.forEach((view, i) => {
        view.#handle = i32[2 * (m.DATA + i)];
        view.#group = null;
        port.track(view, view.#handle);
      });
    }
    return true;
  }

  static {
    giveHandles = (groups) => {
      const found = new Map();
      for (const all of groups) {
        for (let i = 0; i < all.length && all[i] !== undefined; i += 2) {
          const view = all[i];
          if (view.#group === null) continue; // when it was tried before
          if (view.#whole.released) view.#group = null;
          else if (found.has(view.#context)) found.get(view.#context).push(view);
          else found.set(view.#context, [view]);
        }
      }
      let all = true;
      for (const [context, views] of found) all = View.#hold(context, views) && all;
      if (!all) groups.forEach(port.remember); // another time
    };
    enter = (view) => {
      tell(view.#whole);
      enterDomain(view.#context);
      i32[2] = view.#low;
      i32[3] = view.#high;
    };
    // The word in cell 2, for a deref that may find the same again.
    known = (view) => {
      if (view === undefined || view.#whole?.released) {
        i32[4] = i32[5] = 0;
      } else {
        i32[4] = view.#low;
        i32[5] = view.#high;
      }
    };
    isOf = (view, context) => view instanceof View && view.#context === context;
    isFound = (view) => view instanceof View && view.#group !== undefined;
    contextOf = (view) => view.#context;
    writeWord = (view, cell) => {
      tell(view.#whole);
      i32[2 * cell] = m.WORD;
      i32[2 * cell + 2] = view.#low;
      i32[2 * cell + 3] = view.#high;
    };
    make = (type, context, root, low, high, handle) => {
      const view = new type(context, root, low, high, handle);
      if (handle >= 0 && port.track(view, handle)) large = true;
      return view;
    };
  }
}

/** What JavaScript has no type for: a program, an array of numbers. It can be stored and printed. */
export class YinValue extends View {
  get kind() {
    return kindNames[kindOf.get(this)] ?? 'value';
  }
}

const kindOf = new WeakMap();
const types = [];
const references = [];

/** The class of the views of a kind. */
export function viewType(kind, type) {
  types[kind] = type;
}
/** The class of the references of a kind: `new type(context, low, high)`. */
export function referenceType(kind, type) {
  references[kind] = type;
}

/** Says of which reference the next operation is. Its context. */
export let enterReference;
/** [low, high] */
export let wordOf;
let writeReference;

/** Something with a place of its own in a domain: atom, agent, stream, cursor. */
export class Reference {
  #context;
  #low;
  #high;

  constructor(context, low, high) {
    if (!(context instanceof Context)) throw wrongType('made by domains');
    this.#context = context;
    this.#low = low;
    this.#high = high;
  }

  get domain() {
    return this.#context.domain;
  }

  /** What tells another thread or process of it: `domain.resolve(ref)` there. */
  get ref() {
    return { yin: 'ref', path: this.domain.path, kind: this.kind, word: this.#word };
  }

  get #word() {
    return (BigInt(this.#high) << 32n) | BigInt(this.#low >>> 0);
  }

  equals(other) {
    return (
      other instanceof Reference && other.#context === this.#context && other.#low === this.#low &&
      other.#high === this.#high
    );
  }

  hashCode() {
    return this.#low ^ this.#high;
  }

  /** Takes it away from the domain, its name too. */
  delete() {
    enterReference(this);
    check(port.deleteRoot());
  }

  static {
    enterReference = (reference) => {
      enterDomain(reference.#context);
      i32[2] = reference.#low;
      i32[3] = reference.#high;
      return reference.#context;
    };
    wordOf = (reference) => [reference.#low, reference.#high];
    writeReference = (reference, context, cell) => {
      if (reference.#context !== context) throw wrongType('a reference to something in another domain');
      i32[2 * cell] = m.WORD;
      i32[2 * cell + 2] = reference.#low;
      i32[2 * cell + 3] = reference.#high;
    };
  }
}

// ---- names --------------------------------------------------------------------------------------

function nameText(context, id) {
  i32[0] = context.number;
  i32[m.FLAGS] = id;
  const text = port.nameText();
  check(text);
  return text;
}

function keywordOf(context, id) {
  return (context.keywords[id] ??= keyword(nameText(context, id)));
}

function symbolOf(context, id) {
  return (context.symbols[id] ??= new YinSymbol(nameText(context, id)));
}

function nameId(context, name) {
  let id = context.ids.get(name);
  if (id === undefined) {
    i32[0] = context.number;
    i32[m.FLAGS] = 0;
    const text = port.nameNumber(name);
    check(text);
    context.ids.set(name, (id = i32[m.AUX]));
  }
  return id;
}

// ---- in -----------------------------------------------------------------------------------------

const deepest = 1000;
const encoder = new TextEncoder();
const leastInt64 = -(2n ** 63n);
const mostInt64 = 2n ** 63n;

let cell = m.DATA; // where the next value goes
let depth = 0;
let writing = false;

function refuseReentry() {
  throw new YinError('a getter or iterator of what is being stored uses the domain', 'ERR_YIN_REENTRANT');
}

function start() {
  if (writing) refuseReentry();
  m.shrink();
  cell = m.DATA;
  depth = 0;
  writing = true;
}

const shortKey = 24;

/** Puts a text that is a key into the data if it is short and ASCII: its size; else -1. */
export function writeKey(text) {
  const size = text.length;
  if (size > shortKey) return -1;
  for (let i = 0; i < size; ++i) {
    const code = text.charCodeAt(i);
    if (code > 127) return -1;
    u8[8 * m.DATA + i] = code;
  }
  return size;
}

/** Puts one value into the data. */
export function write(context, value) {
  start();
  try {
    put(context, value);
  } finally {
    writing = false;
  }
  i32[m.END] = cell;
}

/** Puts several into the data; `absent` is a value. */
export function writeList(context, values) {
  start();
  try {
    for (const value of values) {
      if (value === absent) putTag(m.ABSENT, 0);
      else put(context, value);
    }
  } finally {
    writing = false;
  }
  i32[m.END] = cell;
}

export function writeTwo(context, first, second) {
  start();
  try {
    put(context, first);
    put(context, second);
  } finally {
    writing = false;
  }
  i32[m.END] = cell;
}

// An iterable that may use a domain (a view does) comes to its end before anything is written.
const atHand = (items) => (Array.isArray(items) || items instanceof Map || items instanceof Set ? items : [...items]);

/** Puts all of an iterable into the data; of pairs (keys and values) both. */
export function writeAll(context, iterable, pairs) {
  const items = atHand(iterable);
  start();
  try {
    for (const item of items) {
      if (!pairs) {
        put(context, item);
      } else if (Array.isArray(item) && item.length >= 2) {
        put(context, item[0]);
        put(context, item[1]);
      } else {
        throw wrongType('entries: pairs of key and value');
      }
    }
  } finally {
    writing = false;
  }
  i32[m.END] = cell;
}

/** The value "not there", which takes a key away. */
export const absent = Symbol('absent');

/** Two cells of words behind the data, for commitMany. */
export function writePairs(pairs) {
  const at = cell;
  room(pairs.length / 2);
  i32.set(pairs, 2 * at);
  i32[m.EXTRA] = at;
}

function room(cells) {
  if ((cell + cells) * 8 > u8.length) m.grow((cell + cells) * 8);
}

function putTag(tag, aux) {
  room(1);
  i32[2 * cell] = tag;
  i32[2 * cell + 1] = aux;
  ++cell;
}

function putNumber(tag, number) {
  room(2);
  i32[2 * cell] = tag;
  f64[cell + 1] = number;
  cell += 2;
}

// Short texts in one script are copied faster by hand.
function putText(tag, text) {
  const length = text.length;
  room(2 + ((length * 3) >> 3));
  const from = 8 * (cell + 1);
  let size = 0;
  if (length < 32) {
    while (size < length) {
      const code = text.charCodeAt(size);
      if (code > 127) break;
      u8[from + size++] = code;
    }
  }
  if (size < length) size = encoder.encodeInto(text, u8.subarray(from)).written;
  i32[2 * cell] = tag;
  i32[2 * cell + 1] = size;
  cell += 1 + ((size + 7) >> 3);
}

function putBytes(bytes) {
  room(2 + (bytes.length >> 3));
  i32[2 * cell] = m.BYTES;
  i32[2 * cell + 1] = bytes.length;
  u8.set(bytes, 8 * (cell + 1));
  cell += 1 + ((bytes.length + 7) >> 3);
}

function putCollection(kind, count) {
  room(2);
  i32[2 * cell] = m.COLLECTION;
  i32[2 * cell + 1] = kind;
  i32[2 * cell + 2] = count;
  i32[2 * cell + 3] = 0;
  cell += 2;
}

function putItems(context, kind, items) {
  let count = 0;
  for (const item of items) {
    put(context, item);
    ++count;
  }
  putCollection(kind, count);
}

function putEntries(context, kind, entries) {
  let count = 0;
  for (const pair of entries) {
    put(context, pair[0]);
    put(context, pair[1]);
    count += 2;
  }
  putCollection(kind, count);
}

function put(context, value) {
  switch (typeof value) {
    case 'number':
      if ((value | 0) === value && (value !== 0 || 1 / value > 0)) putTag(m.SMALL_INT, value);
      else if (Number.isSafeInteger(value) && value !== 0) putNumber(m.INT, value);
      else putNumber(m.DOUBLE, value);
      return;
    case 'string':
      putText(m.STRING, value);
      return;
    case 'boolean':
      putTag(value ? m.TRUE : m.FALSE, 0);
      return;
    case 'object':
      if (value === null) putTag(m.NIL, 0);
      else putObject(context, value);
      return;
    case 'bigint':
      putBigInt(value);
      return;
    case 'undefined':
      throw wrongType('undefined cannot be stored; null can');
    default:
      throw wrongType(`a ${typeof value} cannot be stored`);
  }
}

function putBigInt(value) {
  if (value >= leastInt64 && value < mostInt64) {
    room(2);
    i32[2 * cell] = m.INT64;
    i64[cell + 1] = value;
    cell += 2;
  } else {
    putText(m.DIGITS, value.toString());
  }
}

function putObject(context, value) {
  if (value instanceof View) {
    putView(context, value);
    return;
  }
  if (++depth > deepest) throw wrongType(`nested more than ${deepest} deep, or within itself`);
  putNested(context, value);
  --depth;
}

function putNested(context, value) {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; ++i) put(context, value[i]);
    putCollection(kinds.VECTOR, value.length);
  } else if (isPlain(value)) {
    const keys = Object.keys(value);
    for (let i = 0; i < keys.length; ++i) {
      putText(m.STRING, keys[i]);
      put(context, value[keys[i]]);
    }
    putCollection(kinds.MAP, 2 * keys.length);
  } else if (value instanceof Keyword) {
    putTag(m.KEYWORD, nameId(context, value.fullName));
  } else if (value instanceof Map) {
    putEntries(context, kinds.MAP, value);
  } else if (value instanceof Set) {
    putItems(context, kinds.SET, value);
  } else {
    putRare(context, value);
  }
}

function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function putRare(context, value) {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw wrongType('an invalid Date cannot be stored');
    putNumber(m.INSTANT, value.getTime());
  } else if (value instanceof Uint8Array) {
    putBytes(value);
  } else if (value instanceof ArrayBuffer) {
    putBytes(new Uint8Array(value));
  } else if (value instanceof Reference) {
    room(2);
    writeReference(value, context, cell);
    cell += 2;
  } else if (value instanceof Double) {
    putNumber(m.DOUBLE, value.value);
  } else if (value instanceof YinSymbol) {
    putTag(m.SYMBOL, nameId(context, value.fullName));
  } else if (value instanceof Ratio) {
    putText(m.DIGITS, value.toString());
  } else if (value instanceof Character) {
    putTag(m.CHARACTER, value.codePoint);
  } else if (value instanceof UUID) {
    room(3);
    i32[2 * cell] = m.UUID;
    u8.set(value.bytes, 8 * (cell + 1));
    cell += 3;
  } else if (value instanceof TaggedLiteral) {
    put(context, value.tag);
    put(context, value.value);
    putTag(m.TAGGED, 0);
  } else if (value instanceof Literal) {
    const pairs = value.kind === kinds.SORTED_MAP || value.kind === kinds.INT_MAP;
    (pairs ? putEntries : putItems)(context, value.kind, value.items);
  } else {
    throw wrongType(whyNot(value));
  }
}

function whyNot(value) {
  const name = value.constructor?.name || 'object';
  if (typeof value.then === 'function') return `a ${name} cannot be stored: await it first`;
  return `an object of class ${name} cannot be stored; a plain object, an Array, a Map or a Set can`;
}

// A view of another domain is copied. Its items come through the mailbox, so what is in it is put aside.
function putView(context, view) {
  if (isOf(view, context)) {
    room(2);
    writeWord(view, cell);
    cell += 2;
    return;
  }
  const saved = u8.slice(0, 8 * cell);
  const at = cell;
  writing = false;
  const [kind, items, meta] = [viewKind(view), Array.from(each(view)), view.meta()];
  writing = true;
  if (u8.length < saved.length) m.grow(saved.length);
  u8.set(saved);
  cell = at;
  if (kind === undefined) throw wrongType(`${view} cannot be copied to another domain`);
  for (const item of items) put(context, item);
  putCollection(kind, items.length);
  if (meta !== null) {
    put(context, meta);
    putTag(m.WITH_META, 0);
  }
}

function viewKind(view) {
  const kind = types.findIndex((type) => type !== undefined && view.constructor === type);
  return kind < 0 ? undefined : kind;
}

// ---- out ----------------------------------------------------------------------------------------

/** The value that the last operation gave; `root`: the view that keeps it, undefined: it has its own handle. */
export function result(context, root, text) {
  switch (i32[m.RESULT]) {
    case m.ERROR:
      return fail(text);
    case m.SMALL_INT:
      return i32[m.AUX];
    case m.COLLECTION: {
      const view = make(types[i32[m.AUX]], context, root, i32[m.PAYLOAD], i32[m.PAYLOAD + 1], i32[m.HANDLE]);
      if (root !== undefined) settle();
      return view;
    }
    case m.STRING:
      return text ?? '';
    case m.BYTES: {
      const bytes = new Uint8Array(i32[m.AUX]);
      port.copyText(bytes);
      return bytes;
    }
    case m.DIGITS:
      return digits(text);
    case m.TAGGED:
      return tagged(context, root, text);
    default:
      cursor = m.RESULT / 2;
      return take(context, root, i32[m.HANDLE]);
  }
}

function tagged(context, root, text) {
  const handle = i32[m.HANDLE];
  const [literal] = items(context, root, text);
  if (handle >= 0 && !(literal.value instanceof View)) releaseHandle(handle);
  return literal;
}

const owns = (value) => value instanceof View || (value instanceof TaggedLiteral && value.value instanceof View);

/** Before and after, of a change that was told; each may have a handle. */
export function change(context, text) {
  const handles = [i32[m.HANDLE], i32[m.SECOND]];
  cursor = m.DATA;
  textAt = 8 * i32[m.DATA_END];
  batch = text;
  later = undefined;
  const found = handles.map((handle, i) => {
    const value = take(context, undefined, handle);
    if (value === pending) later.push(i);
    return value;
  });
  if (later !== undefined) loadLater(context, () => undefined, found);
  handles.forEach((handle, i) => {
    if (handle >= 0 && !owns(found[i])) releaseHandle(handle);
  });
  return found;
}

export function releaseHandle(handle) {
  i32[m.FLAGS] = handle;
  port.release();
}

let cursor = 0; // the cell of the next value
let textAt = 0; // the byte of its text, if it has one
let batch; // all texts of the batch, if they are ASCII
let later; // [index, low, high] of texts to be loaded

/**
 * The values that the last operation put into the data. With `third` they are triples, `place` is how many values came
 * before, and the third of each was found there, not in `root`.
 */
export function items(context, root, text, third = root, place = 0) {
  const rootOf = (i) => (third === root || (place + i) % 3 < 2 ? root : third);
  const found = new Array(i32[m.COUNT]);
  cursor = m.DATA;
  textAt = 8 * i32[m.DATA_END];
  batch = text;
  later = undefined;
  const handle = i32[m.HANDLE];
  for (let i = 0; i < found.length; ++i) {
    found[i] = take(context, rootOf(i), handle);
    if (found[i] === pending) later.push(i);
  }
  if (later !== undefined) loadLater(context, rootOf, found);
  settle();
  return found;
}

const pending = Symbol('pending');

function loadLater(context, rootOf, found) {
  const waiting = later;
  later = undefined;
  for (let i = 0; i < waiting.length; i += 3) {
    i32[0] = context.number;
    i32[2] = waiting[i];
    i32[3] = waiting[i + 1];
    const text = port.load();
    found[waiting[i + 2]] = result(context, rootOf(waiting[i + 2]), text);
  }
}

const copiedWhenCut = 13; // shorter pieces of a string are copies, longer ones would keep all of it

function takeText(size) {
  const start = textAt;
  textAt += size;
  if (size === 0) return '';
  if (batch !== undefined && size < copiedWhenCut) {
    const from = start - 8 * i32[m.DATA_END];
    return batch.slice(from, from + size);
  }
  return port.decode(start, start + size, batch !== undefined);
}

function digits(text) {
  const slash = text.indexOf('/');
  return slash < 0 ? BigInt(text) : new Ratio(text.slice(0, slash), text.slice(slash + 1));
}

function take(context, root, handle) {
  const at = cursor;
  const aux = i32[2 * at + 1];
  cursor = at + 1;
  switch (i32[2 * at]) {
    case m.ABSENT:
      return undefined;
    case m.NIL:
      return null;
    case m.FALSE:
      return false;
    case m.TRUE:
      return true;
    case m.SMALL_INT:
      return aux;
    case m.INT:
    case m.DOUBLE:
      return f64[cursor++];
    case m.INT64:
      return i64[cursor++];
    case m.STRING:
      return takeText(aux);
    case m.DIGITS:
      return digits(takeText(aux));
    case m.KEYWORD:
      return keywordOf(context, aux);
    case m.SYMBOL:
      return symbolOf(context, aux);
    case m.CHARACTER:
      return new Character(aux);
    case m.INSTANT:
      return new Date(f64[cursor++]);
    case m.UUID:
      cursor += 2;
      return UUID.fromBytes(u8.subarray(8 * at + 8, 8 * at + 24));
    case m.BYTES:
      textAt += aux;
      return u8.slice(textAt - aux, textAt);
    case m.TAGGED: {
      const tag = take(context, root, handle);
      return new TaggedLiteral(tag, takeNow(context, root, handle));
    }
    case m.COLLECTION:
      ++cursor;
      return make(types[aux], context, root, i32[2 * at + 2], i32[2 * at + 3], handle);
    case m.REFERENCE:
      ++cursor;
      return new references[aux](context, i32[2 * at + 2], i32[2 * at + 3]);
    case m.LATER:
      ++cursor;
      (later ??= []).push(i32[2 * at + 2], i32[2 * at + 3]);
      return pending;
    default: {
      ++cursor;
      const value = make(YinValue, context, root, i32[2 * at + 2], i32[2 * at + 3], handle);
      kindOf.set(value, aux);
      return value;
    }
  }
}

// The value of a tagged literal, which stands alone: what is to be loaded is loaded at once.
function takeNow(context, root, handle) {
  const value = take(context, root, handle);
  if (value !== pending) return value;
  const [low, high] = later.splice(-2);
  const saved = [cursor, textAt, batch, later, i32[m.DATA_END], i32[m.COUNT], u8.slice(8 * m.DATA)];
  i32[0] = context.number;
  i32[2] = low;
  i32[3] = high;
  const loaded = result(context, root, port.load());
  [cursor, textAt, batch, later] = saved;
  i32[m.DATA_END] = saved[4];
  i32[m.COUNT] = saved[5];
  u8.set(saved[6], 8 * m.DATA);
  if (later.length === 0) later = undefined;
  return loaded;
}

// ---- iteration ----------------------------------------------------------------------------------

const firstPiece = 32;
const nextPiece = 1024;

// Iterators that nobody went through to the end.
const abandoned = new FinalizationRegistry((number) => {
  i32[m.FLAGS] = number;
  port.iterateEnd();
});

const base = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

export const both = 0;
export const firsts = 1;
export const seconds = 2;
export const singles = 3;

/** Goes through a view's items, in pieces; of a map in pairs, or its keys or values. */
class Items {
  #view;
  #what;
  #piece;
  #at = 0;
  #iterator;

  constructor(view, what, range) {
    this.#view = view;
    this.#what = what;
    const context = contextOf(view);
    const flags = range === undefined ? 0 : writeRange(context, range);
    enter(view);
    i32[m.FLAGS] = flags;
    i32[m.EXTRA] = firstPiece;
    const text = port.iterate();
    check(text);
    this.#iterator = i32[m.SECOND];
    this.#piece = items(context, view, text);
    if (this.#iterator >= 0) abandoned.register(this, this.#iterator, this);
  }

  next() {
    if (this.#at >= this.#piece.length) {
      if (this.#iterator < 0) return { value: undefined, done: true };
      this.#more();
      return this.next();
    }
    const at = this.#at;
    const piece = this.#piece;
    if (this.#what === singles) {
      this.#at = at + 1;
      return { value: piece[at], done: false };
    }
    this.#at = at + 2;
    if (this.#what === firsts) return { value: piece[at], done: false };
    if (this.#what === seconds) return { value: piece[at + 1], done: false };
    return { value: [piece[at], piece[at + 1]], done: false };
  }

  return(value) {
    if (this.#iterator >= 0) {
      i32[m.FLAGS] = this.#iterator;
      this.#ended();
      port.iterateEnd();
    }
    this.#piece = [];
    this.#at = 0;
    return { value, done: true };
  }

  #more() {
    const context = contextOf(this.#view);
    enterDomain(context);
    i32[m.FLAGS] = this.#iterator;
    i32[m.EXTRA] = nextPiece;
    const text = port.iterateOn();
    check(text);
    if (i32[m.SECOND] < 0) this.#ended();
    this.#piece = items(context, this.#view, text);
    this.#at = 0;
  }

  #ended() {
    this.#iterator = -1;
    abandoned.unregister(this);
  }
}
Object.setPrototypeOf(Items.prototype, base);
Object.defineProperty(Items.prototype, Symbol.toStringTag, { value: 'Yin Iterator', configurable: true });

const emptyRange = { from: undefined, to: undefined };

function writeRange(context, range) {
  const { from, to, withoutFrom = false, withTo = false, descending = false } = { ...emptyRange, ...range };
  start();
  try {
    if (from === undefined) putTag(m.ABSENT, 0);
    else put(context, from);
    if (to === undefined) putTag(m.ABSENT, 0);
    else put(context, to);
  } finally {
    writing = false;
  }
  i32[m.END] = cell;
  return 1 | 16 | (withoutFrom ? 2 : 0) | (withTo ? 4 : 0) | (descending ? 8 : 0);
}

export const iterate = (view, what, range) => new Items(view, what, range);

/** All that a view holds; of maps keys and values in turn. */
export const each = (view) => new Items(view, singles);

/** [key, before, after] of all that differs. */
export function differences(before, after) {
  const context = contextOf(before);
  const found = [];
  if (!isOf(after, context)) throw wrongType('diff: a view of the same domain');
  known(after);
  enter(before);
  check(port.diff());
  const total = f64[m.PAYLOAD / 2];
  const words = [];
  while (words.length < total) {
    i32[0] = context.number;
    f64[m.NUMBER_A] = words.length;
    const text = port.page();
    check(text);
    words.push(...items(context, before, text, after, words.length));
  }
  for (let i = 0; i < words.length; i += 3) {
    const [key, was, is] = words.slice(i, i + 3);
    found.push([key instanceof View ? key.keep() : key, was, is]); // a key may stand in either
  }
  enter(after); // so that it lives until here
  return found;
}
