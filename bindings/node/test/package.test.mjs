// The package as a user gets it: packed, installed into an empty project with no scripts and no compiler.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { addonFile } from '../lib/addon_file.js';

const here = fileURLToPath(new URL('..', import.meta.url));

// node and npm, and nothing else to be found.
function onlyNode(directory) {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const tool of ['sh', 'env']) symlinkSync(join('/usr/bin', tool), join(bin, tool));
  const environment = { ...process.env, PATH: bin, npm_config_update_notifier: 'false' };
  delete environment.YIN_NODE_ADDON;
  return environment;
}

function npmCli() {
  const real = execFileSync('sh', ['-c', 'readlink -f "$(command -v npm)"'], { encoding: 'utf8' }).trim();
  return real;
}

test('npm install of the packed package, offline, without scripts or a compiler', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'yin-package-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const staged = join(directory, 'package');
  execFileSync(process.execPath, [join(here, 'scripts/stage.mjs'), staged, addonFile()]);
  const npm = npmCli();
  const environment = onlyNode(directory);
  const run = (cwd, ...words) => execFileSync(process.execPath, words, { cwd, env: environment, encoding: 'utf8' });
  run(directory, npm, 'pack', '--ignore-scripts', '--silent', staged);
  const tarball = join(directory, 'yin-vm-0.1.0.tgz');
  t.diagnostic(`${statSync(tarball).size} bytes`);

  const project = join(directory, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"name":"empty","version":"1.0.0"}');
  run(project, npm, 'install', '--ignore-scripts', '--offline', '--no-audit', '--no-fund', tarball);
  assert.ok(!existsSync(join(project, 'node_modules/yin-vm/build')));

  const program = `
    const domain = open(process.argv[2]);
    const atom = domain.atom('a', { n: 0 });
    console.log(atom.swap((m) => m.set('n', m.get('n') + 1)).get('n'));
    domain.close();`;
  writeFileSync(join(project, 'esm.mjs'), `import { open } from 'yin-vm';${program}`);
  writeFileSync(join(project, 'cjs.cjs'), `const { open } = require('yin-vm');${program}`);
  const domain = join(directory, 'x.yin');
  assert.equal(run(project, 'esm.mjs', domain).trim(), '1');
  assert.equal(run(project, '--no-warnings', 'cjs.cjs', domain).trim(), '2');
  assert.equal(dirname(run(project, '-p', 'require.resolve("yin-vm")')).endsWith('yin-vm/lib'), true);

  // npm runs this where scripts are allowed: there is nothing to do.
  run(join(project, 'node_modules/yin-vm'), 'scripts/install.cjs');
  assert.ok(!existsSync(join(project, 'node_modules/yin-vm/build')));

  // On a platform without an addon: what to do.
  rmSync(join(project, 'node_modules/yin-vm/prebuilds'), { recursive: true });
  assert.throws(() => run(project, 'esm.mjs', domain), /npm rebuild yin-vm/);
});

test('the sources it carries are all that building the addon needs', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'yin-sources-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const staged = join(directory, 'package');
  execFileSync(process.execPath, [join(here, 'scripts/stage.mjs'), staged, addonFile()]);
  const headers = join(here, 'node_modules/node-api-headers/include');
  const build = join(directory, 'build');
  // Configured here; compiling takes minutes.
  execFileSync('cmake', ['-S', join(staged, 'source'), '-B', build, '-DCMAKE_BUILD_TYPE=Release', '-DYIN_TESTS=OFF',
    '-DYIN_CLI=OFF', '-DYIN_BENCHES=OFF', '-DYIN_INSTALL=OFF', `-DNODE_API_INCLUDE=${headers}`], { stdio: 'pipe' });
  const targets = execFileSync('cmake', ['--build', build, '--target', 'help'], { encoding: 'utf8' });
  assert.match(targets, /yin_node/);
});
