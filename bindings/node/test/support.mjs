// What the tests share: domains in a directory of their own, random numbers with a printed seed, effort.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { f64, port } from '../lib/mailbox.js';
import { open } from '../lib/node.js';

const directory = mkdtempSync(join(tmpdir(), 'yin-node-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

let made = 0;
export const freshPath = () => join(directory, `${process.pid}-${made++}.yin`);

/** A domain that is closed and gone when the test is over. */
export function freshDomain(test, options) {
  const path = freshPath();
  const domain = open(path, { capacity: 1 << 30, ...options });
  test.after(() => {
    domain.close();
    rmSync(path, { force: true });
  });
  return domain;
}

/** How often a random test goes round: YIN_TEST_PERCENT of the usual. */
export const times = (usual) => Math.max(1, Math.round((usual * Number(process.env.YIN_TEST_PERCENT ?? 100)) / 100));

/** Mulberry32, with the seed said where the test fails. */
export function random(test) {
  const seed = Number(process.env.YIN_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  test.diagnostic(`seed ${seed} (YIN_TEST_SEED)`);
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  next.below = (n) => Math.floor(next() * n);
  next.pick = (items) => items[next.below(items.length)];
  return next;
}

const collectNow = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
})();

/** Collects until `done()`, and lets what the engine tells of it be heard. Fails if that is not before long. */
export async function collectUntil(done, what) {
  for (let i = 0; i < 100; ++i) {
    collectNow();
    await new Promise((resolve) => setImmediate(resolve));
    if (done()) return;
  }
  assert.fail(`not after a hundred collections: ${what()}`);
}

/** How many handles, iterators and watches there are. */
export function holdings() {
  port.holdings();
  return { handles: f64[16], iterators: f64[17], watches: f64[18] };
}
