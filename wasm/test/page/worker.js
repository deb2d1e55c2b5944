// A worker of page.js: joins a domain, and does what it is told.

import { join, scope } from '../../../bindings/node/lib/browser.js';

let domain;

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
  swapKey({ times }) {
    const atom = domain.atom('map');
    const start = performance.now();
    for (let i = 0; i < times; ++i) scope(() => void atom.swap((map) => map.set('key 5', i)));
    return { nanoseconds: ((performance.now() - start) / times) * 1e6 };
  },
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
