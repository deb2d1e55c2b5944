// Compiled, never run.

import {
  Atom, Domain, Keyword, View, YinMap, YinSet, YinSortedMap, YinVector, keyword, list, open, sortedMap,
} from 'yin-vm';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expect<A>() {
  return { is: <B>(_same: Same<A, B>) => {} };
}

using domain: Domain = open('x.yin', { capacity: 1 << 20, durability: 'commit' });

const counter = domain.atom('counter', 0);
expect<typeof counter>().is<Atom<number>>(true);
counter.swap((n) => n + 1);
counter.swap((n, by) => n + by, 5);
// @ts-expect-error: the rest must fit the function
counter.swap((n: number, by: number) => n + by, 'x');
// @ts-expect-error: undefined cannot be stored
counter.reset(undefined);

const state = domain.atom('state', { title: 'a', done: false });
const title: string | boolean | undefined = state.deref().get('title');
state.swap((map) => map.set('title', 'b'));
// @ts-expect-error: the keys are strings
state.deref().get(5);

const untyped = domain.atom('untyped');
expect<typeof untyped>().is<Atom<any>>(true);

const vector = domain.value([1, 2, 3]);
expect<ReturnType<typeof vector.pop>>().is<YinVector<typeof vector extends YinVector<infer T> ? T : never>>(true);
for (const item of vector) {
  const n: number = item;
  void n;
}
const doubled: number[] = vector.map((n) => n * 2);
const set: YinSet = domain.value(new Set(['a']));
const sorted: YinSortedMap<string, number> = domain.value(sortedMap({ a: 1 }));
for (const [key, value] of sorted.range({ from: 'a', descending: true })) {
  const k: string = key;
  const v: number = value;
  void [k, v];
}
const k: Keyword = keyword('a');
domain.value(list([1, k]));
// @ts-expect-error: views are made by domains
new View();
// @ts-expect-error: no such mode
open('x', { mode: 'write' });

const watch = counter.watch((after, before) => {
  const n: number | undefined = after;
  const b: number = before;
  void [n, b];
});
watch.unref().stop();

async function read() {
  for await (const { before, after } of counter.watch({ signal: AbortSignal.timeout(5), mode: 'every' })) {
    const n: number = before + (after ?? 0);
    void n;
  }
  await domain.flushed();
  await using server = domain.serve({ threads: 2 });
  for await (const item of domain.stream<string>('s', { capacity: 5 })) item.toUpperCase();
  void server;
}

const moved: number = domain.transact((tx) => {
  tx.swap(counter, (n) => n - 1);
  return tx.deref(counter);
});
using snapshot = domain.snapshot();
const then: number = snapshot.deref(counter);
const anything: YinMap = domain.read('{:a 1}');
void [title, doubled, set, read, moved, then, anything];
