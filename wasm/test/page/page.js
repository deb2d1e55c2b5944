// What browser.test.mjs runs in a page; each of these returns what is to be seen of it.

import { YinMap, keyword, leave, load, open, version } from '../../../bindings/node/lib/browser.js';

const workers = (count) =>
  Array.from({ length: count }, () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));

function ask(worker, message) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error === undefined ? resolve(data) : reject(new Error(data.error)));
    worker.onerror = (event) => reject(new Error(event.message ?? 'a worker did not start'));
    worker.postMessage(message);
  });
}

const tests = {
  /** `each` swaps in every worker; the sum, and how many swaps a second. */
  async counter({ count, each, peer = false }) {
    const domain = await open('counter', { capacity: 64 << 20 });
    const atom = domain.atom('counter', 0);
    atom.reset(0);
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const team = workers(count);
    await Promise.all(team.map((worker) => ask(worker, { task: 'join', handle: domain.handle })));
    const start = performance.now();
    const done = await Promise.all(team.map((worker) => ask(worker, peer ? { task: 'add', each, cell } : { task: 'count', each })));
    const took = performance.now() - start;
    team.forEach((worker) => worker.terminate());
    return { sum: peer ? cell[0] : atom.deref(), took, slowest: Math.max(...done.map(({ took: one }) => one)), version: version() };
  },

  /** A worker swaps one key of a map: nanoseconds a swap, and what the page sees then. */
  async swapKey({ times, pauses }) {
    const domain = await open('counter');
    const atom = domain.atom('map', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key ${i}`, i])));
    const [worker] = workers(1);
    await ask(worker, { task: 'join', handle: domain.handle });
    const { nanoseconds } = await ask(worker, { task: 'swapKey', times, pauses });
    worker.terminate();
    return { nanoseconds, isMap: atom.deref() instanceof YinMap, last: atom.deref().get('key 5') };
  },

  /** The peer of swapKey: a map is copied with one key changed, to a worker and back. */
  async cloneMap({ times }) {
    let map = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key ${i}`, i]));
    const [worker] = workers(1);
    await ask(worker, { task: 'setKey', map, i: 0 });
    const start = performance.now();
    for (let i = 0; i < times; ++i) ({ map } = await ask(worker, { task: 'setKey', map, i }));
    worker.terminate();
    return { nanoseconds: ((performance.now() - start) / times) * 1e6 };
  },

  /** The page watches while a worker changes: every change, the latest, and changes of its own. */
  async watches({ changes }) {
    const domain = await open('counter');
    const atom = domain.atom('watched', { n: 0 });
    const every = [];
    const latest = [];
    const seenAll = new Promise((resolve) => {
      atom.watch(
        (after) => {
          every.push(after.get('n'));
          if (every.length === changes) resolve();
        },
        { mode: 'every' },
      );
    });
    const seenLast = new Promise((resolve) => {
      atom.watch((after) => {
        latest.push(after.get('n'));
        if (after.get('n') === changes) resolve();
      });
    });
    const [worker] = workers(1);
    await ask(worker, { task: 'join', handle: domain.handle });
    await ask(worker, { task: 'change', changes });
    await Promise.all([seenAll, seenLast]);
    worker.terminate();
    return { inOrder: every.every((n, i) => n === i + 1), every: every.length, latest: latest.length };
  },

  /** A file's bytes open; what they hold, and the bytes of what was made of it. */
  async roundTrip({ bytes }) {
    const domain = await load(Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0)), { name: 'file' });
    const atom = domain.atom('from the file');
    const was = domain.print(atom.deref());
    atom.swap((map) => map.set('page', ['was', keyword('here'), 1.5]));
    await domain.verify();
    const saved = domain.save();
    domain.close();
    let text = '';
    for (let i = 0; i < saved.length; i += 32768) text += String.fromCharCode(...saved.subarray(i, i + 32768));
    return { was, saved: btoa(text) };
  },

  async refused() {
    try {
      await open();
      return 'opened';
    } catch (error) {
      return `${error.code}: ${error.message}`;
    }
  },

  /** The page's main thread and workers on one atom: it must not wait, and gets its turn. */
  async together({ each }) {
    const domain = await open('counter');
    const atom = domain.atom('together', 0);
    const team = workers(2);
    await Promise.all(team.map((worker) => ask(worker, { task: 'join', handle: domain.handle })));
    const others = Promise.all(team.map((worker) => ask(worker, { task: 'count', each, name: 'together' })));
    for (let i = 0; i < each; ++i) atom.swap((n) => n + 1);
    await others;
    team.forEach((worker) => worker.terminate());
    return atom.deref();
  },

  /** The page leaves its memory, and opens another. */
  async again() {
    leave();
    const domain = await open('second', { memory: 128 << 20, keeper: false });
    domain.atom('a', 1).swap((n) => n + 1);
    return domain.atom('a').deref();
  },
};

window.run = (name, options) => tests[name](options);
