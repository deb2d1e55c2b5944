// Views: what may be handed to what, and how long they keep what they stand for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { list, sortedSet } from '../lib/node.js';
import { collectUntil, freshDomain, holdings } from './support.mjs';

const many = 3000; // more than an iterator takes at once
const numbers = Array.from({ length: many }, (_, i) => i);

test('an update with all items of a view has them all, whatever kind it is', (t) => {
  const domain = freshDomain(t);
  const other = freshDomain(t);
  for (const from of [domain, other]) {
    for (const items of [from.value(list(numbers)), from.value(numbers), from.value(sortedSet(numbers))]) {
      assert.deepEqual(domain.value(['first']).concat(items).toJS(), ['first', ...numbers]);
      assert.deepEqual([...domain.value(sortedSet([-1])).addAll(items)], [-1, ...numbers]);
      assert.deepEqual([...domain.value(new Set(numbers)).addAll([-1]).deleteAll(items)], [-1]);
    }
    const entries = numbers.map((i) => [i, `value ${i}`]);
    const map = from.value(new Map(entries));
    assert.equal(domain.value(new Map()).setAll(map).equals(new Map(entries)), true);
    assert.equal(domain.value(new Map()).setAll(map.entries()).equals(new Map(entries)), true);
    assert.equal(domain.read('#{}').union(from.value(numbers).values()).size, many);
    assert.equal(domain.value(new Map()).merge(map).size, many);
  }
});

test('a getter of what is being stored cannot use a domain, nothing is lost', (t) => {
  const domain = freshDomain(t);
  const view = domain.value({ items: numbers, text: 'x' });
  const atom = domain.atom('a', { n: 1 });
  const iterator = view.get('items')[Symbol.iterator]();
  iterator.next();
  const refused = { code: 'ERR_YIN_REENTRANT' };
  for (const use of [
    () => [...view.get('items')], () => view.get('text'), () => view.size, () => atom.deref(), () => domain.stat(),
    () => domain.atoms(), () => domain.read('1'), () => view.diff(view), () => { for (const _ of iterator); },
  ]) {
    assert.throws(() => domain.value({ a: 1, get b() { return use(); } }), refused, String(use));
    assert.equal(domain.print(domain.value({ a: 1 })), '{"a" 1}');
  }
});

test('a part that is held keeps only what it reaches, for as long as it is held', async (t) => {
  const domain = freshDomain(t, { capacity: 96 << 20 });
  const atom = domain.atom('a', null);
  const versions = 300;
  const bytes = 1 << 20; // three times as much as there is room for
  const parts = [];
  for (let i = 0; i < versions; ++i) {
    const big = String.fromCharCode(97 + (i % 26)).repeat(bytes);
    atom.swap(() => ({ parts: [{ i, name: `part ${i}` }, new Set([i])], big }));
    const version = atom.deref();
    assert.equal(version.get('big').length, bytes);
    parts.push([i, version.getIn(['parts', 0]), [...version.get('parts')][1]]);
    if (i % 20 === 19) {
      await collectUntil(() => holdings().handles < 2 * parts.length + 5, () => `${holdings().handles} handles, ${i}`);
    }
  }
  atom.reset(null);
  const live = () => domain.stat().liveBytes;
  await collectUntil(() => domain.value(['x'.repeat(bytes)]) && live() < 16 * bytes, () => `${live()} bytes live`);
  for (const [i, map, set] of parts) {
    assert.deepEqual(map.toJS(), { i, name: `part ${i}` });
    assert.deepEqual(set.toJS(), new Set([i]));
    assert.equal(map.set('more', 1).size, 3);
  }
  await domain.verify();
});

test('large values that nobody holds make the engine collect, also within one task', (t) => {
  const domain = freshDomain(t, { capacity: 96 << 20 });
  const atom = domain.atom('a', null);
  for (let i = 0; i < 300; ++i) {
    const big = String.fromCharCode(97 + (i % 26)).repeat(1 << 20);
    atom.swap(() => ({ i, big }));
    domain.value([big]);
  }
  assert.equal(atom.deref().get('i'), 299);

  const roomier = freshDomain(t, { capacity: 256 << 20 });
  const parted = roomier.atom('a', null);
  const parts = [];
  for (let i = 0; i < 600; ++i) {
    const big = String.fromCharCode(97 + (i % 26)).repeat(1 << 20);
    parted.swap(() => ({ part: { i }, big }));
    parts.push(parted.deref().get('part'));
  }
  assert.ok(parts.every((part, i) => part.get('i') === i), 'with a part of each held');
});

test('found views that nobody holds cost nothing, also within one task', (t) => {
  const domain = freshDomain(t);
  const map = domain.value(new Map(numbers.map((i) => [i, { i }])));
  let most = 0;
  let sum = 0;
  for (let round = 0; round < 300; ++round) {
    for (const [, inner] of map) sum += inner.size;
    most = Math.max(most, holdings().handles);
  }
  assert.equal(sum, 300 * many);
  t.diagnostic(`at most ${most} handles`);
  assert.ok(most < 50_000, `${most} handles`);
});

test('all that was found in a whole is kept, however much, and ends with it when it is disposed of', async (t) => {
  const domain = freshDomain(t);
  let held;
  (() => {
    const map = domain.value(new Map(numbers.map((i) => [i, { i: [i] }])));
    held = [...map.values()];
  })();
  await collectUntil(() => holdings().handles >= many, () => `${holdings().handles} handles`);
  const inner = held.map((view) => view.get('i'));
  const indexOf = (view) => view.toJS().i[0];
  held = held.filter((view) => indexOf(view) % 100 === 0);
  assert.equal(held.length, many / 100);
  inner.length = 1;
  await collectUntil(() => holdings().handles < many / 50, () => `${holdings().handles} handles`);
  assert.deepEqual(held.map(indexOf).sort((a, b) => a - b), numbers.filter((i) => i % 100 === 0));
  assert.equal(typeof inner[0].get(0), 'number');

  const whole = domain.value({ a: { b: { c: 1 } } });
  const a = whole.get('a');
  const early = a.get('b');
  const count = holdings().handles;
  await collectUntil(() => holdings().handles > count, () => 'no handle was made');
  a[Symbol.dispose](); // not a whole
  assert.equal(a.get('b').get('c'), 1);
  const late = a.get('b');
  whole[Symbol.dispose]();
  for (const view of [whole, a, early, late]) assert.throws(() => view.size, { code: 'ERR_YIN_RELEASED' });
});
