// Domains: what processes and threads join, and where atoms live.

import { Server, spawn, stream } from './agents.js';
import { Atom, Snapshot, transact } from './atom.js';
import { wrongType } from './errors.js';
import { job } from './events.js';
import * as m from './mailbox.js';
import { f64, i32, port } from './mailbox.js';
import { Context, Reference, check, dispose, enterDomain, isOf, items, result, write, writeList } from './view.js';

const modes = { 'create-or-join': 0, create: 1, join: 2, 'read-only': 3 };
const forever_ms = 0xffffffff;

function durabilityOf(durability) {
  if (durability === undefined) return -1;
  if (durability === 'none') return 0;
  if (durability === 'commit') return -2;
  if (Number.isInteger(durability) && durability > 0) return durability;
  throw wrongType(`open: durability 'none', 'commit' or milliseconds, not ${String(durability)}`);
}

function checkName(name, verb) {
  if (typeof name !== 'string' || name === '') throw wrongType(`${verb}: a name, as a string`);
  return name;
}

export class Domain {
  #context;
  #path;
  #closed = false;

  /** Use open(). */
  constructor(path, { mode = 'create-or-join', capacity = 0, durability, keeper = true } = {}) {
    if (typeof path !== 'string') throw wrongType('open: a path, as a string');
    if (!Object.hasOwn(modes, mode)) {
      throw wrongType(`open: mode ${Object.keys(modes).join(', ')}, not ${String(mode)}`);
    }
    if (!Number.isSafeInteger(capacity) || capacity < 0) throw wrongType('open: capacity in bytes');
    i32[m.FLAGS] = modes[mode];
    i32[m.EXTRA] = keeper ? 0 : 1;
    f64[m.NUMBER_A] = capacity;
    f64[m.NUMBER_B] = durabilityOf(durability);
    check(port.open(path));
    this.#path = path;
    this.#context = new Context(i32[m.AUX], this);
  }

  get path() {
    return this.#path;
  }
  get closed() {
    return this.#closed;
  }
  get readOnly() {
    enterDomain(this.#context);
    check(port.isReadOnly());
    return i32[m.RESULT] === m.TRUE;
  }

  /** Leaves the domain: what was made from it says so from now on. Once more is once. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    const context = this.#context;
    for (const watch of [...context.watches]) watch.stop();
    for (const snapshot of [...context.snapshots]) snapshot.close();
    i32[0] = context.number;
    check(port.close());
  }
  [dispose]() {
    this.close();
  }

  // ---- atoms

  /** The atom of that name, made with `initial` if it is not there. */
  atom(name, initial = null) {
    checkName(name, 'atom');
    const found = this.find(name);
    if (found instanceof Atom) return found;
    if (found !== undefined) throw wrongType(`${name} is no atom but: ${found.kind}`);
    const context = this.#context;
    write(context, initial);
    enterDomain(context);
    const text = port.atom(name);
    return result(context, undefined, text);
  }

  /** Whatever has that name, or undefined. */
  find(name) {
    enterDomain(this.#context);
    const text = port.findName(checkName(name, 'find'));
    return result(this.#context, undefined, text);
  }

  /** All names and what has them, as they are at one instant. */
  atoms() {
    const context = this.#context;
    const all = new Map();
    for (;;) {
      enterDomain(context);
      i32[m.FLAGS] = all.size;
      const text = port.names();
      check(text);
      const found = items(context, undefined, text);
      if (found.length === 0) return all;
      for (let i = 0; i < found.length; i += 2) all.set(found[i], found[i + 1]);
    }
  }

  rename(from, to) {
    enterDomain(this.#context);
    check(port.rename(`${checkName(from, 'rename')}\0${checkName(to, 'rename')}`));
  }

  /** Takes an atom or stream away by its name. */
  delete(name) {
    enterDomain(this.#context);
    check(port.deleteName(checkName(name, 'delete')));
  }

  /** Changes several atoms at one instant, or none. */
  transact(change) {
    return transact(this.#context, change);
  }

  /** Every atom as it is now. */
  snapshot() {
    return new Snapshot(this.#context);
  }

  // ---- values

  /** The value as it is kept in this domain: of objects a view. */
  value(value) {
    if (isOf(value, this.#context)) return value;
    write(this.#context, value);
    enterDomain(this.#context);
    const text = port.make();
    return result(this.#context, undefined, text);
  }

  /** A value that EDN tells. */
  read(edn) {
    if (typeof edn !== 'string') throw wrongType('read: EDN, as a string');
    enterDomain(this.#context);
    const text = port.read(edn);
    return result(this.#context, undefined, text);
  }

  /** EDN; { meta }: with metadata, { limit }: an error if it is more bytes. */
  print(value, { meta = false, limit = 0 } = {}) {
    write(this.#context, value);
    enterDomain(this.#context);
    i32[m.FLAGS] = meta ? 1 : 0;
    f64[m.NUMBER_A] = limit;
    const text = port.print();
    check(text);
    return text ?? '';
  }

  /** Clojure's order of two values: negative, 0, positive. */
  compare(a, b) {
    writeList(this.#context, [a, b]);
    enterDomain(this.#context);
    check(port.compare());
    return i32[m.AUX];
  }

  // ---- handing over

  /**
   * What tells another thread or process of a value: it is kept in the domain until somebody takes it.
   * Nothing of it is copied.
   */
  share(value) {
    write(this.#context, value);
    enterDomain(this.#context);
    const text = port.newAtom();
    return { ...result(this.#context, undefined, text).ref, yin: 'value' };
  }

  /** The value of such a token, once; { keep: true } leaves it for others. */
  take(token, { keep = false } = {}) {
    const atom = this.resolve({ ...token, yin: token?.yin === 'value' ? 'ref' : undefined });
    const value = atom.deref();
    if (!keep) atom.delete();
    return value;
  }

  /** What an atom's (stream's, agent's) `ref` tells of, in another thread or process of the domain. */
  resolve(ref) {
    if (ref?.yin !== 'ref' || typeof ref.word !== 'bigint') throw wrongType('not a ref of an atom');
    enterDomain(this.#context);
    i32[2] = Number(BigInt.asIntN(32, ref.word));
    i32[3] = Number(BigInt.asIntN(32, ref.word >> 32n));
    const text = port.load();
    const found = result(this.#context, undefined, text);
    if (!(found instanceof Reference)) throw wrongType('not a ref of an atom');
    return found;
  }

  // ---- durability, health

  /** When all that was committed before is on the disk; visible it is before. */
  flushed({ timeout = forever_ms } = {}) {
    return job(() => {
      enterDomain(this.#context);
      f64[m.NUMBER_A] = timeout;
      return port.flush();
    });
  }

  /** Walks everything, in another thread; fails with the first finding. */
  verify() {
    return job(() => {
      enterDomain(this.#context);
      return port.verify();
    });
  }

  stat() {
    enterDomain(this.#context);
    check(port.stat());
    const [capacityBytes, committedBytes, liveBytes, collections, holds, slots, workers] = f64.subarray(m.DATA);
    return { capacityBytes, committedBytes, liveBytes, collections, holds, slots, workers };
  }

  // ---- agents, streams

  /** An agent that runs a program, once somebody serves the domain. */
  spawn(program, options) {
    return spawn(this.#context, program, options);
  }
  /** Runs agents of the domain in threads of this process. */
  serve({ threads = 1 } = {}) {
    return new Server(this.#context, threads);
  }
  /** The stream of that name, made if it is not there; without a name a new one. */
  stream(name, options) {
    return stream(this.#context, name, options);
  }

  [Symbol.for('nodejs.util.inspect.custom')]() {
    return `Domain ${this.#closed ? '(closed) ' : ''}'${this.#path}'`;
  }
}

/** Joins the domain at `path`, made if need be. */
export function open(path, options) {
  return new Domain(port.resolvePath(path), options);
}

/** Takes a domain's name away; who has it open goes on. */
export function remove(path) {
  check(port.remove(port.resolvePath(path)));
}
