// `node --import` of this runs tests that were written for the Node binding over the WebAssembly port:
// where they import lib/node.js they get entry.mjs, in their workers too.

import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
