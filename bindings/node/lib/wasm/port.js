// The port of a browser's thread (../mailbox.js says what a port is): the module's operations, with the
// mailbox in its memory.

import { YinError } from '../errors.js';
import * as m from '../mailbox.js';
import { keepers } from './memory.js';
import { attend } from './watching.js';

const collectAfter = 4096; // calls, where no keeper does it
const manyViews = 10_000;
const noSpace = 5; // a yin_status

export function makePort(memory, onEvents, collected) {
  const { exports, found } = memory;
  const { buffer } = memory.memory;
  const heap = new Uint8Array(buffer);
  const table = exports.__indirect_function_table;
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const self = exports.port_make();
  const handles = new FinalizationRegistry((handle) => {
    --views;
    if (!ended) exports.untrack(self, handle);
  });
  // A collection that takes this has taken groups (../view.js) that nobody has.
  const sentinels = new FinalizationRegistry(() => {
    if (ended) return;
    collected();
    sentinels.register({});
  });
  sentinels.register({});
  let older = []; // groups that were there before the sentinel of now
  let newer = [];
  let ended = false;
  let i32;
  let base = 0; // of the mailbox
  let former = 0; // mailbox, whose content is still being copied
  let calls = 0;
  let scope;
  let views = 0; // that the engine has not told of yet

  function argue(text) {
    const length = text.length;
    let at = exports.port_argument(self, length);
    for (let i = 0; i < length; ++i) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) {
        const bytes = encoder.encode(text);
        at = exports.port_argument(self, bytes.length);
        heap.set(bytes, at);
        return;
      }
      heap[at + i] = code;
    }
  }

  // A decoder takes no shared bytes, so they are copied; of short texts the letters are faster.
  function textAt(at, size, ascii) {
    if (!ascii || size > 32) return decoder.decode(heap.slice(at, at + size));
    let text = '';
    for (let i = at; i < at + size; ++i) text += String.fromCharCode(heap[i]);
    return text;
  }

  // The text of a result; none for one that is read from the mailbox (bytes, text in many scripts).
  function resultText() {
    const size = i32[m.TEXT_SIZE];
    if (size === 0) return undefined;
    const tag = i32[m.RESULT];
    if (tag === m.BYTES) return undefined;
    const ascii = i32[m.ASCII] !== 0;
    if (!ascii && tag !== m.STRING && tag !== m.ERROR && i32[m.COUNT] !== 0) return undefined;
    const text = textAt(exports.port_text(self), size, ascii);
    return tag === m.ERROR && i32[m.AUX] === noSpace && views > manyViews ? text + ofViews() : text;
  }

  const ofViews = () =>
    ` (this thread has ${views} views; engines tell of those that nobody has any more only between tasks: ` +
    'pause, or use scope())';

  function collectNow() {
    calls = 0;
    if (keepers(memory) === 0) exports.keep_all();
  }

  function watchOver(view, handle) {
    exports.track(self, handle);
    handles.register(view, handle);
    ++views;
  }

  const port = {};
  for (let i = exports.operation_count() - 1; i >= 0; --i) {
    const at = exports.operation_name(i);
    const name = textAt(at, heap.indexOf(0, at) - at, true);
    const run = table.get(exports.operation_run(i));
    port[name] = (text) => {
      if (text !== undefined) argue(text);
      run(self);
      if (++calls === collectAfter) collectNow();
      return i32[m.TEXT_SIZE] === 0 ? undefined : resultText();
    };
  }

  const { watch, unwatch, flush, verify, open, save } = port;
  const attended = attend({ buffer, poll: port.poll, onEvents });
  let alive; // keeps Node's event loop going

  Object.assign(port, {
    mailbox(size) {
      const made = exports.port_mailbox(self, size);
      if (made === 0) throw new YinError('the memory is full', 'ERR_YIN_NO_SPACE');
      if (former !== 0) exports.bytes_drop(former);
      former = base;
      base = made;
      i32 = new Int32Array(buffer, base, size / 4);
      return { buffer, offset: base };
    },
    decode: (start, end, ascii) => textAt(base + start, end - start, ascii),
    copyText(bytes) {
      const at = exports.port_text(self);
      bytes.set(heap.subarray(at, at + bytes.length));
    },
    resolvePath: (name = '') => name,
    track(view, handle) {
      if (scope === undefined) watchOver(view, handle);
      else scope.push(view, handle);
    },
    /** Views and their handles go here from now on, until the outer scope is entered again. */
    enterScope(made) {
      const outer = scope;
      scope = made;
      return outer;
    },
    // (Weak references keep what they refer to until the task ends: of these views that is little.)
    remember(group) {
      newer.push(new WeakRef(group));
      return false; // collected() asks
    },
    survivors() {
      const found = older.map((group) => group.deref()).filter((group) => group !== undefined);
      older = newer;
      newer = [];
      return found;
    },
    keepAlive(yes) {
      if (yes) alive ??= setInterval(() => {}, 1 << 30);
      else alive = void clearInterval(alive);
    },

    watch() {
      const text = watch();
      if (i32[m.RESULT] !== m.ERROR) attended.start(i32[m.AUX]);
      return text;
    },
    unwatch() {
      attended.stop(i32[m.FLAGS]);
      return unwatch();
    },
    // Done when they return; who waits for them is told when the caller is through.
    flush() {
      queueMicrotask(onEvents);
      return flush();
    },
    verify() {
      queueMicrotask(onEvents);
      return verify();
    },

    /** A domain from these bytes, for the next open(). */
    openBytes(bytes, attempt) {
      const at = exports.bytes_make(Math.max(bytes.length, 1));
      if (at === 0) {
        throw new YinError(`load: no room for ${bytes.length} bytes; open a larger memory`, 'ERR_YIN_NO_SPACE');
      }
      heap.set(bytes, at);
      port.open = (name) => {
        i32[2] = at | 0;
        i32[3] = bytes.length;
        return port.load_(name);
      };
      try {
        return attempt();
      } finally {
        port.open = open;
        exports.bytes_drop(at);
      }
    },
    /** The bytes of the domain that integer 0 tells of; a text: why not. */
    saveBytes() {
      let bytes;
      found.taken = (taken) => (bytes = taken);
      const text = save();
      found.taken = undefined;
      return [bytes, text];
    },
    end() {
      ended = true;
      attended.end();
      port.keepAlive(false);
      exports.port_end(self);
      if (former !== 0) exports.bytes_drop(former);
    },
  });
  // An object that so much was added to is a dictionary to V8; a prototype it makes fast again.
  return Object.create(port);
}
