// The package's entry in Node: the port is the addon.

import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { addonFile } from './addon_file.js';
import { onEvents } from './events.js';
import { port, usePort } from './mailbox.js';

const addon = createRequire(import.meta.url)(addonFile());

let buffer;

usePort({
  ...addon,
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
  addon.sweep();
  sentinels.register({});
});
sentinels.register({});

/** The library's version. */
export const version = port.version();

export * from './index.js';
