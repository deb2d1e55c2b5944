// Atoms: named places that hold one value, with Clojure's verbs. A swap's function runs without a pin and
// may run again when another commit was first.

import { YinError, wrongType } from './errors.js';
import { Changes, EVERY_CHANGE, LATEST, Watch } from './events.js';
import * as m from './mailbox.js';
import { i32, port } from './mailbox.js';
import {
  Reference, View, absent, check, dispose, enterDomain, enterReference, isOf, kinds, known, referenceType,
  releaseHandle, result, wordOf, write, writeList, writePairs, writeTwo,
} from './view.js';

const inspect = Symbol.for('nodejs.util.inspect.custom');
const idle_ms = 1000;
const keepTexts = 1;

/** Called of atoms that hold on to a view that nobody has asked for lately. */
const forget = Symbol('forget');

// Atoms of a thread that remember the view they gave last. Those that nobody asked for a while let go of it, so
// that an old value does not stay in the domain for their sake.
const remembering = new Set();
let timer;

function tick() {
  timer = undefined;
  for (const atom of remembering) if (atom[forget]()) remembering.delete(atom);
  if (remembering.size > 0) arm();
}

function arm() {
  timer = setTimeout(tick, idle_ms);
  timer.unref?.();
}

function plainFunction(change, verb) {
  if (typeof change !== 'function') throw wrongType(`${verb}: a function of the value`);
}

function watchMode(mode = 'latest') {
  if (mode === 'latest') return LATEST;
  if (mode === 'every') return EVERY_CHANGE;
  throw wrongType(`watch: mode 'latest' or 'every', not ${String(mode)}`);
}

export class Atom extends Reference {
  #last; // the view that was given last; while it lives, its word means this value
  #spare; // the same, weakly
  #asked = false;

  get kind() {
    return 'atom';
  }

  /** What it holds now. */
  deref() {
    return this.#read(0);
  }

  /** Sets it to `change(value, ...rest)`, which may be called more than once. What it holds then. */
  swap(change, ...rest) {
    return this.#swap(change, rest, 'swap')[1];
  }

  /** [before, after] */
  swapVals(change, ...rest) {
    return this.#swap(change, rest, 'swapVals');
  }

  /** Sets it, whatever it holds. The value as it is kept. */
  reset(value) {
    const context = this.#write(value);
    const text = port.reset();
    return this.#remember(result(context, undefined, text));
  }

  resetVals(value) {
    const kept = value !== null && typeof value === 'object' ? this.domain.value(value) : value;
    return this.swapVals(() => kept);
  }

  /** Sets it if it holds a value equal to `expected`. Did it? */
  compareAndSet(expected, value) {
    const context = enterReference(this);
    writeTwo(context, expected, value);
    enterReference(this);
    check(port.compareAndSet());
    return i32[m.RESULT] === m.TRUE;
  }

  /**
   * watch(callback, { mode, signal }): calls back with (after, before, atom), until it is stopped.
   * watch({ mode, signal }): the changes, { before, after }, as an async iterable.
   */
  watch(callback, options) {
    if (typeof callback !== 'function') {
      const { mode, signal } = callback ?? {};
      return new Changes(this, watchMode(mode), signal);
    }
    const { mode, signal } = options ?? {};
    signal?.throwIfAborted();
    const watch = new Watch(this, watchMode(mode), {
      changed: (before, after) => callback(after, before, this),
      ended: (error) => {
        signal?.removeEventListener('abort', stop);
        if (error !== undefined) throw error;
      },
    });
    const stop = () => watch.stop();
    signal?.addEventListener('abort', stop, { once: true });
    return watch;
  }

  [inspect](depth, options, inspect) {
    return depth < 0 ? '[Atom]' : `Atom ${inspect(this.deref(), { ...options, depth: depth - 1 })}`;
  }

  [forget]() {
    if (this.#asked) {
      this.#asked = false;
      return false;
    }
    if (this.#last !== undefined) this.#spare = new WeakRef(this.#last);
    this.#last = undefined;
    return true;
  }

  #read(flags) {
    const last = (this.#last ??= this.#spare?.deref());
    const context = enterReference(this);
    known(last);
    i32[m.FLAGS] = flags;
    const text = port.deref();
    if (i32[m.RESULT] === m.SAME) {
      this.#asked = true;
      return last;
    }
    return this.#remember(result(context, undefined, text));
  }

  #remember(value) {
    if (value instanceof View) {
      this.#last = value;
      this.#spare = undefined;
      if (!this.#asked) {
        this.#asked = true;
        remembering.add(this);
        if (timer === undefined) arm();
      }
    } else {
      this.#last = this.#spare = undefined;
    }
    return value;
  }

  #write(value) {
    const context = enterReference(this);
    write(context, value);
    return enterReference(this);
  }

  #swap(change, rest, verb) {
    plainFunction(change, verb);
    const context = enterReference(this);
    for (let tries = 0; ; ++tries) {
      const before = this.#read(keepTexts);
      const low = i32[m.READ_WORD];
      const high = i32[m.READ_WORD + 1];
      const handle = before instanceof View ? -1 : i32[m.HANDLE];
      context.swapping.push(before); // whatever the function does, its word means this value until the commit
      try {
        const next = rest.length === 0 ? change(before) : change(before, ...rest);
        const after = this.#commit(low, high, next);
        if (after !== absent) return [before, after];
      } finally {
        context.swapping.pop();
        if (handle >= 0) releaseHandle(handle);
      }
      enterReference(this);
      i32[m.FLAGS] = tries;
      port.backOff();
    }
  }

  // What the atom holds then, or absent: another commit was first.
  #commit(low, high, next) {
    const context = this.#write(next);
    const isObject = next !== null && typeof next === 'object';
    const build = isObject && !isOf(next, context);
    i32[4] = low;
    i32[5] = high;
    i32[m.FLAGS] = build ? 1 : 0;
    const text = port.commit();
    check(text);
    if (i32[m.RESULT] === m.FALSE) return absent;
    if (build) return this.#remember(result(context, undefined, text));
    return isObject ? this.#remember(next) : next;
  }
}
referenceType(kinds.ATOM, Atom);

/** All atoms as they were at one instant, until it is closed. */
export class Snapshot {
  #context;
  #number;

  constructor(context) {
    this.#context = context;
    enterDomain(context);
    check(port.snapshot());
    this.#number = i32[m.AUX];
    context.snapshots.add(this);
  }

  deref(atom) {
    return this.read(atom)[2];
  }

  /** @internal [low, high, value] */
  read(atom) {
    if (!(atom instanceof Reference)) throw wrongType('deref: an atom');
    if (this.#number === undefined) throw new YinError('the snapshot is closed', 'ERR_YIN_CLOSED');
    const context = enterReference(atom);
    if (context !== this.#context) throw wrongType('deref: an atom of the same domain');
    i32[m.FLAGS] = this.#number;
    const text = port.snapshotDeref();
    check(text);
    const [low, high] = [i32[m.READ_WORD], i32[m.READ_WORD + 1]];
    return [low, high, result(context, undefined, text)];
  }

  close() {
    if (this.#number === undefined) return;
    this.#context.snapshots.delete(this);
    i32[m.FLAGS] = this.#number;
    this.#number = undefined;
    port.snapshotRelease();
  }
  [dispose]() {
    this.close();
  }
}

/** What a transaction's function gets: it reads one instant, and writes all or nothing. */
class Transaction {
  #snapshot;
  #read = new Map();
  #open = true;

  constructor(context) {
    this.#snapshot = new Snapshot(context);
  }

  deref(atom) {
    return this.#entry(atom).value;
  }
  reset(atom, value) {
    const entry = this.#entry(atom);
    entry.value = value !== null && typeof value === 'object' ? atom.domain.value(value) : value;
    entry.changed = true;
    return entry.value;
  }
  swap(atom, change, ...rest) {
    plainFunction(change, 'swap');
    return this.reset(atom, change(this.deref(atom), ...rest));
  }

  /** @internal Was it committed? */
  commit(context) {
    const entries = [...this.#read.values()];
    if (!entries.some((entry) => entry.changed)) return true;
    writeList(context, entries.map((entry) => (entry.changed ? entry.value : absent)));
    writePairs(entries.flatMap((entry) => [...wordOf(entry.atom), entry.low, entry.high]));
    enterDomain(context);
    i32[m.FLAGS] = entries.length;
    check(port.commitMany());
    return i32[m.RESULT] === m.TRUE;
  }

  /** @internal */
  backOff(tries) {
    const [entry] = this.#read.values();
    if (entry === undefined) return;
    enterReference(entry.atom);
    i32[m.FLAGS] = tries;
    port.backOff();
  }

  /** @internal */
  end() {
    this.#open = false;
    this.#snapshot.close();
  }

  #entry(atom) {
    if (!this.#open) throw new YinError('the transaction is over', 'ERR_YIN_CLOSED');
    if (!(atom instanceof Atom)) throw wrongType('a transaction is of atoms');
    const key = wordOf(atom).join();
    let entry = this.#read.get(key);
    if (entry === undefined) {
      const [low, high, value] = this.#snapshot.read(atom);
      this.#read.set(key, (entry = { atom, low, high, value, changed: false }));
    }
    return entry;
  }
}

/** Runs a function of a transaction until it is committed. What the function returned. */
export function transact(context, change) {
  plainFunction(change, 'transact');
  for (let tries = 0; ; ++tries) {
    const transaction = new Transaction(context);
    try {
      const value = change(transaction);
      if (typeof value?.then === 'function') throw wrongType('transact: a function that does not wait');
      if (transaction.commit(context)) return value;
    } finally {
      transaction.end();
    }
    transaction.backOff(tries);
  }
}
