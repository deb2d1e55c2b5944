// Streams and agents.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { YinMap } from '../lib/node.js';
import { freshDomain } from './support.mjs';

test('a stream gives each item in order; who writes waits while it is full', async (t) => {
  const domain = freshDomain(t);
  const stream = domain.stream('s', { capacity: 3 });
  const writing = (async () => {
    for (let i = 0; i < 100; ++i) await stream.put({ i });
    stream.close();
  })();
  const seen = [];
  for await (const item of stream) {
    assert.ok(item instanceof YinMap);
    seen.push(item.get('i'));
  }
  await writing;
  assert.deepEqual(seen, Array.from({ length: 100 }, (_, i) => i));
  await assert.rejects(stream.put(1), { code: 'ERR_YIN_END' });
});

test('who share a cursor share the items', async (t) => {
  const domain = freshDomain(t);
  const stream = domain.stream();
  const cursor = stream.cursor();
  assert.ok(cursor.stream.equals(stream));
  const seen = [];
  const readers = [0, 1, 2].map(async () => {
    for await (const item of cursor) seen.push(item);
  });
  for (let i = 0; i < 50; ++i) await stream.put(i);
  stream.close();
  await Promise.all(readers);
  assert.deepEqual(seen.sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => i));
});

test('a wait ends with its signal', async (t) => {
  const domain = freshDomain(t);
  const stream = domain.stream('s', { capacity: 1 });
  const cursor = stream.cursor();
  const stop = new AbortController();
  const waiting = cursor.next({ signal: stop.signal });
  stop.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  await stream.put(1);
  await assert.rejects(stream.put(2, { signal: AbortSignal.timeout(5) }), { name: 'TimeoutError' });
});

test('agents run while they are served, and share atoms and streams', async (t) => {
  const domain = freshDomain(t);
  const server = domain.serve({ threads: 1 });
  const sums = domain.atom('sums', null);
  const agent = domain.spawn('(def sums (atom 0 "sums")) (swap! sums (fn [_] (reduce + (range 101))))');
  await agent.done();
  assert.equal(agent.state, 'done');
  assert.equal(sums.deref(), 5050);
  const failing = domain.spawn('(+ 1 :a)', { file: 'bad.clj' });
  await assert.rejects(failing.done(), { code: 'ERR_YIN_AGENT' });
  assert.equal(failing.state, 'failed');
  for (let i = 0; i < 200; i += 1) await domain.spawn('1').done(); // some end just before they are watched
  assert.throws(() => domain.spawn('(let [x'), { code: 'ERR_YIN_INVALID_ARGUMENT' });
  await server.stop();
  await server.stop();
});
