// node:test, without the tests of what only processes and files have.

import * as runner from 'node:test';

const elsewhere = [
  /agents run/, // not in pages yet
  /another process|in one process/,
  /a program ends/,
  /modes: create, join, read-only/, // a name is found, there is no file
  /a file that is no domain/,
  /two copies of the library/,
  /a process that is killed/,
  /out of space/,
  /through a million swaps/, // in one task: node.test.mjs has it with scopes
  /make the engine collect/, // in one task, as before
];

export * from 'node:test';
export const test = Object.assign(
  (name, ...rest) => (elsewhere.some((pattern) => pattern.test(name)) ? runner.skip(name) : runner.test(name, ...rest)),
  runner.test,
);
export default test;
