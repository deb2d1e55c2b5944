// The package's entry in Node: the port is the addon.

import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { addonFile } from './addon_file.js';
import { onEvents } from './events.js';
import { port, usePort } from './mailbox.js';
import { collected } from './view.js';

const addon = createRequire(import.meta.url)(addonFile());

let buffer;

// Written out: an object of so many functions that is made otherwise is a dictionary to the engine, and slow.
usePort({
  nameText: addon.nameText,
  nameNumber: addon.nameNumber,
  open: addon.open,
  close: addon.close,
  remove: addon.remove,
  stat: addon.stat,
  isReadOnly: addon.isReadOnly,
  flush: addon.flush,
  verify: addon.verify,
  make: addon.make,
  load: addon.load,
  read: addon.read,
  print: addon.print,
  equal: addon.equal,
  hash: addon.hash,
  compare: addon.compare,
  meta: addon.meta,
  withMeta: addon.withMeta,
  release: addon.release,
  hold: addon.hold,
  get: addon.get,
  findKey: addon.findKey,
  nth: addon.nth,
  peek: addon.peek,
  count: addon.count,
  assoc: addon.assoc,
  dissoc: addon.dissoc,
  conj: addon.conj,
  disj: addon.disj,
  merge: addon.merge,
  pop: addon.pop,
  slice: addon.slice,
  updateMany: addon.updateMany,
  iterate: addon.iterate,
  iterateOn: addon.iterateOn,
  iterateEnd: addon.iterateEnd,
  diff: addon.diff,
  page: addon.page,
  findName: addon.findName,
  atom: addon.atom,
  newAtom: addon.newAtom,
  deleteRoot: addon.deleteRoot,
  deleteName: addon.deleteName,
  rename: addon.rename,
  names: addon.names,
  deref: addon.deref,
  commit: addon.commit,
  commitMany: addon.commitMany,
  reset: addon.reset,
  compareAndSet: addon.compareAndSet,
  backOff: addon.backOff,
  snapshot: addon.snapshot,
  snapshotDeref: addon.snapshotDeref,
  snapshotRelease: addon.snapshotRelease,
  watch: addon.watch,
  unwatch: addon.unwatch,
  takeEvent: addon.takeEvent,
  spawn: addon.spawn,
  agentLook: addon.agentLook,
  agentResume: addon.agentResume,
  serve: addon.serve,
  serveStop: addon.serveStop,
  stream: addon.stream,
  streamPut: addon.streamPut,
  streamClose: addon.streamClose,
  cursor: addon.cursor,
  cursorStream: addon.cursorStream,
  cursorNext: addon.cursorNext,
  nop: addon.nop,
  version: addon.version,
  holdings: addon.holdings,
  copyText: addon.copyText,
  track: addon.track,
  remember: addon.remember,
  survivors: addon.survivors,
  keepAlive: addon.keepAlive,
  mailbox(size) {
    const bytes = new ArrayBuffer(size);
    addon.setMailbox(bytes);
    buffer = Buffer.from(bytes);
    return { buffer: bytes, offset: 0 };
  },
  decode: (start, end, ascii) => (ascii ? buffer.latin1Slice(start, end) : buffer.utf8Slice(start, end)),
  // Without a path: the environment's domain, or one beside the program.
  resolvePath(path) {
    if (path === undefined) {
      const usual = resolve(process.env.YIN_DOMAIN ?? 'yin/default.yin');
      mkdirSync(dirname(usual), { recursive: true });
      return usual;
    }
    const text = path instanceof URL ? path.pathname : path;
    return typeof text !== 'string' || text === '' || text.startsWith('shm:') ? text : resolve(text);
  },
});
addon.onEvents(onEvents);

// Every collection that this object does not survive may have taken views; see addon.cc.
const sentinels = new FinalizationRegistry(() => {
  collected();
  addon.sweep();
  sentinels.register({});
});
sentinels.register({});

/** The library's version. */
export const version = port.version();

export * from './index.js';
