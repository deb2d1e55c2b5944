// Agents, which run programs within a domain; streams, which they and JavaScript share; servers, which
// run agents in threads of this process.

import { YinError, wrongType } from './errors.js';
import { job, until } from './events.js';
import * as m from './mailbox.js';
import { f64, i32, port } from './mailbox.js';
import {
  Reference, asyncDispose, check, enterDomain, enterReference, kinds, referenceType, result, write,
} from './view.js';

const states = ['ready', 'waiting', 'parked', 'done', 'failed'];
const notFound = 2; // a yin_status

export class Agent extends Reference {
  get kind() {
    return 'agent';
  }

  /** { state, value }: what it waits for, or its error. An agent that is done is gone. */
  look() {
    const context = enterReference(this);
    const text = port.agentLook();
    if (i32[m.RESULT] === m.ERROR && i32[m.AUX] === notFound) return { state: 'done', value: undefined };
    const state = states[i32[m.READ_WORD]];
    return { state, value: result(context, undefined, text) };
  }
  get state() {
    return this.look().state;
  }

  /** Lets a parked agent go on with a value. */
  resume(value) {
    const context = enterReference(this);
    write(context, value);
    enterReference(this);
    check(port.agentResume());
  }

  /** Until it is done; fails with its error. Somebody must serve the domain. */
  async done({ signal } = {}) {
    await until(
      this,
      () => {
        const { state, value } = this.look();
        if (state === 'failed') throw new YinError(`the agent failed: ${value}`, 'ERR_YIN_AGENT');
        return state === 'done' ? true : undefined;
      },
      signal,
    );
  }
}
referenceType(kinds.AGENT, Agent);

export class Stream extends Reference {
  get kind() {
    return 'stream';
  }

  /** False: it is full. */
  tryPut(item) {
    const context = enterReference(this);
    write(context, item);
    enterReference(this);
    check(port.streamPut());
    return i32[m.RESULT] === m.TRUE;
  }
  /** Waits while it is full. */
  async put(item, { signal } = {}) {
    const kept = item !== null && typeof item === 'object' ? this.domain.value(item) : item;
    await until(this, () => this.tryPut(kept) || undefined, signal);
  }
  /** No more items come. */
  close() {
    enterReference(this);
    check(port.streamClose());
  }

  /** A position in it, from the first item that is kept. */
  cursor() {
    const context = enterReference(this);
    const text = port.cursor();
    return result(context, undefined, text);
  }
  /** All items from the first that is kept. */
  async *[Symbol.asyncIterator]() {
    const cursor = this.cursor();
    try {
      yield* cursor;
    } finally {
      if (!this.domain.closed) cursor.delete();
    }
  }
}
referenceType(kinds.STREAM, Stream);

/** Who share a cursor share the items: each is given once. */
export class Cursor extends Reference {
  get kind() {
    return 'cursor';
  }
  get stream() {
    const context = enterReference(this);
    const text = port.cursorStream();
    return result(context, undefined, text);
  }

  /** { value } or { done: true }, or undefined: there is none yet. */
  tryNext() {
    const context = enterReference(this);
    const text = port.cursorNext();
    if (i32[m.RESULT] === m.SAME) return undefined;
    if (i32[m.RESULT] === m.ABSENT) return { value: undefined, done: true };
    return { value: result(context, undefined, text), done: false };
  }
  /** Waits for one. */
  next({ signal } = {}) {
    const now = this.tryNext();
    return now !== undefined ? Promise.resolve(now) : until(this.stream, () => this.tryNext(), signal);
  }
  [Symbol.asyncIterator]() {
    return { next: () => this.next(), return: async (value) => ({ value, done: true }) };
  }
}
referenceType(kinds.CURSOR, Cursor);

/** Runs agents, until it is stopped. */
export class Server {
  #number;

  constructor(context, threads) {
    enterDomain(context);
    i32[m.FLAGS] = threads;
    check(port.serve());
    this.#number = i32[m.AUX];
    this.#context = context;
  }
  #context;

  /** When its threads have ended. */
  async stop() {
    const number = this.#number;
    this.#number = undefined;
    if (number === undefined || this.#context.domain.closed) return;
    await job(() => {
      enterDomain(this.#context);
      i32[m.EXTRA] = number;
      return port.serveStop();
    });
  }
  [asyncDispose]() {
    return this.stop();
  }
}

export function spawn(context, program, { file = 'program', name = '' } = {}) {
  if (typeof program !== 'string') throw wrongType('spawn: a program, as text');
  enterDomain(context);
  const text = port.spawn(`${file}\0${name}\0${program}`);
  return result(context, undefined, text);
}

export function stream(context, name, { capacity = 0 } = {}) {
  enterDomain(context);
  f64[m.NUMBER_A] = capacity;
  const text = port.stream(name ?? '');
  const made = result(context, undefined, text);
  if (!(made instanceof Stream)) throw wrongType(`${name} is no stream`);
  return made;
}


