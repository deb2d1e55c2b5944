// The package's entry in browsers: the port is a WebAssembly module over shared memory. Node can load it
// too; its workers take the place of the page's.
//
//   const domain = await open();                        a page, or a worker
//   worker.postMessage(domain.handle)
//   const domain = await join(event.data);              another worker: the same atoms
//
// A thread has one memory; the domains in it have names. A domain is there until the last thread that
// opened it has closed it.

import { Domain } from './domain.js';
import { onEvents } from './events.js';
import * as m from './mailbox.js';
import { i32, port, usePort } from './mailbox.js';
import { check, collected, dispose, isFound } from './view.js';
import { YinError, wrongType } from './errors.js';
import { here, joinMemory, leaveMemory, makeMemory } from './wasm/memory.js';
import { makePort } from './wasm/port.js';

const capacityUnit = 16 << 20;
const reserved = 96 << 20; // of a memory: its first domain's private zone, stacks, what views need

const isNode = typeof process !== 'undefined' && process.versions?.node !== undefined;

let starting; // the memory of this thread, on its way

function missing(where, why) {
  const text = `open: ${where} is not there (${why}): serve yin.wasm beside the package's code, or say where it is`;
  return new YinError(text, 'ERR_YIN_NOT_FOUND');
}

// Not an import: a bundler would want to have it for the page.
const ofNode = (name) => process.getBuiltinModule(name);

async function compile(source) {
  const from = source ?? new URL('./wasm/yin.wasm', import.meta.url);
  if (from instanceof WebAssembly.Module) return from;
  if (isNode && (from instanceof URL ? from.protocol === 'file:' : !/^https?:/.test(from))) {
    const { readFile } = ofNode('node:fs/promises');
    const bytes = await readFile(from).catch((error) => {
      throw missing(from, error.code);
    });
    return WebAssembly.compile(bytes);
  }
  const response = await fetch(from);
  if (!response.ok) throw missing(response.url, response.status);
  const type = response.headers.get('Content-Type') ?? '';
  if (type.startsWith('application/wasm')) return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

async function startKeeper({ module, memory, door, id }) {
  const handle = { module, memory, door, id };
  if (isNode) {
    const { Worker: NodeWorker } = ofNode('node:worker_threads');
    const worker = new NodeWorker(new URL('./wasm/keeper.js', import.meta.url));
    worker.unref();
    worker.postMessage(handle);
    return;
  }
  if (typeof Worker === 'undefined') return; // calls collect now and then
  const worker = new Worker(new URL('./wasm/keeper.js', import.meta.url), { type: 'module', name: 'yin-keeper' });
  worker.onerror = (event) => {
    event.preventDefault();
    console.warn('yin: no keeper could be started, so calls collect now and then', event.message ?? '');
  };
  worker.postMessage(handle);
}

function begin(memory) {
  usePort(makePort(memory, onEvents, collected));
  return memory;
}

// This thread's memory; the first call makes it.
async function memoryOf({ memory: size, wasm, keeper = true }) {
  starting ??= makeMemory(() => compile(wasm), size).then(async (made) => {
    begin(made);
    if (keeper) await startKeeper(made);
    return made;
  });
  try {
    return await starting;
  } catch (error) {
    starting = undefined;
    throw error;
  }
}

const usualCapacity = (memory) =>
  Math.max(capacityUnit, Math.floor((memory.memory.buffer.byteLength - reserved) / capacityUnit) * capacityUnit);

class BrowserDomain extends Domain {
  #number;

  /** Use open(), load() or join(). */
  constructor(name, options) {
    super(name, options);
    this.#number = i32[m.AUX];
  }

  /** To be posted to a worker, which join()s by it. */
  get handle() {
    const { module, memory, door, id } = here;
    return { yin: 'domain', name: this.path, module, memory, door, id };
  }

  /** All of it as bytes, as it is now: a file that opens natively, and that load() takes. */
  save() {
    i32[0] = this.#number;
    const [bytes, text] = port.saveBytes();
    check(text);
    return bytes;
  }
}

/** Opens the domain of that name in this thread's memory, made if need be. */
export async function open(name, options) {
  if (name !== null && typeof name === 'object') return open(undefined, name);
  const { capacity, ...others } = options ?? {};
  const memory = await memoryOf(others);
  return new BrowserDomain(name ?? '', { capacity: capacity ?? usualCapacity(memory), ...others });
}

/** A domain from the bytes of a file. */
export async function load(bytes, { name = '', ...options } = {}) {
  const from = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  if (!(from instanceof Uint8Array)) throw wrongType('load: bytes, as a Uint8Array or an ArrayBuffer');
  await memoryOf(options);
  return port.openBytes(from, () => new BrowserDomain(name, { mode: 'create' }));
}

/** Joins the domain whose handle another thread has posted. */
export async function join(handle) {
  if (handle?.yin !== 'domain') throw wrongType("join: a domain's handle");
  starting ??= joinMemory(handle).then(begin);
  try {
    await starting;
  } catch (error) {
    starting = undefined;
    throw error;
  }
  await joinMemory(handle); // is it the same memory?
  return new BrowserDomain(handle.name, { mode: 'join' });
}

/**
 * Runs a function and lets go of the views that were made meanwhile, but for the one it returns. The engine tells
 * of views that nobody has any more only between tasks, so a long loop holds on to all it makes.
 */
export function scope(act) {
  const made = [];
  const outer = port.enterScope(made);
  let kept;
  try {
    kept = act();
    if (typeof kept?.then === 'function') throw wrongType('scope: a function that does not wait');
    if (isFound(kept)) kept = kept.keep();
    return kept;
  } finally {
    port.enterScope(outer);
    for (let i = 0; i < made.length; i += 2) {
      if (made[i] === kept) port.track(kept, made[i + 1]);
      else made[i][dispose]();
    }
  }
}

/** Leaves the memory: domains that this thread did not close are closed. For a worker that ends. */
export function leave() {
  if (here === undefined) return;
  port.end();
  leaveMemory();
  starting = undefined;
}

/** The library's version, once a domain is open. */
export const version = () => port.version();

export * from './index.js';
