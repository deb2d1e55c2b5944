// What does it cost to hand an AST of 10,000 nodes to another process? Beside what structuredClone and JSON cost
// before anything is sent. And how long after a commit of another process is a watch's callback called?
//
//   YIN_NODE_ADDON=build/release/yin_node.node node bench/node/hand_over.mjs

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { open } from '../../bindings/node/lib/node.js';
import { path, percentile, print, time, use } from './support.mjs';

function tree(depth) {
  const node = { type: depth > 0 ? 'call' : 'literal', line: depth, column: 7, text: `node at depth ${depth}` };
  if (depth > 0) node.arguments = Array.from({ length: depth > 6 ? 3 : 4 }, () => tree(depth - 1));
  return node;
}

const now = () => Number(process.hrtime.bigint()); // one clock for all processes

if (process.argv[2] !== undefined) {
  // The other process: answers each token with when it had the value in hand.
  const domain = open(process.argv[2]);
  const clock = domain.atom('clock', 0);
  process.on('message', (message) => {
    if (message.token) {
      const from = now();
      const ast = domain.take(message.token);
      const type = ast.get('type');
      process.send({ taken: now() - from, type, at: now() });
    } else if (message.tick) {
      clock.reset(now());
    } else {
      domain.close();
      process.disconnect();
    }
  });
  process.send({ ready: true });
} else {
  const ast = tree(6); // 4^6 leaves and what is above them
  ast.more = tree(6);
  const size = JSON.stringify(ast).length;
  const file = path('ast.yin');
  const domain = open(file);
  const view = domain.value(ast);
  const clock = domain.atom('clock', 0);
  const child = fork(new URL(import.meta.url), [file], { serialization: 'advanced' });
  await once(child, 'message');

  const shares = [];
  const takes = [];
  const trips = [];
  for (let i = 0; i < 300; ++i) {
    const from = now();
    const token = domain.share(view);
    const shared = now();
    child.send({ token });
    const [{ taken, at }] = await once(child, 'message');
    shares.push(shared - from);
    takes.push(taken);
    trips.push(at - from);
  }
  const ours = (percentile(shares, 0.5) + percentile(takes, 0.5)) / 1e6;
  const cloned = time(1, () => use(structuredClone(ast)), 15) / 1e6;
  const text = time(1, () => use(JSON.parse(JSON.stringify(ast))), 15) / 1e6;
  print('node', 'share and take', size, ours, 'ms', 'structuredClone', cloned);
  print('node', 'share and take', size, ours, 'ms', 'JSON', text);
  print('node', 'the same with the message, p50', size, percentile(trips, 0.5) / 1e6, 'ms');

  const late = [];
  let seen;
  const watch = clock.watch((at) => {
    late.push(now() - at);
    seen();
  });
  for (let i = 0; i < 500; ++i) {
    const next = new Promise((resolve) => { seen = resolve; });
    child.send({ tick: true });
    await next;
  }
  watch.stop();
  print('node', 'commit elsewhere to callback, p50', 1, percentile(late, 0.5) / 1e3, 'us');
  print('node', 'commit elsewhere to callback, p99', 1, percentile(late, 0.99) / 1e3, 'us');
  child.send({ end: true });
  await once(child, 'exit');
  domain.close();
}
