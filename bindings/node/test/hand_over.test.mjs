// Handing values to workers and other processes: a token is posted, nothing is copied.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { open } from '../lib/node.js';
import { freshDomain, freshPath } from './support.mjs';

const library = new URL('../lib/node.js', import.meta.url).href;

test('a value is taken once, by a worker', async (t) => {
  const path = freshPath();
  const domain = open(path);
  t.after(() => domain.close());
  const value = domain.value({ rows: Array.from({ length: 1000 }, (_, i) => ({ i, name: `row number ${i}` })) });
  const token = domain.share(value);
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { open } = await import(${JSON.stringify(library)});
    const domain = open(workerData.path);
    const value = domain.take(workerData);
    parentPort.postMessage(value.get('rows').get(999).get('name'));
    domain.close();`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: token });
  assert.deepEqual(await once(worker, 'message'), ['row number 999']);
  await once(worker, 'exit');
  assert.throws(() => domain.take(token), { code: 'ERR_YIN_NOT_FOUND' });
  assert.equal(value.get('rows').size, 1000);
});

test('a token may be taken by several, and by another process', async (t) => {
  const path = freshPath();
  const domain = open(path);
  t.after(() => domain.close());
  const token = domain.share('a text');
  assert.equal(domain.take(structuredClone(token), { keep: true }), 'a text');
  const program = `${path}.mjs`;
  writeFileSync(program, `
    const { open } = await import(${JSON.stringify(library)});
    process.once('message', (token) => {
      const domain = open(token.path);
      const taken = domain.take(token);
      domain.close();
      process.send(taken, () => process.disconnect());
    });`);
  const child = fork(program, { serialization: 'advanced' });
  child.send(token);
  assert.deepEqual((await once(child, 'message'))[0], 'a text');
  await once(child, 'exit');
});

test('a watch in one process sees the commits of another', async (t) => {
  const path = freshPath();
  const domain = open(path);
  t.after(() => domain.close());
  const atom = domain.atom('a', { n: 0 });
  const program = `${path}.mjs`;
  writeFileSync(program, `
    const { open } = await import(${JSON.stringify(library)});
    const domain = open(${JSON.stringify(path)});
    for (let i = 1; i <= 50; ++i) domain.atom('a').swap((m) => m.set('n', i));
    domain.close();`);
  const seen = [];
  const changes = atom.watch({ mode: 'every' });
  fork(program);
  for await (const { before, after } of changes) {
    seen.push(after.get('n'));
    assert.equal(before.get('n'), after.get('n') - 1);
    if (seen.length === 50) break;
  }
  assert.deepEqual(seen, Array.from({ length: 50 }, (_, i) => i + 1));
});

test('a program ends when nothing but an unref\'d watch is left, and not before', async (t) => {
  const path = freshPath();
  const domain = freshDomain(t);
  domain.close();
  const program = `${path}.mjs`;
  writeFileSync(program, `
    const { open } = await import(${JSON.stringify(library)});
    const domain = open(${JSON.stringify(path)});
    const atom = domain.atom('a', 0);
    atom.watch(() => {}).unref();
    const watch = atom.watch((after) => { console.log('saw', after); if (after === 1) watch.stop(); });
    setImmediate(() => atom.reset(1));`);
  const child = fork(program, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const text = [];
  child.stdout.on('data', (data) => text.push(data));
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  assert.equal(Buffer.concat(text).toString(), 'saw 1\n');
});

test('a worker that is terminated, with watches, jobs and iterators under way, takes nothing with it', async (t) => {
  const path = freshPath();
  const domain = open(path);
  t.after(() => domain.close());
  const atom = domain.atom('a', { n: 0, rows: Array.from({ length: 5000 }, (_, i) => i) });
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { open } = await import(${JSON.stringify(library)});
    const domain = open(workerData);
    const atom = domain.atom('a');
    atom.watch(() => {}, { mode: 'every' });
    const rows = atom.deref().get('rows')[Symbol.iterator]();
    rows.next();
    domain.flushed();
    domain.verify();
    parentPort.postMessage('ready');
    for (;;) atom.swap((m) => m.set('n', m.get('n') + 1));`;
  for (let i = 0; i < 3; ++i) {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: path });
    await once(worker, 'message');
    const before = atom.deref().get('n');
    while (atom.deref().get('n') < before + 100) await new Promise(setImmediate);
    await worker.terminate();
  }
  atom.swap((m) => m.set('n', 'mine'));
  assert.equal(atom.deref().get('n'), 'mine');
  await domain.verify();
});
