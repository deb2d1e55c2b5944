// The example application, in its test mode.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the dashboard shows every order of four processes', () => {
  const program = fileURLToPath(new URL('../../../examples/dashboard/dashboard.mjs', import.meta.url));
  const printed = execFileSync(process.execPath, [program, '--test'], { encoding: 'utf8' });
  assert.match(printed, /every order is there/);
});
