// Atoms in a page of headless Chromium, beside what a page has without them:
//
//   node bench/browser/browser_bench.mjs        (YIN_WASM: the module, CHROMIUM: the browser)
//
// A counter that four workers swap, beside Atomics.add; one key of a map of 100, swapped in a worker, beside
// an immutable copy that is posted to another thread and back.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { serve } from '../../wasm/serve.mjs';

const folder = fileURLToPath(new URL('../../', import.meta.url));
// (Beside the tests, which need it too.)
const { chromium } = createRequire(new URL('../../wasm/package.json', import.meta.url))('playwright-core');
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium'].find((path) => path && existsSync(path));
const wasm = process.env.YIN_WASM ?? `${folder}build/wasm/yin.wasm`;

const server = await serve({ folder, wasm });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
const page = await browser.newPage();
await page.goto(`${server.address}/wasm/test/page/`);
await page.waitForFunction(() => window.run !== undefined);
const run = (name, options) => page.evaluate(([which, given]) => window.run(which, given), [name, options]);

const rounds = 5;
async function best(name, options, of) {
  let least = Infinity;
  for (let i = 0; i < rounds; ++i) least = Math.min(least, of(await run(name, options)));
  return least;
}
const line = (what, ns, peer, peerNs) =>
  console.log(`${what.padEnd(44)} ${ns.toFixed(0).padStart(7)} ns   ${peer.padEnd(34)} ${peerNs.toFixed(0).padStart(7)} ns   ${(ns / peerNs).toFixed(2)}x`);

const each = 250_000;
const perSwap = ({ took }) => (took * 1e6) / (4 * each);
line('counter, 4 workers, each swap', await best('counter', { count: 4, each }, perSwap), 'Atomics.add', await best('counter', { count: 4, each, peer: true }, perSwap));
line('counter, 1 worker, each swap', await best('counter', { count: 1, each: 4 * each }, perSwap), 'Atomics.add', await best('counter', { count: 1, each: 4 * each, peer: true }, perSwap));
const nanoseconds = (found) => found.nanoseconds;
const clone = await best('cloneMap', { times: 2000 }, nanoseconds);
line('swap of one key of 100, in scopes of 1000', await best('swapKey', { times: 50_000 }, nanoseconds), 'posted there and back', clone);
line('the same, pauses after 1000', await best('swapKey', { times: 50_000, pauses: true }, nanoseconds), 'posted there and back', clone);

await browser.close();
await server.close();
