// Watches without threads: the port is asked when the word of a watch has changed. Where the engine has
// Atomics.waitAsync that costs nothing meanwhile; elsewhere the words are looked at now and then.

import * as m from '../mailbox.js';
import { i32 } from '../mailbox.js';

const slice_ms = 100; // whoever should wake us may have ended before
const look_ms = 8;

const soon = (act) => {
  if (typeof setImmediate === 'function') return setImmediate(act);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    act();
  };
  port2.postMessage(0);
};
/** Lets all else run that waits for this thread. */
const turn = () => new Promise(soon);
const time = (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref?.());

export function attend({ buffer, poll, onEvents }) {
  const words = new Int32Array(buffer);
  const living = new Map(); // a watch's number to what tells it from one that had the number before

  async function changed(at, seen) {
    if (Atomics.load(words, at) !== seen) return turn();
    if (typeof Atomics.waitAsync !== 'function') return time(look_ms);
    const wait = Atomics.waitAsync(words, at, seen, slice_ms);
    return wait.async ? wait.value : turn();
  }

  async function follow(number, self) {
    for (;;) {
      i32[m.FLAGS] = number;
      poll();
      if (i32[m.RESULT] === m.ABSENT) return;
      const at = i32[m.AUX] >>> 2;
      const seen = i32[m.PAYLOAD];
      onEvents();
      if (living.get(number) !== self) return;
      await changed(at, seen);
      if (living.get(number) !== self) return;
    }
  }

  return {
    start(number) {
      const self = {};
      living.set(number, self);
      // Not from within the call that made it: the mailbox is in use.
      queueMicrotask(() => living.get(number) === self && follow(number, self));
    },
    stop: (number) => living.delete(number),
    end: () => living.clear(),
  };
}
