// The WebAssembly port in Node, its threads in the place of a page's workers. The Node binding's own tests
// run over it too (as_node/).

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { YinMap, join, keyword, load, open, scope } from '../../bindings/node/lib/browser.js';

const wasm = process.env.YIN_WASM;
const entry = new URL('../../bindings/node/lib/browser.js', import.meta.url).href;

const first = await open('first', { capacity: 64 << 20, memory: 512 << 20, wasm });

/** Runs the body, of an async function of (domain, yin, data), in a thread. */
function inThread(body, handle, data) {
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    import * as yin from ${JSON.stringify(entry)};
    const domain = await yin.join(workerData.handle);
    const given = await (${body})(domain, yin, workerData.data);
    yin.leave();
    parentPort.postMessage(given);
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: { handle, data } });
  return Promise.race([once(worker, 'message').then(([value]) => value), once(worker, 'error').then(([error]) => Promise.reject(error))]);
}

test('open, atom, deref, swap', () => {
  const atom = first.atom('a', { n: 1, text: 'a text that is longer than a word', list: [1, 2.5, null, 'ü'] });
  assert.ok(atom.deref() instanceof YinMap);
  assert.equal(atom.swap((map) => map.set('n', map.get('n') + 1)).get('n'), 2);
  assert.deepEqual(atom.deref().toJS(), { n: 2, text: 'a text that is longer than a word', list: [1, 2.5, null, 'ü'] });
  assert.equal(atom.deref(), atom.deref());
});

test('threads count together', async () => {
  const atom = first.atom('counter', 0);
  const each = 50_000;
  const count = (domain, yin, times) => {
    const shared = domain.atom('counter');
    for (let i = 0; i < times; ++i) shared.swap((n) => n + 1);
  };
  await Promise.all(Array.from({ length: 4 }, () => inThread(count, first.handle, each)));
  assert.equal(atom.deref(), 4 * each);
});

test('a long loop stays bounded in scopes, and says what to do without them', async () => {
  const domain = await open('long', { capacity: 32 << 20 });
  const atom = domain.atom('map', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key ${i}`, i])));
  const held = atom.deref();
  for (let i = 0; i < 300_000; ++i) scope(() => void atom.swap((map) => map.set('key 7', i)));
  assert.equal(atom.deref().get('key 7'), 299_999);
  assert.equal(held.get('key 7'), 7);
  const found = scope(() => atom.deref().set('key 8', 'kept').set('key 9', 9));
  assert.equal(found.get('key 8'), 'kept', 'what a scope returns is kept');
  const inner = scope(() => atom.deref().set('inner', { x: 1 }).get('inner'));
  assert.equal(inner.get('x'), 1, 'also if it was found in a view of the scope');
  assert.throws(
    () => {
      for (let i = 0; i < 1_000_000; ++i) atom.swap((map) => map.set('key 7', i));
    },
    { code: 'ERR_YIN_NO_SPACE', message: /views.*scope\(\)/ },
  );
  domain.close();
});

test('threads come and go: the stack of one that left is the next one\'s', async () => {
  const before = first.stat().workers;
  for (let i = 0; i < 12; ++i) {
    const found = await inThread((domain) => domain.atom('visits', 0).swap((n) => n + 1), first.handle);
    assert.equal(found, i + 1);
  }
  assert.ok(first.stat().workers <= before + 3, `${first.stat().workers} workers, ${before} before`);
});

test('more threads than a small domain has workers share them', async () => {
  const domain = await open('crowd', { capacity: 16 << 20 });
  domain.atom('counter', 0);
  const count = (joined) => {
    const atom = joined.atom('counter');
    for (let i = 0; i < 2000; ++i) atom.swap((n) => n + 1);
  };
  await Promise.all(Array.from({ length: 12 }, () => inThread(count, domain.handle)));
  assert.equal(domain.atom('counter').deref(), 24_000);
  domain.close();
});

test('a domain ends with the last who has it open', async () => {
  const one = await open('short', { capacity: 16 << 20, mode: 'create' });
  const two = await open('short', { mode: 'join' });
  one.atom('a', 1);
  one.close();
  assert.equal(two.atom('a').deref(), 1);
  assert.throws(() => one.atom('a'), { code: 'ERR_YIN_CLOSED' });
  two.close();
  await assert.rejects(open('short', { mode: 'join' }), { code: 'ERR_YIN_NOT_FOUND' });
});

test('bytes: saved while others write, opened again, verified', async () => {
  const atom = first.atom('saved', { n: 0, tag: keyword('k') });
  const writer = inThread(
    (domain) => {
      const shared = domain.atom('saved');
      for (let i = 0; i < 20_000; ++i) shared.swap((map) => map.set('n', i).set(`key ${i % 500}`, [i, `text number ${i}`]));
    },
    first.handle,
  );
  for (let i = 0; i < 10; ++i) {
    const bytes = first.save();
    const copy = await load(bytes, { name: `copy ${i}` });
    await copy.verify();
    const map = copy.atom('saved').deref();
    assert.equal(map.get('tag'), keyword('k'));
    copy.atom('saved').swap((now) => now.set('n', -1));
    assert.deepEqual(copy.atom('saved').deref().get('n'), -1);
    copy.close();
    await new Promise(setImmediate);
  }
  await writer;
  assert.equal(atom.deref().get('n'), 19_999);
});

test('bytes that are no domain, cut off, damaged, too large, are told so', async () => {
  const small = await open('small', { capacity: 16 << 20 });
  small.atom('a', Array.from({ length: 1000 }, (_, i) => `item number ${i}`));
  const good = small.save();
  small.close();
  await assert.rejects(load(new Uint8Array(100)), { code: 'ERR_YIN_DAMAGED', message: /truncated, or no domain/ });
  await assert.rejects(load(new TextEncoder().encode('x'.repeat(9000))), { code: 'ERR_YIN_DAMAGED', message: /not a Yin domain/ });
  await assert.rejects(load(good.subarray(0, good.length - 65536)), { code: 'ERR_YIN_DAMAGED', message: /truncated/ });
  await assert.rejects(load('text'), { name: 'TypeError' });
  let refused = 0;
  for (let at = 65536; at < good.length; at += 4096) {
    const bad = good.slice();
    for (let i = at; i < at + 64; ++i) bad[i] ^= 0xff;
    const opened = await load(bad).catch((error) => (assert.equal(error.code, 'ERR_YIN_DAMAGED'), undefined));
    if (opened === undefined) ++refused;
    opened?.close();
  }
  assert.ok(refused > 0);
  await (await load(good)).close();
});

test('what a memory has no room for', async () => {
  await assert.rejects(open('large', { capacity: 2 ** 33 }), { code: 'ERR_YIN_NO_SPACE', message: /larger maximum/ });
  assert.throws(() => first.serve(), { code: 'ERR_YIN_UNAVAILABLE' });
});
