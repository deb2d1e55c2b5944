// Where the addon is: as node-gyp-build has it, in prebuilds/<platform>-<arch>, or built here.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

function libc() {
  if (process.platform !== 'linux') return '';
  return existsSync('/etc/alpine-release') ? '.musl' : '.glibc';
}

export function addonFile() {
  const platform = `${process.platform}-${process.arch}`;
  const places = [
    process.env.YIN_NODE_ADDON && resolve(process.env.YIN_NODE_ADDON),
    here('build/Release/yin_node.node'),
    here(`prebuilds/${platform}/yin-vm${libc()}.node`),
  ];
  const found = places.find((place) => place && existsSync(place));
  if (found === undefined) {
    const how = `'npm rebuild yin-vm' builds one (CMake and g++ 12 or later)`;
    const error = new Error(`yin-vm has no addon for ${platform}; ${how}`);
    error.code = 'ERR_YIN_NO_ADDON';
    throw error;
  }
  return found;
}
