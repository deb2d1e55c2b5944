// A small server for pages that share memory: `node wasm/serve.mjs [FOLDER] [--port N] [--wasm FILE]`.
//
// What matters are the first two headers of `isolated`: without them a page has no shared memory. The third
// lets pages that are isolated load what is served here. For development; a real server sends the same.

import { createServer } from 'node:http';
import { readFile, realpath } from 'node:fs/promises';
import { extname, join, normalize, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

export const isolated = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/**
 * Serves a folder; `headers` with everything, `wasm`: the file that is sent as yin.wasm, wherever it is
 * asked for. { address, close() }
 */
export async function serve({ folder = '.', port = 0, headers = isolated, wasm } = {}) {
  const root = await realpath(folder);
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const path = normalize(decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname));
    const wanted = join(root, path);
    const file = wasm !== undefined && wanted.endsWith(`${sep}yin.wasm`) ? resolve(wasm) : wanted;
    try {
      const content = await readFile(file);
      response.writeHead(200, {
        'Content-Type': types[extname(file)] ?? 'application/octet-stream',
        'Cache-Control': 'no-cache',
        ...headers,
      });
      response.end(request.method === 'HEAD' ? undefined : content);
    } catch {
      response.writeHead(404, headers);
      response.end(`${pathname} is not here\n`);
    }
  });
  await new Promise((listening, failed) => server.once('error', failed).listen(port, '127.0.0.1', listening));
  return {
    address: `http://localhost:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string', default: '8080' }, wasm: { type: 'string' } },
  });
  const { address } = await serve({ folder: positionals[0], port: Number(values.port), wasm: values.wasm });
  console.log(`${address} (cross-origin isolated)`);
}
