/** The server's side of the compiler: a child that hangs, dies or lies costs one plugin, and the next is read. */
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { DEFAULT_LIMITS, type SandboxLimits } from '../../src/sandbox/limits.ts';
import { PluginCompiler } from '../../src/sandbox/plugin-compiler.ts';
import type { PluginSource } from '../../src/sandbox/sandbox.ts';
import { wasAsked, type ChildEnd } from '../../src/sandbox/supervised-child.ts';

const onLinux = process.platform === 'linux';
const ends: ChildEnd[] = [];
const openCompiler = (limits: Partial<SandboxLimits>) =>
  new PluginCompiler({
    command: {
      file: process.execPath,
      args: [fileURLToPath(new URL('fixtures/compiler.ts', import.meta.url))],
      residentMb: 200,
    },
    limits: { ...DEFAULT_LIMITS, ...limits },
    onEnd: (end) => ends.push(end),
  });
const compiler = openCompiler({ compileMs: 600, compileWallMs: 1_500 });
/** Its clocks do not come before its memory, on however slow a machine. */
const patient = openCompiler({ compileMs: 20_000, compileWallMs: 20_000 });
afterAll(() => Promise.all([compiler.close(), patient.close()]));

const source = (name: string, text = ''): PluginSource => ({ name, language: 'ts', text });

/** Which process answered. */
async function pidOf(asked = compiler): Promise<string> {
  const result = await asked.compile(source('ok'));
  if (!result.success) throw new Error(JSON.stringify(result));
  return result.compiled.code;
}

test('one process reads one plugin after another', async () => {
  expect(new Set([await pidOf(), ...(await Promise.all([pidOf(), pidOf()]))]).size).toBe(1);
});

test.each([
  ['hangs', compiler, onLinux ? /600 ms of processor time/ : /1500 ms by the clock/],
  ['is silent', compiler, /1500 ms by the clock/],
  ['grows', patient, /too much memory/],
  ['dies', compiler, /code 3/],
  ['greets again', compiler, /said hello twice/],
  ['throws', compiler, /cannot be trusted/],
  ['babbles', compiler, /cannot be trusted/],
])('a child that %s is replaced, and its plugin refused', async (name, asked, reason) => {
  const before = await pidOf(asked);
  const result = await asked.compile(source(name));
  const finding = { rule: 'source-too-complex', line: 1, column: 1 };
  expect(result).toMatchObject({ success: false, problem: { code: 'PLUGIN_VALIDATION_FAILED', findings: [finding] } });
  expect(await pidOf(asked)).not.toBe(before);
  const [end] = ends.slice(-1);
  expect(end?.reason).toMatch(reason);
  expect(end && wasAsked(end)).toBe(false);
});

test('a child that is kept waiting by its machine may take longer', async () => {
  const before = await pidOf();
  expect(await compiler.compile(source('waits'))).toMatchObject({ success: true, compiled: { code: before } });
});

test('a compiler that does not start says nothing about the source', async () => {
  const command = { file: process.execPath, args: ['--no-such-flag'], residentMb: undefined };
  const broken = new PluginCompiler({ command, limits: DEFAULT_LIMITS, onEnd: () => {} });
  expect(await broken.compile(source('ok'))).toMatchObject({ success: false, error: { code: 'SANDBOX_UNAVAILABLE' } });
  await broken.close();
});

test('a child that says it is worn out is replaced, and its answer kept', async () => {
  const before = await pidOf();
  const result = await compiler.compile(source('wears-out'));
  expect(result).toMatchObject({ success: true, compiled: { code: before } });
  expect(await pidOf()).not.toBe(before);
  const [end] = ends.slice(-1);
  expect(end && wasAsked(end)).toBe(true);
});

test.each([
  ['of 257 KiB', 'a'.repeat(257 * 1_024), 'source-too-large'],
  ['of too many bytes', '€'.repeat(100_000), 'source-too-large'],
  ['of 50 MB', 'a'.repeat(50_000_000), 'source-too-large'],
  ['with a NUL byte', `${'a\n'.repeat(100_000)}\0`, 'not-text'],
  ['with half of a surrogate pair', `${'a\n'.repeat(100_000)}\ud800`, 'not-text'],
])('a source %s is not sent at all, and soon refused', async (_name, text, rule) => {
  const times: number[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const startedAt = performance.now();
    const result = await compiler.compile(source('hangs', text));
    times.push(performance.now() - startedAt);
    expect(result).toMatchObject({
      success: false,
      problem: { code: 'PLUGIN_VALIDATION_FAILED', findings: [{ rule }] },
    });
  }
  expect(Math.min(...times)).toBeLessThan(20);
});
