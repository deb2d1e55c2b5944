// Atoms, transactions, snapshots, watches: what they promise.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { YinMap, open } from '../lib/node.js';
import { f64, port } from '../lib/mailbox.js';
import { freshDomain, freshPath, random, times } from './support.mjs';

const library = new URL('../lib/node.js', import.meta.url).href;

test('swap, swapVals, reset, resetVals, compareAndSet', (t) => {
  const domain = freshDomain(t);
  const atom = domain.atom('a', { n: 1 });
  assert.ok(atom.deref() instanceof YinMap);
  assert.equal(atom.swap((m, by) => m.set('n', m.get('n') + by), 4).get('n'), 5);
  const [before, after] = atom.swapVals((m) => m.set('n', 6));
  assert.equal(before.get('n'), 5);
  assert.equal(after.get('n'), 6);
  assert.equal(atom.deref(), after);
  assert.deepEqual(atom.reset([1, 2]).toJS(), [1, 2]);
  assert.deepEqual(atom.resetVals('x').map((v) => v?.toJS?.() ?? v), [[1, 2], 'x']);
  assert.equal(atom.compareAndSet('y', 1), false);
  assert.equal(atom.compareAndSet('x', [3]), true);
  assert.equal(atom.compareAndSet([3], 7), true, 'by value');
  assert.equal(atom.deref(), 7);
  assert.equal(atom.swap(() => 'a text that is longer than seven bytes'), 'a text that is longer than seven bytes');
  assert.equal(atom.swap((s) => s.length), 38);
  assert.equal(atom.swap(() => 0.1), 0.1);
  assert.equal(atom.swap(() => null), null);
});

test('a value that did not change is the same view', (t) => {
  const domain = freshDomain(t);
  const atom = domain.atom('a', { n: 1 });
  const view = atom.deref();
  assert.equal(atom.deref(), view);
  assert.equal(atom.swap((m) => m), view);
  assert.notEqual(atom.swap((m) => m.set('n', 2)), view);
});

test('a function that throws, or gives what cannot be stored, leaves nothing behind', (t) => {
  const domain = freshDomain(t);
  const atom = domain.atom('a', { n: 1 });
  const view = atom.deref();
  assert.throws(() => atom.swap(() => { throw new Error('mine'); }), /mine/);
  assert.throws(() => atom.swap(() => undefined), { name: 'TypeError', code: 'ERR_YIN_WRONG_TYPE' });
  assert.throws(() => atom.swap(() => () => 1), { code: 'ERR_YIN_WRONG_TYPE' });
  assert.throws(() => atom.swap(async (m) => m), /await/);
  assert.throws(() => atom.swap((m) => m.set('deep', [{ x: Symbol('no') }])), TypeError);
  assert.throws(() => atom.reset(new (class Own {})()), /Own/);
  const loop = [];
  loop.push(loop);
  assert.throws(() => atom.reset(loop), /within itself/);
  assert.throws(() => atom.reset({ get bad() { return atom.reset(1) && [...view]; } }), { code: 'ERR_YIN_REENTRANT' });
  assert.equal(atom.deref(), view);
  assert.equal(atom.swap((m) => m.set('n', 2)).get('n'), 2, 'and it goes on');
});

test('a swap within a swap of the same atom is seen as another commit', (t) => {
  const domain = freshDomain(t);
  const atom = domain.atom('a', { n: 0, tries: 0 });
  let tries = 0;
  atom.swap((m) => {
    if (tries++ === 0) atom.swap((inner) => inner.set('n', 10));
    return m.set('n', m.get('n') + 1);
  });
  assert.equal(tries, 2);
  assert.equal(atom.deref().get('n'), 11);
});

test('held views stay what they were through a million swaps, and memory stays bounded', (t) => {
  const domain = freshDomain(t);
  const atom = domain.atom('a', Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key ${i}`, i])));
  const held = [];
  const swaps = times(1_000_000);
  let most = 0;
  for (let i = 0; i < swaps; ++i) {
    if (i % (swaps / 10) === 0) {
      const view = atom.deref();
      held.push([i, view, view.toJS()]);
    }
    atom.swap((m) => m.set(`key ${i % 1000}`, i + 1_000_000));
    if (i % 4096 === 0) {
      port.holdings();
      most = Math.max(most, f64[16]);
    }
  }
  for (const [i, view, then] of held) assert.deepEqual(view.toJS(), then, `of swap ${i}`);
  t.diagnostic(`at most ${most} handles at once`);
  assert.ok(most < 250_000, `${most} handles`);
});

test('a transaction changes all or nothing', (t) => {
  const domain = freshDomain(t);
  const [a, b] = [domain.atom('a', 10), domain.atom('b', { n: 0 })];
  const moved = domain.transact((tx) => {
    tx.swap(a, (n) => n - 3);
    tx.swap(b, (m) => m.set('n', m.get('n') + 3));
    return tx.deref(b).get('n');
  });
  assert.equal(moved, 3);
  assert.equal(a.deref(), 7);
  assert.throws(() => domain.transact((tx) => { tx.reset(a, 0); throw new Error('no'); }), /no/);
  assert.equal(a.deref(), 7);
  assert.throws(() => domain.transact(async () => 1), TypeError);
  let tries = 0;
  domain.transact((tx) => {
    const n = tx.deref(a);
    if (tries++ === 0) a.reset(100); // somebody else was first
    tx.reset(b, n);
  });
  assert.equal(tries, 2);
  assert.equal(b.deref(), 100);
  let kept;
  domain.transact((tx) => { kept = tx; });
  assert.throws(() => kept.deref(a), { code: 'ERR_YIN_CLOSED' });
});

test('a snapshot is one instant', (t) => {
  const domain = freshDomain(t);
  const [a, b] = [domain.atom('a', 1), domain.atom('b', { x: 1 })];
  const snapshot = domain.snapshot();
  a.reset(2);
  b.swap((m) => m.set('x', 2));
  const late = domain.atom('late', 1);
  assert.equal(snapshot.deref(a), 1);
  assert.equal(snapshot.deref(b).get('x'), 1);
  assert.throws(() => snapshot.deref(late), { code: 'ERR_YIN_NOT_FOUND' });
  snapshot.close();
  snapshot.close();
  assert.throws(() => snapshot.deref(a), { code: 'ERR_YIN_CLOSED' });
});

test('a watch calls back with each change or the latest', async (t) => {
  const domain = freshDomain(t);
  const atom = domain.atom('a', 0);
  const seen = [];
  let done;
  const all = new Promise((resolve) => { done = resolve; });
  const every = atom.watch((after, before) => {
    seen.push([before, after]);
    if (after === 100) done();
  }, { mode: 'every' });
  for (let i = 1; i <= 100; ++i) atom.reset(i);
  await all;
  assert.deepEqual(seen, Array.from({ length: 100 }, (_, i) => [i, i + 1]));
  every.stop();
  every.stop();

  let last = 100;
  await new Promise((resolve) => {
    const latest = atom.watch((after, before, of) => {
      assert.equal(before, last);
      assert.equal(of, atom);
      last = after;
      if (after === 200) { latest.stop(); resolve(); }
    });
    for (let i = 101; i <= 200; ++i) atom.reset(i);
  });
});

test('changes as an async iterable, until its signal', async (t) => {
  const domain = freshDomain(t);
  const atom = domain.atom('a', { n: 0 });
  const stop = new AbortController();
  const found = [];
  const reading = (async () => {
    for await (const { before, after } of atom.watch({ mode: 'every', signal: stop.signal })) {
      found.push([before.get('n'), after.get('n')]);
      if (found.length === 5) stop.abort();
      else atom.swap((m) => m.set('n', m.get('n') + 1));
    }
  })();
  atom.swap((m) => m.set('n', 1));
  await assert.rejects(reading, { name: 'AbortError' });
  assert.deepEqual(found, [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]);

  const iterator = atom.watch();
  const waiting = iterator.next();
  await iterator.return();
  assert.deepEqual(await waiting, { value: undefined, done: true });
  assert.throws(() => atom.watch(() => {}, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.throws(() => atom.watch({ mode: 'no such' }), TypeError);
});

test('a deleted atom ends its watches', async (t) => {
  const domain = freshDomain(t);
  const atom = domain.atom('a', 1);
  const changes = atom.watch();
  const first = changes.next();
  domain.delete('a');
  assert.deepEqual(await first, { value: { before: 1, after: undefined }, done: false });
  assert.equal((await changes.next()).done, true);
  assert.throws(() => atom.deref(), { code: 'ERR_YIN_NOT_FOUND' });
});

test('what a watch throws does not stop the others', async (t) => {
  const domain = freshDomain(t);
  const atom = domain.atom('a', 1);
  const thrown = new Promise((resolve) => {
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => {
      for (const other of others) process.on('uncaughtException', other);
      resolve(error);
    });
  });
  const seen = [];
  const bad = atom.watch(() => { throw new Error('in a watch'); });
  const good = atom.watch((after) => seen.push(after));
  atom.reset(2);
  assert.match((await thrown).message, /in a watch/);
  while (seen.length === 0) await new Promise(setImmediate);
  assert.deepEqual(seen, [2]);
  bad.stop();
  good.stop();
});

test('counters of several threads add up', async (t) => {
  const path = freshPath();
  const domain = open(path);
  t.after(() => domain.close());
  const atom = domain.atom('a', { n: 0 });
  const each = times(2000);
  const source = `
    import { workerData } from 'node:worker_threads';
    const { open } = await import(${JSON.stringify(library)});
    const domain = open(workerData.path);
    const atom = domain.resolve(workerData.ref);
    for (let i = 0; i < workerData.each; ++i) atom.swap((m) => m.set('n', m.get('n') + 1));
    domain.close();`;
  const workers = [1, 2, 3].map(
    () => new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: { path, ref: atom.ref, each } }),
  );
  for (let i = 0; i < each; ++i) atom.swap((m) => m.set('n', m.get('n') + 1));
  for (const [code] of await Promise.all(workers.map((worker) => once(worker, 'exit')))) assert.equal(code, 0);
  assert.equal(atom.deref().get('n'), 4 * each);
  await domain.verify();
});

test('transactions of several threads keep the sum', async (t) => {
  const path = freshPath();
  const domain = open(path);
  t.after(() => domain.close());
  const accounts = [0, 1, 2, 3].map((i) => domain.atom(`account ${i}`, { balance: 1000 }));
  const next = random(t);
  const source = `
    import { workerData } from 'node:worker_threads';
    const { open } = await import(${JSON.stringify(library)});
    const domain = open(workerData.path);
    const accounts = [0, 1, 2, 3].map((i) => domain.atom('account ' + i));
    for (let i = 0; i < workerData.each; ++i) {
      domain.transact((tx) => {
        tx.swap(accounts[i % 4], (m) => m.update('balance', (n) => n - 1));
        tx.swap(accounts[(i + 1 + (i >> 3)) % 4] === accounts[i % 4] ? accounts[(i + 1) % 4] : accounts[(i + 1 + (i >> 3)) % 4],
          (m) => m.update('balance', (n) => n + 1));
      });
    }
    domain.close();`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData: { path, each: times(1000) } });
  const ended = once(worker, 'exit');
  for (let i = 0; i < times(1000); ++i) {
    const [from, to] = [next.below(4), next.below(3)];
    const amount = next.below(10);
    domain.transact((tx) => {
      const total = accounts.reduce((sum, account) => sum + tx.deref(account).get('balance'), 0);
      assert.equal(total, 4000, 'one instant');
      const other = accounts[(from + 1 + to) % 4];
      tx.swap(accounts[from], (m) => m.update('balance', (n) => n - amount));
      tx.swap(other, (m) => m.update('balance', (n) => n + amount));
    });
  }
  assert.equal((await ended)[0], 0);
  assert.equal(accounts.reduce((sum, account) => sum + account.deref().get('balance'), 0), 4000);
});
