// A page in Chromium, headless, over HTTP: workers count together, watches see, a native file opens in the
// page and what the page saves opens natively; a page that is not isolated is told what it lacks.
//
// YIN_WASM: the module; CHROMIUM: the browser; YIN_NODE_ADDON and YIN_COMMAND: what opens files natively, of another
// preset's build if they are not named.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { isolated, serve } from '../serve.mjs';

const folder = fileURLToPath(new URL('../../', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'yin-browser-'));
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
const built = (name) => ['test', 'release'].map((preset) => join(folder, 'build', preset, name)).find(existsSync);
process.env.YIN_NODE_ADDON ??= built('yin_node.node') ?? '';
const command = process.env.YIN_COMMAND ?? built('yin');
const page_path = '/wasm/test/page/';

let browser;
let server;

before(async () => {
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  server = await serve({ folder, wasm: process.env.YIN_WASM });
});
after(async () => {
  await browser?.close();
  await server?.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function openPage(t, address = server.address) {
  const page = await browser.newPage();
  t.after(() => page.close());
  page.on('console', (message) => t.diagnostic(`page: ${message.text()}`));
  page.on('pageerror', (error) => t.diagnostic(`page: ${error.stack}`));
  await page.goto(address + page_path);
  await page.waitForFunction(() => window.run !== undefined);
  return (name, options) => page.evaluate(([which, given]) => window.run(which, given), [name, options]);
}

test('four workers count to a million together', async (t) => {
  const run = await openPage(t);
  const { sum, slowest } = await run('counter', { count: 4, each: 250_000 });
  assert.equal(sum, 1_000_000);
  t.diagnostic(`${Math.round(1e9 / slowest)} swaps a second by 4 workers on one atom`);
  const { nanoseconds, isMap, last } = await run('swapKey', { times: 200_000 });
  assert.ok(isMap);
  assert.equal(last, 199_999);
  t.diagnostic(`${Math.round(nanoseconds)} ns a swap of one key, in a worker`);
});

test('the page takes part without waiting', async (t) => {
  const run = await openPage(t);
  assert.equal(await run('together', { each: 20_000 }), 60_000);
});

test('the page sees the changes of a worker', async (t) => {
  const run = await openPage(t);
  const { every, inOrder, latest } = await run('watches', { changes: 2000 });
  assert.equal(every, 2000);
  assert.ok(inOrder);
  assert.ok(latest >= 1 && latest <= 2000);
});

test('a page leaves its memory and opens another', async (t) => {
  const run = await openPage(t);
  await run('counter', { count: 1, each: 10 });
  assert.equal(await run('again'), 2);
});

test('a native file opens in the page, and what it saves opens natively', async (t) => {
  if (!existsSync(process.env.YIN_NODE_ADDON)) return t.skip('there is no native build');
  const native = await import('../../bindings/node/lib/node.js');
  const file = join(scratch, 'native.yin');
  const made = native.open(file, { capacity: 64 << 20 });
  made.atom('from the file', { text: 'written natively, and longer than a word', n: 1 });
  made.close();
  const run = await openPage(t);
  const { was, saved } = await run('roundTrip', { bytes: readFileSync(file, 'base64') });
  assert.match(was, /written natively/);
  const back = join(scratch, 'back.yin');
  writeFileSync(back, Buffer.from(saved, 'base64'));
  const opened = native.open(back, { mode: 'join' });
  t.after(() => opened.close());
  assert.equal(opened.find('from the file').deref().get('page').get(0), 'was');
  if (command !== undefined) {
    const yin = (...words) => execFileSync(command, words, { encoding: 'utf8' });
    assert.match(yin('get', back, 'from the file'), /written natively/);
    yin('verify', back);
  } else {
    t.diagnostic('there is no command yin of another build: what it says of the file is not looked at');
  }
});

test("the guide's first example does what it says", async (t) => {
  const guide = readFileSync(join(folder, 'docs/guides/browser.md'), 'utf8');
  const page = await browser.newPage();
  t.after(() => page.close());
  const context = page.context();
  await context.route('**/guide/*', async (route) => {
    const name = new URL(route.request().url()).pathname.split('/').at(-1);
    const [, code] = guide.match(new RegExp('```js\\n// ' + name + '\\n([^`]*)```')) ?? [];
    const body = name === '' ? '<script type="module" src="page.js"></script>' : code?.replace('yin-vm/browser', '/bindings/node/lib/browser.js');
    await route.fulfill({ body, contentType: name === '' ? 'text/html' : 'text/javascript', headers: isolated });
  });
  const counted = page.waitForEvent('console', (message) => message.text() === 'counter 1');
  await page.goto(`${server.address}/guide/`);
  await counted;
});

for (const [missing, sentence] of [
  [['Cross-Origin-Opener-Policy', 'Cross-Origin-Embedder-Policy'], /Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp/],
  [['Cross-Origin-Opener-Policy'], /must send Cross-Origin-Opener-Policy: same-origin$/],
  [['Cross-Origin-Embedder-Policy'], /must send Cross-Origin-Embedder-Policy: require-corp$/],
]) {
  test(`a page without ${missing.join(' and ')} is told so`, async (t) => {
    const headers = Object.fromEntries(Object.entries(isolated).filter(([name]) => !missing.includes(name)));
    const bare = await serve({ folder, headers, wasm: process.env.YIN_WASM });
    t.after(() => bare.close());
    const run = await openPage(t, bare.address);
    const refused = await run('refused');
    assert.match(refused, /^ERR_YIN_NOT_ISOLATED: this page is not cross-origin isolated/);
    assert.match(refused, sentence);
  });
}
