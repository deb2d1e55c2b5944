// What the benches of the Node binding share: timing, and lines as script/bench prints them.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const packages = createRequire(new URL('../../bindings/node/package.json', import.meta.url));

/** A peer, or undefined: it is not installed. */
export async function peer(name) {
  try {
    return await import(pathToFileURL(packages.resolve(name)).href);
  } catch {
    return undefined;
  }
}

const directory = mkdtempSync(join(tmpdir(), 'yin-bench-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
export const path = (name) => join(directory, name);

let sink;
export const use = (value) => {
  sink = value;
};
export const sunk = () => sink;

// Nanoseconds that this thread has run, where the system tells: others on the machine do not count.
function ran() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    return undefined;
  }
}

const exact_ns = 20e6; // the system's account is too coarse for less

/** Nanoseconds of this thread a call: the median of the rounds, each of `times` calls. */
export function time(times, work, rounds = 7) {
  const found = [];
  for (let round = 0; round < rounds; ++round) {
    const before = ran();
    const from = process.hrtime.bigint();
    work(times);
    const wall = Number(process.hrtime.bigint() - from);
    const own = before === undefined || wall < exact_ns ? wall : ran() - before;
    found.push(own / times);
  }
  return found.sort((a, b) => a - b)[rounds >> 1];
}

export const percentile = (samples, p) => samples.sort((a, b) => a - b)[Math.floor((samples.length - 1) * p)];

export function print(bench, name, n, value, unit, peer = '', peerValue = 0) {
  const ratio = peerValue > 0 ? value / peerValue : 0;
  const short = (x) => Number(x.toPrecision(4));
  console.log(JSON.stringify({ bench, case: name, n, value: short(value), unit, peer, peer_value: short(peerValue), ratio: short(ratio) }));
}
