import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommandLine } from './run-command-line.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const SOUND = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'adder', version: '1.2.0', author: 'Ada', description: 'Adds numbers.', compatibleVersions: '^1.0.0',
  tools: { add: { description: 'Adds two numbers', parameters: { type: 'object' }, execute: () => ({ success: true, data: 3 }) } },
  hooks: { BEFORE_TOOL_CALL: { mode: 'validate', handle: () => undefined } },
});
`;

async function check(files: Record<string, string>) {
  await using folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  return await runCommandLine(['plugin', 'check', ...Object.keys(files)], { cwd: folder.path });
}

test('a sound plugin is summed up', async () => {
  expect(await check({ 'adder.ts': SOUND })).toEqual({
    code: 0,
    err: '',
    out: [
      '✓ adder.ts: adder 1.2.0 by Ada',
      '  about       Adds numbers.',
      '  tools       add: Adds two numbers',
      '  hooks       BEFORE_TOOL_CALL: validate, priority 100, at most 1000 ms, closed on failure',
      '  works with  Hookline ^1.0.0',
      '',
    ].join('\n'),
  });
});

test('every finding is shown at its place, with a hint', async () => {
  const { code, out } = await check({ 'bad.ts': "import fs from 'node:fs';\n\tconst home = process.env.HOME;\n" });
  expect(code).toBe(1);
  expect(out).toMatch(
    /^bad\.ts:1:1 error [\w-]+: .*node:fs.*\n {2}1 \| import fs from 'node:fs';\n {4}\| \^\n {4}= ./m,
  );
  expect(out).toMatch(
    /^bad\.ts:2:15 error [\w-]+: .*process.*\n {2}2 \| \tconst home = process\.env\.HOME;\n {4}\| \t {13}\^$/m,
  );
  expect(out).toMatch(/✗ bad\.ts: PLUGIN_VALIDATION_FAILED, \d problems\n$/);
});

test('wrong metadata is shown by pointer', async () => {
  const { code, out } = await check({ 'adder.ts': SOUND.replace("'1.2.0'", "'one'") });
  expect(code).toBe(1);
  expect(out).toMatch(/^adder\.ts error metadata at \/metadata\/version: .+\n/);
});

test('a name that is not the file name is a problem', async () => {
  const { code, out } = await check({ 'other.ts': SOUND });
  expect(code).toBe(1);
  expect(out).toContain('other.ts error metadata at /metadata/name: ');
});

test('a plugin that takes part in all hooks gets a warning and passes', async () => {
  const { code, out } = await check({
    'all.js': `import { BasePlugin } from 'hookline/sdk';
export default class All extends BasePlugin {
  metadata = { name: 'all', version: '1.0.0', author: 'Ada', description: 'Takes part.' };
  handleHook() {}
}`,
  });
  expect(code).toBe(0);
  expect(out).toMatch(/^all\.js:\d+:\d+ warning /);
  expect(out).toContain('✓ all.js: all 1.0.0 by Ada, 1 warning\n');
});

test('one bad file among good ones fails the run, and all are shown', async () => {
  const { code, out } = await check({ 'adder.ts': SOUND, 'broken.ts': 'export default {' });
  expect(code).toBe(1);
  expect(out).toContain('✓ adder.ts');
  expect(out).toContain('✗ broken.ts');
});

test('a file that is not there is said in a sentence', async () => {
  const result = await runCommandLine(['plugin', 'check', 'nope.ts']);
  expect(result).toEqual({ code: 1, out: '', err: 'There is no file nope.ts.\n' });
});
