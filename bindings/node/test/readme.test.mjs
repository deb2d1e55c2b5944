// Every JavaScript example of README.md is run, and prints what its comments say.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { addonFile } from '../lib/addon_file.js';

const here = fileURLToPath(new URL('..', import.meta.url));
const text = readFileSync(join(here, 'README.md'), 'utf8');
const blocks = [...text.matchAll(/^```js ?(\S*)\n([\s\S]*?)^```/gm)].map(([, name, code]) => ({ name, code }));

// The comments behind calls of console.log: what they print.
function promised(code) {
  return [...code.matchAll(/console\.log\(.*?\/\/ (.*)$/gm)].map((match) => match[1].trim());
}

for (const [i, { name, code }] of blocks.entries()) {
  if (name !== '') continue;
  test(`example ${i + 1}: ${code.split('\n').find((line) => !line.startsWith('import') && line !== '')}`, (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'yin-readme-'));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(here, join(directory, 'node_modules/yin-vm'));
    for (const other of blocks) if (other.name !== '') writeFileSync(join(directory, other.name), other.code);
    writeFileSync(join(directory, 'example.mjs'), code);
    const printed = execFileSync(process.execPath, ['example.mjs'], {
      cwd: directory, encoding: 'utf8', env: { ...process.env, YIN_NODE_ADDON: addonFile() },
    });
    const lines = printed.trim().split('\n');
    for (const promise of promised(code)) {
      const ways = promise.split(/, then |, (?=\d+ ->)/);
      assert.ok(ways.every((way) => lines.includes(way)), `"${promise}" is not in:\n${printed}`);
    }
  });
}

test('there are examples', () => assert.ok(blocks.length >= 8));
