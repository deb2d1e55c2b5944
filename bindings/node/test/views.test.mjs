// Views: what may be handed to what, and how long they keep what they stand for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { list, sortedSet } from '../lib/node.js';
import { freshDomain } from './support.mjs';

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
