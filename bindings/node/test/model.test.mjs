// Random operations beside Map, Set, Array and Immutable.js: after each, both say the same; older
// versions stay what they were.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import Immutable from 'immutable';
import { keyword, sortedMap, sortedSet, list, queue, intMap } from '../lib/node.js';
import { freshDomain, random, times } from './support.mjs';

const operations = times(100_000);

// Keys of all kinds that are equal by value, and a text that is the same for equal ones.
const keys = [
  ...Array.from({ length: 400 }, (_, i) => i - 100),
  ...Array.from({ length: 300 }, (_, i) => `k${i}`),
  ...Array.from({ length: 100 }, (_, i) => `a longer key, number ${i}`),
  ...Array.from({ length: 50 }, (_, i) => keyword('n', `k${i}`)),
  ...Array.from({ length: 20 }, (_, i) => i + 0.5),
  ...Array.from({ length: 20 }, (_, i) => [i, `pair ${i}`]),
  ...Array.from({ length: 20 }, (_, i) => 2n ** 60n + BigInt(i)),
  null, true, false, '', 'ü', '\u{1f600}', 2 ** 40, -(2 ** 45),
];
const name = (key) =>
  Array.isArray(key) || typeof key?.toJS === 'function'
    ? `[${Array.from(key).map(name)}]`
    : `${typeof key}:${String(key)}`;

function checkMap(view, model) {
  assert.equal(view.size, model.size);
  let seen = 0;
  for (const [key, value] of view) {
    ++seen;
    assert.deepEqual(model.get(name(key))?.[1], value);
  }
  assert.equal(seen, model.size);
}

test('maps do as Map and Immutable.Map', (t) => {
  const next = random(t);
  const domain = freshDomain(t);
  let view = domain.value({});
  let model = new Map(); // name to [key, value]
  let peer = Immutable.Map();
  const held = [];
  for (let i = 0; i < operations; ++i) {
    const key = next.pick(keys);
    const at = name(key);
    switch (next.below(8)) {
      case 0: case 1: case 2: {
        const value = next.pick([i, `v${i}`, null, i / 3, true]);
        view = view.set(key, value);
        model.set(at, [key, value]);
        peer = peer.set(at, value);
        break;
      }
      case 3:
        view = view.delete(key);
        model.delete(at);
        peer = peer.delete(at);
        break;
      case 4: case 5:
        assert.equal(view.get(key), model.get(at)?.[1]);
        assert.equal(view.get(key), peer.get(at));
        break;
      case 6:
        assert.equal(view.has(key), model.has(at));
        assert.equal(view.get(key, 'none'), peer.get(at, 'none'));
        break;
      default:
        if (next.below(50) === 0) {
          const many = Array.from({ length: next.below(20) }, () => [next.pick(keys), i]);
          view = view.setAll(many);
          for (const [k, v] of many) {
            model.set(name(k), [k, v]);
            peer = peer.set(name(k), v);
          }
        } else {
          view = view.update(key, (old) => (old === undefined ? 'new' : i));
          model.set(at, [key, model.has(at) ? i : 'new']);
          peer = peer.set(at, model.get(at)[1]);
        }
    }
    assert.equal(view.size, model.size);
    if (i % 2000 === 0) {
      checkMap(view, model);
      assert.equal(view.size, peer.size);
      held.push([view, new Map(model)]);
    }
  }
  for (const [old, then] of held) checkMap(old, then);
});

test('sorted maps and int maps do as a sorted array of entries', (t) => {
  const next = random(t);
  const domain = freshDomain(t);
  for (const [make, type] of [[sortedMap, 'YinSortedMap'], [intMap, 'YinIntMap']]) {
    let view = domain.value(make([]));
    const model = new Map();
    for (let i = 0; i < operations; ++i) {
      const key = next.below(2000) - 1000;
      const choice = next.below(4);
      if (choice < 2) {
        view = view.set(key, i);
        model.set(key, i);
      } else if (choice === 2) {
        view = view.delete(key);
        model.delete(key);
      } else {
        assert.equal(view.get(key), model.get(key));
      }
      if (i % 5000 === 0) {
        const sorted = [...model].sort((a, b) => a[0] - b[0]);
        assert.deepEqual([...view], sorted);
        const [from, to] = [next.below(1000) - 1000, next.below(1000)];
        assert.deepEqual([...view.range({ from, to })], sorted.filter(([k]) => k >= from && k < to));
        assert.deepEqual(
          [...view.range({ from, to, withoutFrom: true, withTo: true, descending: true })],
          sorted.filter(([k]) => k > from && k <= to).reverse(),
        );
        if (make === sortedMap && sorted.length > 0) {
          const rank = next.below(sorted.length);
          assert.equal(view.keyAt(rank), sorted[rank][0]);
        }
      }
    }
    assert.equal(view.constructor.name, type);
    assert.equal(view.size, model.size);
  }
});

test('sets do as Set and Immutable.Set', (t) => {
  const next = random(t);
  const domain = freshDomain(t);
  for (const make of [(items) => new Set(items), sortedSet]) {
    const usable = make === sortedSet ? keys.filter((k) => typeof k === 'number') : keys;
    let view = domain.value(make([]));
    const model = new Map();
    let peer = Immutable.Set();
    for (let i = 0; i < operations; ++i) {
      const item = next.pick(usable);
      const at = name(item);
      switch (next.below(5)) {
        case 0: case 1:
          view = view.add(item);
          model.set(at, item);
          peer = peer.add(at);
          break;
        case 2:
          view = view.delete(item);
          model.delete(at);
          peer = peer.delete(at);
          break;
        case 3:
          assert.equal(view.has(item), model.has(at));
          break;
        default:
          if (next.below(100) === 0) {
            const others = Array.from({ length: 30 }, () => next.pick(usable));
            const names = new Set(others.map(name));
            const other = domain.value(make(others));
            assert.deepEqual(new Set(Array.from(view.union(other), name)), new Set([...model.keys(), ...names]));
            assert.deepEqual(
              new Set(Array.from(view.intersection(other), name)),
              new Set([...model.keys()].filter((n) => names.has(n))),
            );
            assert.deepEqual(
              new Set(Array.from(view.difference(other), name)),
              new Set([...model.keys()].filter((n) => !names.has(n))),
            );
          }
      }
      assert.equal(view.size, model.size);
      assert.equal(view.size, peer.size);
    }
    assert.deepEqual(new Set(Array.from(view, name)), new Set(model.keys()));
  }
});

test('vectors do as Array and Immutable.List', (t) => {
  const next = random(t);
  const domain = freshDomain(t);
  let view = domain.value([]);
  let model = [];
  let peer = Immutable.List();
  const held = [];
  for (let i = 0; i < operations; ++i) {
    const index = next.below(model.length + 1);
    switch (next.below(8)) {
      case 0: case 1: case 2:
        view = view.push(i);
        model.push(i);
        peer = peer.push(i);
        break;
      case 3:
        view = view.set(index, `at ${i}`);
        model[index] = `at ${i}`;
        peer = peer.set(index, `at ${i}`);
        break;
      case 4:
        if (model.length > 0) {
          view = view.pop();
          model.pop();
          peer = peer.pop();
        }
        break;
      case 5:
        assert.equal(view.get(index), model[index]);
        assert.equal(view.at(-1), model.at(-1));
        assert.equal(view.at(-index), model.at(-index));
        break;
      case 6:
        if (next.below(100) === 0) {
          const [from, to] = [next.below(model.length + 10) - 5, next.below(model.length + 10) - 5];
          assert.deepEqual([...view.slice(from, to)], model.slice(from, to));
          const both = view.concat(view.slice(0, 50), ['x', i]);
          assert.deepEqual([...both], model.concat(model.slice(0, 50), ['x', i]));
        }
        break;
      default:
        if (model.length > 3000) {
          view = view.slice(1000);
          model = model.slice(1000);
          peer = peer.slice(1000);
        }
    }
    assert.equal(view.length, model.length);
    if (i % 5000 === 0) {
      assert.deepEqual([...view], model);
      assert.deepEqual(view.toJS(), peer.toJS());
      held.push([view, [...model]]);
    }
  }
  for (const [old, then] of held) assert.deepEqual(old.toJS(), then);
});

test('lists and queues do as Array', (t) => {
  const next = random(t);
  const domain = freshDomain(t);
  let stack = domain.value(list([]));
  let line = domain.value(queue([]));
  const stackModel = [];
  const lineModel = [];
  for (let i = 0; i < operations; ++i) {
    if (next.below(5) < 3 || stackModel.length === 0) {
      stack = stack.unshift(i);
      stackModel.unshift(i);
      line = line.push(i);
      lineModel.push(i);
    } else {
      assert.equal(stack.first(), stackModel[0]);
      assert.equal(line.first(), lineModel[0]);
      stack = stack.shift();
      stackModel.shift();
      line = line.shift();
      lineModel.shift();
    }
    if (stackModel.length > 200) {
      stack = domain.value(list([]));
      stackModel.length = 0;
      line = domain.value(queue([]));
      lineModel.length = 0;
    }
    assert.equal(stack.size, stackModel.length);
    if (i % 1000 === 0) {
      assert.deepEqual([...stack], stackModel);
      assert.deepEqual([...line], lineModel);
    }
  }
});

test('any nested value comes back as it went in, and equals its copy', (t) => {
  const next = random(t);
  const domain = freshDomain(t);
  const scalar = () =>
    next.pick([
      () => next.below(1000) - 500,
      () => (next() - 0.5) * 2 ** next.below(80),
      () => 'x'.repeat(next.below(40)),
      () => 'ü\u{1f600}\u0000'.repeat(next.below(200)),
      () => BigInt(Math.floor(next() * 2 ** 53)) ** 3n,
      () => 2n ** 62n + BigInt(next.below(9)),
      () => keyword(`k${next.below(30)}`),
      () => next() < 0.5,
      () => null,
      () => new Date(next.below(2 ** 31) * 1000),
      () => Uint8Array.from({ length: next.below(600) }, () => next.below(256)),
    ])();
  const value = (depth) => {
    if (depth === 0 || next.below(4) === 0) return scalar();
    const size = next.below(8);
    switch (next.below(3)) {
      case 0: return Array.from({ length: size }, () => value(depth - 1));
      case 1: return Object.fromEntries(Array.from({ length: size }, (_, i) => [`key ${i}`, value(depth - 1)]));
      default: return new Map(Array.from({ length: size + 1 }, (_, i) => [i * 3, value(depth - 1)]));
    }
  };
  for (let i = 0; i < operations / 100; ++i) {
    const made = [value(5)];
    const view = domain.value(made);
    assert.deepEqual(view.toJS(), made);
    assert.ok(view.equals(made));
    assert.equal(view.hashCode(), domain.value(made).hashCode());
    const text = String(view);
    assert.ok(domain.read(text).equals(view), text);
  }
});
