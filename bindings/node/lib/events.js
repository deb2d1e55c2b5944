// What comes from other threads: changes, signals, jobs that ended. Who waits for them is called here,
// in the order in which they happened.

import { YinError, errorOf } from './errors.js';
import * as m from './mailbox.js';
import { i32, port } from './mailbox.js';
import { asyncDispose, change, check, dispose, enterReference, releaseHandle } from './view.js';

export const LATEST = 0;
export const EVERY_CHANGE = 1;
const SIGNAL = 2;

const CHANGE = 0;

const waiting = new Map(); // id to { context, changed(before, after), signalled(), ended(error) }
let nextId = 1;
let attentive = 0; // who keeps the event loop going

function attend(by) {
  const before = attentive > 0;
  attentive += by;
  if (attentive > 0 !== before) port.keepAlive(attentive > 0);
}

/** Called by the port when there are events. */
export function onEvents() {
  for (;;) {
    const text = port.takeEvent();
    const tag = i32[m.RESULT];
    if (tag === m.NIL) return;
    if (tag === m.FALSE) continue;
    const kind = i32[m.AUX];
    const status = i32[m.PAYLOAD + 2];
    const who = waiting.get(i32[m.PAYLOAD]);
    const error = status === 0 ? undefined : errorOf(status, text ?? 'an error');
    if (kind !== CHANGE || error !== undefined) {
      call(() => (error === undefined ? who?.signalled() : who?.ended(error)));
    } else if (who === undefined) {
      for (const handle of [i32[m.HANDLE], i32[m.SECOND]]) if (handle >= 0) releaseHandle(handle);
    } else {
      const [before, after] = change(who.context, text);
      call(() => who.changed(before, after));
    }
  }
}

// What a watch's function throws is nobody's to catch: it ends up where such errors do, and the others go on.
function call(tell) {
  try {
    tell();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** A promise for the end of what `start` starts; it finds the job's id in the flags. */
export function job(start) {
  return new Promise((resolve, reject) => {
    const id = nextId++;
    const ended = (error) => {
      waiting.delete(id);
      if (error === undefined) resolve();
      else reject(error);
    };
    i32[m.FLAGS] = id;
    const text = start();
    if (i32[m.RESULT] === m.ERROR) reject(errorOf(i32[m.AUX], text));
    else waiting.set(id, { signalled: ended, ended });
  });
}

/** Something that is watched, until stop(). */
export class Watch {
  #id = nextId++;
  #number;
  #context;
  #attends = true;
  #done;

  /** who: { changed(before, after), signalled(), ended(error) } */
  constructor(reference, wish, who) {
    const context = (this.#context = enterReference(reference));
    i32[m.FLAGS] = this.#id;
    i32[m.EXTRA] = wish;
    check(port.watch());
    this.#number = i32[m.AUX];
    this.#done = who.ended;
    waiting.set(this.#id, {
      context,
      changed: (before, after) => {
        who.changed(before, after);
        if (after === undefined) this.stop(); // it was deleted
      },
      signalled: () => who.signalled(),
      ended: (error) => this.#end(error),
    });
    context.watches.add(this);
    attend(1);
  }

  /** No call comes after this. */
  stop() {
    if (this.#number === undefined) return;
    i32[m.FLAGS] = this.#number;
    port.unwatch();
    this.#end();
  }
  [dispose]() {
    this.stop();
  }

  /** Lets the program end while this watch is there; ref() takes that back. */
  unref() {
    if (this.#attends && this.#number !== undefined) attend(-1);
    this.#attends = false;
    return this;
  }
  ref() {
    if (!this.#attends && this.#number !== undefined) attend(1);
    this.#attends = true;
    return this;
  }

  #end(error) {
    if (this.#number === undefined) return;
    this.#number = undefined;
    waiting.delete(this.#id);
    this.#context.watches.delete(this);
    if (this.#attends) attend(-1);
    this.#done?.(error);
  }
}

/** The changes of an atom, as an async iterable. */
export class Changes {
  #queue = []; // what nobody has asked for yet, from #taken on: shift() copies a long array each time
  #taken = 0;
  #resolve;
  #reject;
  #watch;
  #error;
  #latest;
  #signal;
  #abort;

  constructor(reference, mode, signal) {
    this.#latest = mode === LATEST;
    this.#signal = signal;
    if (signal?.aborted) {
      this.#error = signal.reason;
      return;
    }
    this.#abort = () => {
      this.#error = signal.reason;
      this.#watch.stop();
    };
    signal?.addEventListener('abort', this.#abort, { once: true });
    this.#watch = new Watch(reference, mode, {
      changed: (before, after) => this.#changed(before, after),
      ended: (error) => this.#ended(error),
    });
  }

  next() {
    if (this.#queue.length > 0) return Promise.resolve({ value: this.#take(), done: false });
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#watch === undefined) return Promise.resolve({ value: undefined, done: true });
    if (this.#resolve !== undefined) {
      return Promise.reject(new YinError('next() is waited for already', 'ERR_YIN_INVALID_ARGUMENT'));
    }
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }
  return(value) {
    this.#queue = [];
    this.#taken = 0;
    this.#error = undefined;
    this.#watch?.stop();
    return Promise.resolve({ value, done: true });
  }
  [Symbol.asyncIterator]() {
    return this;
  }
  async [asyncDispose]() {
    await this.return();
  }

  #take() {
    const change = this.#queue[this.#taken];
    this.#queue[this.#taken++] = undefined;
    if (this.#taken === this.#queue.length) {
      this.#queue = [];
      this.#taken = 0;
    }
    return change;
  }

  #changed(before, after) {
    const waited = this.#resolve;
    if (waited !== undefined) {
      this.#resolve = this.#reject = undefined;
      waited({ value: { before, after }, done: false });
    } else if (this.#latest && this.#queue.length > 0) {
      const last = this.#queue.length - 1; // the only one
      this.#queue[last] = { before: this.#queue[last].before, after };
    } else {
      this.#queue.push({ before, after });
    }
  }

  #ended(error) {
    this.#watch = undefined;
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#error ??= error;
    if (this.#resolve === undefined) return;
    const [resolve, reject] = [this.#resolve, this.#reject];
    this.#resolve = this.#reject = undefined;
    if (this.#error === undefined) {
      resolve({ value: undefined, done: true });
    } else {
      reject(this.#error);
      this.#error = undefined;
    }
  }
}

/** `attempt` until it gives something but undefined; again whenever the reference has changed. */
export async function until(reference, attempt, signal) {
  signal?.throwIfAborted();
  const first = attempt();
  if (first !== undefined) return first;
  let watch;
  const abort = () => watch.stop();
  try {
    return await new Promise((resolve, reject) => {
      const again = () => {
        try {
          const found = attempt();
          if (found !== undefined) resolve(found);
        } catch (error) {
          reject(error);
        }
      };
      const ended = (error) =>
        reject(error ?? signal?.reason ?? new YinError('the domain was closed', 'ERR_YIN_CLOSED'));
      try {
        watch = new Watch(reference, SIGNAL, { signalled: again, ended });
      } finally {
        again(); // it may have changed before it was watched, or be gone, as an agent that has ended
      }
      signal?.addEventListener('abort', abort, { once: true });
    });
  } finally {
    signal?.removeEventListener('abort', abort);
    watch?.stop();
  }
}
