// node scripts/stage.mjs DIRECTORY [ADDON [WASM]]
//
// Puts the package together as it is published: lib and types, the addon of this platform, stripped, where
// the package looks for it, the WebAssembly module if there is one, ClojureScript compiled, and the sources for
// platforms without an addon.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [to, addon = process.env.YIN_NODE_ADDON, wasm = process.env.YIN_WASM] = process.argv.slice(2);
if (to === undefined || addon === undefined) {
  console.error('usage: node scripts/stage.mjs DIRECTORY ADDON');
  process.exit(2);
}
const root = fileURLToPath(new URL('../../../', import.meta.url));
const here = join(root, 'bindings/node');

mkdirSync(to, { recursive: true });
for (const part of ['lib', 'types', 'cljs', 'README.md']) cpSync(join(here, part), join(to, part), { recursive: true });
cpSync(join(root, 'LICENSE'), join(to, 'LICENSE'));
mkdirSync(join(to, 'scripts'), { recursive: true });
cpSync(join(here, 'scripts/install.cjs'), join(to, 'scripts/install.cjs'));

const manifest = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
delete manifest.devDependencies;
delete manifest.scripts.test;
writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);

const libc = process.platform !== 'linux' ? '' : existsSync('/etc/alpine-release') ? '.musl' : '.glibc';
const prebuilt = join(to, 'prebuilds', `${process.platform}-${process.arch}`, `yin-vm${libc}.node`);
mkdirSync(join(prebuilt, '..'), { recursive: true });
execFileSync('strip', ['-x', '-S', '-o', prebuilt, addon]);

if (wasm !== undefined) cpSync(wasm, join(to, 'lib/wasm/yin.wasm')); // of the preset wasm

// For hosts that take JavaScript: what cherry makes of the ClojureScript.
const { compileString } = await import('cherry-cljs/lib/compiler.js');
const clojure = readFileSync(join(here, 'cljs/yin/core.cljs'), 'utf8');
writeFileSync(join(to, 'cljs/yin/core.mjs'), compileString(clojure));

// Tests, documents and other bindings are not needed to build the addon.
const sources = [
  'CMakeLists.txt', 'LICENSE', 'cmake', 'substrate', 'dao', 'ast', 'vm', 'scheduler', 'bindings', 'wasm',
];
const others = ['node_modules', 'build', 'lib', 'types', 'cljs', 'test', 'scripts'];
for (const source of sources) {
  if (!existsSync(join(root, source))) continue;
  cpSync(join(root, source), join(to, 'source', source), {
    recursive: true,
    filter: (path) => !others.includes(basename(path)),
  });
}
