// The Node part of the story (tests/bindings/story): counter.c says what it is to do.
//
//   node counter.mjs swap|watch PATH N, node counter.mjs tally PATH N NAME

import { open } from '../../bindings/node/lib/node.js';

const [mode, path, count, name] = process.argv.slice(2);
const until = Number(count);
const domain = open(path);
const total = domain.atom('total', 0);
const oneMore = (n) => n + 1;

function swapSoOften() {
  for (let i = 0; i < until; ++i) total.swap(oneMore);
  console.log(until);
}

function tally() {
  const mine = domain.atom(name, 0);
  const step = (tx) => {
    if (tx.deref(mine) >= until) return false;
    tx.swap(total, oneMore);
    tx.swap(mine, oneMore);
    return true;
  };
  while (domain.transact(step));
}

async function watch() {
  const changes = total.watch({ mode: 'every', signal: AbortSignal.timeout(600_000) });
  console.log('watching');
  let seen;
  let told = 0;
  for await (const { before, after } of changes) {
    if (after !== before + 1 || (seen !== undefined && before !== seen)) {
      throw new Error(`from ${before} to ${after}, behind ${seen}`);
    }
    seen = after;
    ++told;
    if (seen >= until) break;
  }
  console.log(`${told} changes to ${seen}`);
}

await { swap: swapSoOften, tally, watch }[mode]();
domain.close();
