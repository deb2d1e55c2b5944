// The ClojureScript face, on the two hosts that npm has: nbb and cherry run the same program.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { addonFile } from '../lib/addon_file.js';

const here = fileURLToPath(new URL('..', import.meta.url));

// A project that has yin-vm and the host among its packages.
function project(t, host) {
  const directory = mkdtempSync(join(tmpdir(), 'yin-cljs-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const modules = join(directory, 'node_modules');
  mkdirSync(modules);
  symlinkSync(here, join(modules, 'yin-vm'));
  symlinkSync(join(here, 'node_modules', host), join(modules, host));
  cpSync(join(here, 'test/cljs/app.cljs'), join(directory, 'app.cljs'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  return directory;
}
const run = (cwd, ...words) =>
  execFileSync(process.execPath, words, { cwd, encoding: 'utf8', env: { ...process.env, YIN_NODE_ADDON: addonFile() } });

test('nbb', (t) => {
  const directory = project(t, 'nbb');
  const nbb = join(here, 'node_modules/nbb/cli.js');
  assert.equal(run(directory, nbb, '--classpath', `.:${join(here, 'cljs')}`, 'app.cljs').trim(), 'all is well');
});

test('cherry', async (t) => {
  const directory = project(t, 'cherry-cljs');
  const { compileString } = await import('cherry-cljs/lib/compiler.js');
  const compile = (from, to) => writeFileSync(to, compileString(readFileSync(from, 'utf8')));
  compile(join(here, 'cljs/yin/core.cljs'), join(directory, 'yin.core.mjs'));
  compile(join(directory, 'app.cljs'), join(directory, 'app.mjs'));
  const text = readFileSync(join(directory, 'app.mjs'), 'utf8').replaceAll(/(['"])yin\.core\1/g, '"./yin.core.mjs"');
  writeFileSync(join(directory, 'app.mjs'), text);
  assert.equal(run(directory, 'app.mjs').trim(), 'all is well');
});
