// Bad use: clear errors in the language's own style, and nothing is lost.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, openSync, readFileSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  Character, Double, Ratio, TaggedLiteral, UUID, View, YinError, YinMap, keyword, open, remove, symbol,
} from '../lib/node.js';
import { addonFile } from '../lib/addon_file.js';
import { freshDomain, freshPath } from './support.mjs';

const library = new URL('../lib/node.js', import.meta.url).href;

test('a closed domain says so, whatever is asked', async (t) => {
  const domain = freshDomain(t);
  const atom = domain.atom('a', { n: [1, 2] });
  const view = atom.deref();
  const snapshot = domain.snapshot();
  const stream = domain.stream('s');
  const iterator = view[Symbol.iterator]();
  const changes = atom.watch();
  const next = changes.next();
  domain.close();
  domain.close();
  const closed = { name: 'YinError', code: 'ERR_YIN_CLOSED' };
  for (const use of [
    () => atom.deref(), () => atom.swap((x) => x), () => atom.reset(1), () => view.get('n'), () => [...view],
    () => view.set('n', 1), () => view.size, () => String(view), () => snapshot.deref(atom), () => domain.atom('a'),
    () => domain.atoms(), () => domain.stat(), () => domain.read('1'), () => domain.snapshot(), () => atom.watch(),
    () => stream.tryPut(1), () => domain.transact((tx) => tx.deref(atom)), () => domain.delete('a'),
  ]) {
    assert.throws(use, closed, String(use));
  }
  await assert.rejects(domain.flushed(), closed);
  await assert.rejects(domain.verify(), closed);
  assert.deepEqual(await next, { value: undefined, done: true });
  iterator.return();
  assert.equal(domain.closed, true);
});

test('wrong types are TypeErrors with a code', (t) => {
  const domain = freshDomain(t);
  const atom = domain.atom('a', { v: [1], s: 'text' });
  const wrong = { name: 'TypeError', code: 'ERR_YIN_WRONG_TYPE' };
  const view = atom.deref();
  for (const use of [
    () => open(42), () => open(null), () => domain.atom(''), () => domain.atom(7), () => atom.swap('no function'),
    () => domain.read(1), () => atom.watch({ mode: 1 }), () => domain.resolve({}), () => domain.take('x'),
    () => domain.transact(), () => view.setAll([1]), () => view.get('v').concat(5), () => new View(),
    () => view.get(undefined), () => view.set(() => 1, 2), () => keyword(''), () => new UUID('x'),
    () => domain.value(new Date(NaN)), () => open(freshPath(), { mode: 'no such' }), () => view.updateIn(['s', 'x'], (x) => x),
    () => open(freshPath(), { durability: 'sometimes' }), () => open(freshPath(), { capacity: -1 }),
  ]) {
    assert.throws(use, (error) => error instanceof TypeError || error instanceof RangeError, String(use));
  }
  assert.throws(() => atom.reset(undefined), wrong);
  assert.throws(() => view.get('v').set(5, 1), { name: 'RangeError', code: 'ERR_YIN_OUT_OF_RANGE' });
  assert.throws(() => domain.value([]).pop(), { name: 'RangeError', code: 'ERR_YIN_OUT_OF_RANGE' });
  assert.throws(() => domain.read('{:a'), { name: 'YinError', code: 'ERR_YIN_INVALID_ARGUMENT', message: /line 1/ });
  domain.stream('a stream');
  assert.throws(() => domain.atom('a stream'), wrong);
  assert.throws(() => domain.rename('no such', 'x'), { code: 'ERR_YIN_NOT_FOUND' });
  assert.throws(() => domain.delete('no such'), { code: 'ERR_YIN_NOT_FOUND' });
  assert.equal(atom.deref(), view);
});

test('a disposed view says so; what was not disposed stays', (t) => {
  const domain = freshDomain(t);
  const atom = domain.atom('a', { inner: { x: 1 } });
  const view = atom.deref();
  const inner = view.get('inner');
  const kept = inner.keep();
  view[Symbol.dispose]();
  view[Symbol.dispose]();
  const released = { code: 'ERR_YIN_RELEASED' };
  assert.throws(() => view.get('inner'), released);
  assert.throws(() => inner.get('x'), released);
  assert.throws(() => domain.value([inner]), released);
  assert.equal(kept.get('x'), 1);
  assert.equal(atom.deref().getIn(['inner', 'x']), 1, 'the atom gives a new view');
});

test('modes: create, join, read-only', (t) => {
  const path = freshPath();
  assert.throws(() => open(path, { mode: 'join' }), { code: 'ERR_YIN_NOT_FOUND' });
  const domain = open(path, { mode: 'create' });
  domain.atom('a', { n: 1 });
  assert.throws(() => open(path, { mode: 'create' }), { code: 'ERR_YIN_ALREADY_EXISTS' });
  domain.close();
  const looking = open(path, { mode: 'read-only' });
  t.after(() => looking.close());
  assert.equal(looking.readOnly, true);
  assert.equal(looking.atom('a').deref().get('n'), 1);
  assert.throws(() => looking.atom('a').reset(1), (error) => error instanceof YinError);
  assert.throws(() => looking.atom('new', 1), (error) => error instanceof YinError);
  looking.close();
  remove(path);
  assert.equal(existsSync(path), false);
});

test('out of space is an error, and what was there is there', async (t) => {
  const domain = freshDomain(t, { capacity: 64 << 20 });
  const atom = domain.atom('a', { kept: true });
  const big = 'x'.repeat(1 << 20);
  let error;
  try {
    for (let i = 0; i < 1000; ++i) atom.swap((m) => m.set(i, `${i}${big}`));
  } catch (caught) {
    error = caught;
  }
  assert.equal(error?.code, 'ERR_YIN_NO_SPACE', error?.stack);
  const view = atom.deref();
  assert.equal(view.get('kept'), true);
  assert.equal(view.get(0).length, big.length + 1);
  await domain.verify();
});

test('a file that is no domain, a damaged one, one of a newer format', (t) => {
  const path = freshPath();
  writeFileSync(path, 'no domain at all'.repeat(1000));
  assert.throws(() => open(path), { name: 'YinError', code: /ERR_YIN_(DAMAGED|FORMAT)/ });
  const good = freshPath();
  const domain = open(good, { capacity: 1 << 26 });
  domain.atom('a', 1);
  domain.close();
  // The format's number is the 32 bits behind the magic number; docs/format.md.
  const copy = `${good}.newer`;
  copyFileSync(good, copy);
  const header = readFileSync(copy).subarray(0, 64);
  const file = openSync(copy, 'r+');
  for (let at = 8; at < 16; at += 4) {
    if (header.readUInt32LE(at) > 0 && header.readUInt32LE(at) < 100) {
      const newer = Buffer.alloc(4);
      newer.writeUInt32LE(99);
      writeSync(file, newer, 0, 4, at);
      break;
    }
  }
  closeSync(file);
  assert.throws(() => open(copy), { name: 'YinError', code: /ERR_YIN_(FORMAT|DAMAGED)/ });
});

test('two copies of the library share one file', async (t) => {
  const path = freshPath();
  const domain = open(path);
  t.after(() => domain.close());
  const copy = `${path}.node`;
  copyFileSync(addonFile(), copy);
  const atom = domain.atom('a', { n: 1 });
  const script = `
    process.env.YIN_NODE_ADDON = ${JSON.stringify(copy)};
    const { open } = await import(${JSON.stringify(library)});
    const domain = open(${JSON.stringify(path)});
    domain.atom('a').swap((m) => m.set('n', m.get('n') + 1));
    domain.close();`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(atom.deref().get('n'), 2);
  // and within one process: the addon once more, under another name
  const second = createRequire(import.meta.url)(copy);
  const mailbox = new ArrayBuffer(65536);
  second.setMailbox(mailbox);
  const integers = new Int32Array(mailbox);
  new Float64Array(mailbox)[5] = -1;
  second.open(path);
  assert.equal(integers[16], 4, 'it opens');
  integers[0] = integers[17];
  second.close();
  await domain.verify();
});

test('a process that is killed loses nothing that was committed', (t) => {
  const path = freshPath();
  const script = `
    const { open } = await import(${JSON.stringify(library)});
    const domain = open(${JSON.stringify(path)});
    const atom = domain.atom('a', { n: 0 });
    for (let i = 0; i < 1000; ++i) atom.swap((m) => m.set('n', i + 1));
    process.kill(process.pid, 'SIGKILL');`;
  assert.throws(() => execFileSync(process.execPath, ['--input-type=module', '-e', script]), { signal: 'SIGKILL' });
  const domain = open(path);
  t.after(() => domain.close());
  assert.equal(domain.atom('a').deref().get('n'), 1000);
});

test('every kind of value has a type, and back', (t) => {
  const domain = freshDomain(t);
  const values = [
    null, true, false, 0, -1, 2 ** 53 - 1, 2n ** 62n, -(2n ** 63n), 2n ** 100n, 0.1, -0, NaN, Infinity, '', 'text',
    'x'.repeat(100_000), 'ü'.repeat(5000), new Character('ü'), keyword('a'), keyword('a', 'b'), symbol('s/t'),
    new Date(0), new UUID('00112233-4455-6677-8899-aabbccddeeff'), new Uint8Array([0, 255]), new Uint8Array(5000),
    new Ratio(1, 3), new TaggedLiteral('my/tag', 'v'), new TaggedLiteral('my/tag', new TaggedLiteral('b', 'x'.repeat(500))),
  ];
  for (const value of values) assert.deepEqual(domain.value(value), value);
  assert.deepEqual(domain.value(values).toJS(), values);
  assert.equal(domain.value(new Double(1)), 1);
  assert.equal(domain.print(new Double(1)), '1.0');
  assert.equal(domain.print(1), '1');
  assert.equal(domain.value(2n ** 40n), 2 ** 40, 'integers that are safe are numbers');
  assert.equal(domain.value(1n), 1);
  const tagged = domain.value(new TaggedLiteral('t', { a: 1 }));
  assert.ok(tagged.value instanceof YinMap);
  const withMeta = domain.value([1]).withMeta({ doc: 'd' });
  assert.deepEqual(withMeta.meta().toJS(), { doc: 'd' });
  assert.ok(withMeta.equals([1]));
  assert.ok(domain.compare(1, 2) < 0);
  const other = freshDomain(t);
  const copied = other.value({ nested: domain.value({ a: [1, 'long long long text'] }).withMeta({ m: 1 }) });
  assert.deepEqual(copied.toJS(), { nested: { a: [1, 'long long long text'] } });
  assert.equal(copied.get('nested').meta().get('m'), 1);
  assert.throws(() => other.value([domain.atom('x')]), TypeError);
});
