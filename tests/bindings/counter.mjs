// The Node part of the story (tests/bindings/story): counter.c says what it is to do.
//   counter.mjs swap|watch PATH N, counter.mjs tally PATH N NAME

import { open } from '../../bindings/node/lib/node.js';

const [mode, path, count, name] = process.argv.slice(2);
const n = Number(count);
const domain = open(path);
const total = domain.atom('total', 0);

function swapSoOften() {
  for (let i = 0; i < n; ++i) total.swap((now) => now + 1);
  console.log(n);
}

function tally() {
  const mine = domain.atom(name, 0);
  let counting = true;
  while (counting) {
    counting = domain.transact((tx) => {
      const mineNow = tx.deref(mine);
      if (mineNow === n) return false;
      tx.reset(total, tx.deref(total) + 1);
      tx.reset(mine, mineNow + 1);
      return true;
    });
  }
}

async function watch() {
  const changes = total.watch({ mode: 'every' });
  console.log('watching');
  let seen;
  for await (const { before, after } of changes) {
    if (after !== before + 1 || (seen !== undefined && before !== seen)) {
      throw new Error(`from ${before} to ${after}, behind ${seen}`);
    }
    seen = after;
    if (seen >= n) break;
  }
  console.log(`changes to ${seen}`);
}

await { swap: swapSoOften, tally, watch }[mode]();
domain.close();
