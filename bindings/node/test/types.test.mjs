// The types, by the compiler: what they allow and what they refuse.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

test('the declarations are strict, and say what the tests of them expect', () => {
  try {
    execFileSync(process.execPath, [here('../node_modules/typescript/bin/tsc'), '-p', here('types')], { encoding: 'utf8' });
  } catch (error) {
    assert.fail(error.stdout);
  }
});

test('all that is exported is declared, and nothing else', async () => {
  const library = await import('../lib/node.js');
  const { readFileSync } = await import('node:fs');
  const text = readFileSync(here('../types/index.d.ts'), 'utf8');
  const declared = [...text.matchAll(/^export (?:class|function|const) (\w+)/gm)].map((match) => match[1]);
  assert.deepEqual([...new Set(declared)].sort(), Object.keys(library).filter((n) => n !== 'default').sort());
});
