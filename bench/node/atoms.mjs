// What do a look-up and a swap of one key cost from Node, in a map of so many keys? Beside Immutable.js in a
// variable of one process, lmdb-js (if it is installed), and a call of the addon that does nothing.
//
//   YIN_NODE_ADDON=build/release/yin_node.node node bench/node/atoms.mjs

import { open } from '../../bindings/node/lib/node.js';
import { port } from '../../bindings/node/lib/mailbox.js';
import { path, peer, print, time, use } from './support.mjs';

const immutable = await peer('immutable');
const lmdb = await peer('lmdb');

const nop = time(1e6, (n) => {
  for (let i = 0; i < n; ++i) port.nop();
});
print('node', 'a call that does nothing', 1, nop, 'ns');

for (const size of [1e3, 1e5]) {
  const domain = open(path(`${size}.yin`));
  const object = Object.fromEntries(Array.from({ length: size }, (_, i) => [`key${i}`, i]));
  const keys = Array.from({ length: 4096 }, (_, i) => `key${(i * 7919) % size}`);
  const atom = domain.atom('map', object);
  const peers = { map: immutable ? immutable.Map(object) : undefined };
  let store;
  if (lmdb !== undefined) {
    store = lmdb.open({ path: path(`${size}.lmdb`), noSync: true });
    store.transactionSync(() => {
      for (const key of Object.keys(object)) store.put(key, object[key]);
    });
  }
  const looked = time(3e5, (n) => {
    for (let i = 0; i < n; ++i) use(atom.deref().get(keys[i & 4095]));
  });
  print('node', 'deref and get', size, looked, 'ns', 'nop', nop);
  if (peers.map) {
    const theirs = time(3e5, (n) => {
      for (let i = 0; i < n; ++i) use(peers.map.get(keys[i & 4095]));
    });
    print('node', 'deref and get', size, looked, 'ns', 'Immutable.js', theirs);
  }
  if (store) {
    const theirs = time(3e5, (n) => {
      for (let i = 0; i < n; ++i) use(store.get(keys[i & 4095]));
    });
    print('node', 'deref and get', size, looked, 'ns', 'lmdb-js', theirs);
  }

  const swapped = time(1e5, (n) => {
    for (let i = 0; i < n; ++i) atom.swap((map) => map.set(keys[i & 4095], i));
  });
  print('node', 'swap of one key', size, swapped, 'ns');
  if (peers.map) {
    const theirs = time(1e5, (n) => {
      for (let i = 0; i < n; ++i) peers.map = peers.map.set(keys[i & 4095], i);
    });
    print('node', 'swap of one key', size, swapped, 'ns', 'Immutable.js', theirs);
  }
  if (store) {
    const theirs = time(1e4, (n) => {
      for (let i = 0; i < n; ++i) store.putSync(keys[i & 4095], i);
    }, 3);
    print('node', 'swap of one key', size, swapped, 'ns', 'lmdb-js putSync, no sync', theirs);
  }
  const counter = domain.atom('counter', 0);
  const counted = time(2e5, (n) => {
    for (let i = 0; i < n; ++i) counter.swap((value) => value + 1);
  });
  print('node', 'swap of a counter', 1, counted, 'ns');

  const view = atom.deref();
  const walked = time(1, () => {
    let sum = 0;
    for (const [, value] of view) sum += value;
    use(sum);
  }) / size;
  const theirs = peers.map ? time(1, () => {
    let sum = 0;
    for (const [, value] of peers.map) sum += value;
    use(sum);
  }) / size : 0;
  print('node', 'iteration, an entry', size, walked, 'ns', 'Immutable.js', theirs);
  const built = time(1, () => use(domain.value(object)), 3) / size;
  const theirsBuilt = immutable ? time(1, () => use(immutable.Map(object)), 3) / size : 0;
  print('node', 'a map of an object, an entry', size, built, 'ns', 'Immutable.js', theirsBuilt);

  // Views that are found in another: what a walk over them costs, what one costs that is asked for by its key.
  const rows = domain.value(new Map(Array.from({ length: size }, (_, i) => [`key${i}`, { i }])));
  const nested = time(1, () => {
    let sum = 0;
    for (const [, row] of rows) sum += row === null ? 0 : 1;
    use(sum);
  }) / size;
  print('node', 'iteration, an entry with a map', size, nested, 'ns', 'with a number', walked);
  const found = time(3e5, (n) => {
    for (let i = 0; i < n; ++i) use(rows.get(keys[i & 4095]));
  });
  print('node', 'get of a map', size, found, 'ns', 'nop', nop);
  domain.close();
  await store?.close();
}
