// Run by npm: nothing to do where the package has an addon; elsewhere it is built. Not needed where it
// has one: `npm install --ignore-scripts` gives the same.

const { execFileSync } = require('node:child_process');
const { copyFileSync, existsSync, mkdirSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { dirname, join } = require('node:path');

const here = join(__dirname, '..');

async function loads() {
  try {
    await import('../lib/node.js');
    return true;
  } catch (error) {
    if (error.code !== 'ERR_YIN_NO_ADDON') console.error(`yin-vm: ${error.message}`);
    return false;
  }
}

function build() {
  const run = (...words) => execFileSync('cmake', words, { stdio: 'inherit' });
  const to = join(here, 'build');
  run('-S', join(here, 'source'), '-B', to, '-DCMAKE_BUILD_TYPE=Release', '-DYIN_TESTS=OFF',
    '-DYIN_CLI=OFF', '-DYIN_BENCHES=OFF', '-DYIN_INSTALL=OFF',
    `-DNODE_API_INCLUDE=${join(dirname(process.execPath), '../include/node')}`);
  // (Without a number Make starts all compilers at once.)
  run('--build', to, '--target', 'yin_node', '--parallel', String(availableParallelism()));
  mkdirSync(join(to, 'Release'), { recursive: true });
  copyFileSync(join(to, 'yin_node.node'), join(to, 'Release/yin_node.node'));
}

(async () => {
  if (await loads()) return;
  if (!existsSync(join(here, 'source'))) return; // the repository itself
  console.error('yin-vm: there is no addon for this platform; building one, which takes some minutes');
  try {
    build();
  } catch (error) {
    console.error(`yin-vm: could not be built: ${error.message}`);
    console.error('yin-vm: CMake 3.25, g++ 12, and the headers of Boost and xxHash are needed');
    process.exitCode = 1;
  }
})();
