// A worker that collects what nobody reaches, in all domains of a memory; browser.js starts it.

import { joinMemory, keepers, rest } from './memory.js';

const idle_ms = 5;

async function keep(handle) {
  const memory = await joinMemory(handle);
  keepers(memory, 1);
  for (;;) if (memory.exports.keep_all() === 0) rest(memory, idle_ms);
}

if (typeof self === 'undefined' || typeof self.postMessage !== 'function') {
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  parentPort.once('message', keep);
} else {
  self.onmessage = ({ data }) => keep(data);
}
