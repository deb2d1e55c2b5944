// Shared memory is for pages that are cross-origin isolated: their server sends two headers. Says which
// of them this page lacks.

import { YinError } from '../errors.js';

const wanted = [
  ['Cross-Origin-Opener-Policy', 'same-origin', ['same-origin']],
  ['Cross-Origin-Embedder-Policy', 'require-corp', ['require-corp', 'credentialless']],
];

async function sentHeaders() {
  try {
    return (await fetch(globalThis.location.href, { method: 'HEAD', cache: 'no-store' })).headers;
  } catch {
    return undefined; // offline, or no address of a server's
  }
}

/** Undefined: the thread may share memory. */
export async function isolationError() {
  if (globalThis.crossOriginIsolated !== false) return undefined;
  const sent = await sentHeaders();
  const missing = wanted.filter(([name, , good]) => !good.includes(sent?.get(name)?.split(';')[0].trim()));
  const say = ([name, value]) => `${name}: ${value}`;
  const what =
    missing.length > 0
      ? `its server must send ${missing.map(say).join(' and ')}`
      : globalThis.isSecureContext === false
        ? 'it must come by https, or from localhost'
        : 'the page that it is part of (a frame, a worker) must be isolated too';
  const text = `this page is not cross-origin isolated, so it has no shared memory: ${what}`;
  return new YinError(text, 'ERR_YIN_NOT_ISOLATED');
}
