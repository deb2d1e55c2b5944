// The module over a shared memory: how a JavaScript thread gets into it.
//
// One module, one memory, an instance in each thread. The first instance runs the constructors and makes
// the *door*: a lock and a thread that is nobody's, under which one joiner at a time asks for a thread of
// its own (stack, thread_locals, what the C library knows of it; wasm/thread.h). Whatever thread an
// instance is then, it never runs the constructors again, and shares heap and domains with the others.
//
// What is posted to join is { module, memory, door, id }: all of it can be cloned.

import { YinError } from '../errors.js';
import { isolationError } from './isolation.js';

const page_bytes = 65536;
const usual_bytes = 256 << 20;
const least_bytes = 96 << 20; // the private zone of one domain, stacks, and the smallest domain

// Of the door, in 32-bit integers.
const LOCK = 0;
const DOORMAN = 1;
const KEEPERS = 2;
const door_bytes = 32;

/** Of this thread: { module, memory, door, id, exports, thread }; undefined: it has joined none. */
export let here;

// May this thread wait? The main thread of a page may not.
function mayWait() {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

const waits = typeof SharedArrayBuffer !== 'undefined' && mayWait();

const milliseconds = () => performance.timeOrigin + performance.now();

/** What the module asks for; `found` gets the instance when there is one. */
function imports(module, memory, found) {
  const view = () => new DataView(memory.buffer);
  const bytes = (at, size) => new Uint8Array(memory.buffer, at, size);
  const known = {
    emscripten_notify_memory_growth: () => {}, // its size is fixed
    emscripten_check_blocking_allowed: () => {},
    emscripten_num_logical_cores: () => globalThis.navigator?.hardwareConcurrency ?? 4,
    clock_time_get(clock, precision, to) {
      const now = clock === 0 ? Date.now() : milliseconds();
      view().setBigUint64(to, BigInt(Math.round(now * 1e6)), true);
      return 0;
    },
    random(at, size) {
      bytes(at, size).set(crypto.getRandomValues(new Uint8Array(size)));
    },
    // A domain's own diagnostics, if there are any.
    fd_write(file, parts, count, to) {
      let text = '';
      let size = 0;
      for (let i = 0; i < count; ++i) {
        const part = bytes(view().getUint32(parts + 8 * i, true), view().getUint32(parts + 8 * i + 4, true));
        text += new TextDecoder().decode(part.slice());
        size += part.length;
      }
      console.error(text.replace(/\n$/, ''));
      view().setUint32(to, size, true);
      return 0;
    },
    // Threads: JavaScript's own. The first is the constructors'; others enter by themselves.
    _emscripten_init_main_thread_js: (self) =>
      found.exports._emscripten_thread_init(self, waits ? 0 : 1, 1, waits ? 1 : 0, 0, 0),
    __pthread_create_js: () => 0,
    _emscripten_thread_mailbox_await: () => {},
    _emscripten_notify_mailbox_postmessage: () => {},
    _emscripten_receive_on_main_thread_js: () => 0,
    _emscripten_thread_cleanup: () => {},
    _emscripten_thread_set_strongref: () => {},
    exit_runtime: () => {},
    bytes: (at, size) => found.taken?.(bytes(at, size).slice()),
  };
  const given = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    given[from] ??= {};
    given[from][name] =
      kind === 'memory'
        ? memory
        : (known[name] ??
          (() => {
            throw new YinError(`the module stopped (${name})`, 'ERR_YIN_INTERNAL');
          }));
  }
  return given;
}

async function instantiate(module, memory) {
  const found = {};
  const instance = await WebAssembly.instantiate(module, imports(module, memory, found));
  found.exports = instance.exports;
  return found;
}

function become(found, memory, thread) {
  const [self, locals, bottom, top] = new Uint32Array(memory.buffer, thread, 4);
  const { exports } = found;
  exports.__stack_pointer.value = top;
  exports.emscripten_stack_set_limits(top, bottom);
  exports._emscripten_thread_init(self, waits ? 0 : 1, 0, waits ? 1 : 0, 0, 0);
  exports.__wasm_init_tls(locals);
}

function throughDoor(found, memory, door, act) {
  const cells = new Int32Array(memory.buffer, door, door_bytes / 4);
  while (Atomics.compareExchange(cells, LOCK, 0, 1) !== 0) {
    if (waits) Atomics.wait(cells, LOCK, 1, 1);
  }
  try {
    become(found, memory, cells[DOORMAN]);
    return act();
  } finally {
    Atomics.store(cells, LOCK, 0);
    Atomics.notify(cells, LOCK, 1);
  }
}

/** Into a memory that another thread has made. */
export async function joinMemory({ module, memory, door, id }) {
  if (here !== undefined) {
    if (here.id === id) return here;
    throw new YinError('this thread has joined another memory; a thread joins one', 'ERR_YIN_INVALID_ARGUMENT');
  }
  const found = await instantiate(module, memory);
  const thread = throughDoor(found, memory, door, () => {
    const made = found.exports.thread_make();
    if (made !== 0) become(found, memory, made);
    return made;
  });
  if (thread === 0) {
    throw new YinError('there is no room in the memory for another thread', 'ERR_YIN_NO_SPACE');
  }
  return (here = { module, memory, door, id, found, exports: found.exports, thread });
}

/** A memory of so many bytes, all that its domains and threads will ever have. */
export async function makeMemory(compile, size = usual_bytes) {
  const refused = await isolationError();
  if (refused !== undefined) throw refused;
  if (!Number.isSafeInteger(size) || size < least_bytes || size > 2 ** 32) {
    throw new YinError(`open: memory is ${least_bytes >> 20} MiB to 4 GiB, in bytes`, 'ERR_YIN_INVALID_ARGUMENT');
  }
  const pages = Math.floor(size / page_bytes);
  let memory;
  try {
    memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (error) {
    throw new YinError(`open: no memory of ${size >> 20} MiB: ${error.message}`, 'ERR_YIN_NO_SPACE');
  }
  const module = await compile();
  const found = await instantiate(module, memory);
  const { exports } = found;
  exports.emscripten_stack_init?.();
  exports._initialize();
  const door = exports.bytes_make(door_bytes);
  const doorman = exports.thread_make();
  const cells = new Int32Array(memory.buffer, door, door_bytes / 4);
  cells.fill(0);
  cells[DOORMAN] = doorman;
  const id = Array.from(crypto.getRandomValues(new Uint32Array(4))).join('-');
  return (here = { module, memory, door, id, found, exports, thread: 0 });
}

/** Gives the thread's stack to the next one who joins. Nothing of the module runs here any more. */
export function leaveMemory() {
  const { found, memory, door, thread, exports } = here;
  here = undefined;
  if (thread !== 0) throughDoor(found, memory, door, () => exports.thread_drop(thread));
}

/** How many keepers look after the memory's domains; `by` more from now on. */
export function keepers(memory, by = 0) {
  return Atomics.add(new Int32Array(memory.memory.buffer, memory.door, door_bytes / 4), KEEPERS, by) + by;
}

/** Waits so many milliseconds, in a thread that may. */
export function rest(memory, time_ms) {
  Atomics.wait(new Int32Array(memory.memory.buffer, memory.door, door_bytes / 4), KEEPERS + 1, 0, time_ms);
}
