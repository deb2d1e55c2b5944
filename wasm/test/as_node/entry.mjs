// The Node binding's entry over the WebAssembly port: open() returns at once, since the memory is there
// before any test runs. Threads of the program share it; a domain's path is its name in it.

import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { join, load, open as openBrowser } from '../../../bindings/node/lib/browser.js';
import { Domain } from '../../../bindings/node/lib/domain.js';

const key = 'yin memory';
const inherited = getEnvironmentData(key);

if (inherited === undefined) {
  const first = await openBrowser('', { capacity: 16 << 20, memory: 1 << 30, wasm: process.env.YIN_WASM });
  setEnvironmentData(key, first.handle);
} else {
  await join(inherited);
}

const roomy = 128 << 20; // what the native tests ask for is more than any memory has

export const open = (path = '', { capacity = 0, ...options } = {}) =>
  new Domain(path instanceof URL ? path.pathname : path, { capacity: Math.min(capacity || roomy, roomy), ...options });

export const version = '';
export * from '../../../bindings/node/lib/index.js';
