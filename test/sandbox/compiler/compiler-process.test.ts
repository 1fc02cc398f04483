import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { openSandbox } from '../rig.ts';
import { withDefaultExport } from './compile.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

const PLAIN = { name: 'plain', language: 'ts', text: withDefaultExport('const a: number = 1;') } as const;

test.each([
  ['250 KiB of a;', 'a;'.repeat(128_000)],
  ['1,000 nested parentheses', `x = ${'('.repeat(1_000)}1${')'.repeat(1_000)}`],
  ['a chain of 20,000 terms', `x = 1${'+1'.repeat(20_000)}`],
  ['10,000 nested types', `let x: ${'A<'.repeat(10_000)}B${'>'.repeat(10_000)}`],
  ['60,000 comments', '/**/'.repeat(60_000)],
  ['an endless template', `x = \`${'${`'.repeat(10_000)}`],
  ['50 MB', 'x'.repeat(50_000_000)],
])('a bomb (%s) is refused, and the next source is read', async (_name, text) => {
  const bomb = await sandbox.compile({ name: 'bomb', language: 'ts', text });
  expect(bomb).toMatchObject({ success: false, problem: { code: 'PLUGIN_VALIDATION_FAILED' } });
  expect(await sandbox.compile(PLAIN)).toMatchObject({ success: true, compiled: { name: 'plain' } });
});

test('sources compiled at the same time get their own answers', async () => {
  const names = ['one', 'two', 'three', 'four'];
  const results = await Promise.all(names.map((name) => sandbox.compile({ ...PLAIN, name })));
  expect(results.map((result) => result.success && result.compiled.name)).toEqual(names);
});

test('findings keep their places through the process', async () => {
  const answer = await sandbox.compile({ ...PLAIN, text: "export default class {}\n  import 'fs';" });
  expect(answer).toMatchObject({
    problem: { findings: [{ rule: 'import-forbidden', line: 2, column: 3, hint: expect.any(String) as string }] },
  });
});
