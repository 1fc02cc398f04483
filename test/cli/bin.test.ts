import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const BIN = resolve('bin/hookline.js');
const inside = resolve('node_modules');

/** A Node of this machine's own, of any version. */
const systemNode = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find((file) => existsSync(file) && !realpathSync(file).startsWith(inside));

test('the command runs on Node 26', () => {
  expect(execFileSync('node', [BIN, '--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.skipIf(systemNode === undefined)('the command runs when an older Node starts it, from any folder', () => {
  const run = (...args: string[]) =>
    execFileSync(systemNode ?? '', [BIN, ...args], { encoding: 'utf8', cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  expect(run('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(() => run('no-such-command')).toThrow(expect.objectContaining({ status: 2 }) as Error);
});
