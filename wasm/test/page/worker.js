// A worker of page.js: joins a domain, and does what it is told.

import { join, scope } from '../../../bindings/node/lib/browser.js';

let domain;
const piece = 1000; // swaps between pauses

const tasks = {
  async join({ handle }) {
    domain = await join(handle);
    return {};
  },
  count({ each, name = 'counter' }) {
    const atom = domain.atom(name);
    const start = performance.now();
    for (let i = 0; i < each; ++i) atom.swap((n) => n + 1);
    return { took: performance.now() - start };
  },
  add({ each, cell }) {
    const start = performance.now();
    for (let i = 0; i < each; ++i) Atomics.add(cell, 0, 1);
    return { took: performance.now() - start };
  },
  async swapKey({ times, pauses = false }) {
    const atom = domain.atom('map');
    let took = 0;
    for (let done = 0; done < times; done += piece) {
      const start = performance.now();
      const swaps = () => {
        for (let i = done; i < done + piece; ++i) atom.swap((map) => map.set('key 5', i));
      };
      if (pauses) swaps();
      else scope(swaps);
      took += performance.now() - start;
      if (pauses) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return { nanoseconds: (took / times) * 1e6 };
  },
  setKey: ({ map, i }) => ({ map: { ...map, 'key 5': i } }),
  change({ changes }) {
    const atom = domain.atom('watched');
    for (let i = 0; i < changes; ++i) atom.swap((map) => map.set('n', map.get('n') + 1));
    return {};
  },
};

self.onmessage = async ({ data }) => {
  try {
    self.postMessage(await tasks[data.task](data));
  } catch (error) {
    self.postMessage({ error: error.stack });
  }
};
