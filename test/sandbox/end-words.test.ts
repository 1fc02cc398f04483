/** What those who have a plugin in a process learn of its end: whose doing it was, and nothing that the process wrote. */
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/sandbox/limits.ts';
import { openInstance } from '../../src/sandbox/open-instance.ts';
import { runnerEndFailure } from '../../src/sandbox/outcomes.ts';
import { runnerCommand } from '../../src/sandbox/process-flags.ts';
import { RunnerPool } from '../../src/sandbox/runner-pool.ts';
import type { PluginKill } from '../../src/sandbox/sandbox.ts';
import type { ChildEnd } from '../../src/sandbox/supervised-child.ts';
import { OPEN, openPlugin, openSandbox, run, toolPlugin } from './rig.ts';
import { PORTABLE, PROGRAMS } from './tiers.ts';

const WROTE =
  "it ended with SIGABRT: 28: 0x8ae86e _start [/srv/hookline/node]: Assertion `environment != nullptr' failed";

test.each<[ChildEnd['cause'], string, string]>([
  ['memory', 'MEMORY_LIMIT_EXCEEDED', 'SANDBOX_CRASHED'],
  ['hung', 'TIMEOUT', 'SANDBOX_CRASHED'],
  ['silent', 'TIMEOUT', 'SANDBOX_CRASHED'],
  ['crashed', 'SANDBOX_CRASHED', 'SANDBOX_CRASHED'],
  ['killed', 'SANDBOX_CRASHED', 'SANDBOX_CRASHED'],
  ['lost', 'SANDBOX_CRASHED', 'SANDBOX_CRASHED'],
  ['not started', 'SANDBOX_CRASHED', 'SANDBOX_CRASHED'],
  ['retired', 'SANDBOX_UNAVAILABLE', 'SANDBOX_UNAVAILABLE'],
  ['closed', 'SANDBOX_UNAVAILABLE', 'SANDBOX_UNAVAILABLE'],
])('an end by "%s" is %s to whoever did it and %s to the others, in our words', (cause, guilty, innocent) => {
  const outcomes = [true, false].map((itself) => runnerEndFailure({ pid: 1, cause, reason: WROTE }, itself).error);
  expect(outcomes.map(({ code }) => code)).toEqual([guilty, innocent]);
  for (const { message } of outcomes) expect(message).not.toMatch(/SIGABRT|srv|Assertion/);
});

test('why no runner starts is in the health of the sandbox, not in the answer', async () => {
  const file = '/srv/hookline/no-such-shell';
  const command = { ...runnerCommand('hardened', PROGRAMS[0], PORTABLE), file };
  const pool = new RunnerPool({ command, heapMbPerRunner: 64, maxRunners: 1, onEnd: () => {} });
  try {
    const opened = await openInstance({ pool, limits: DEFAULT_LIMITS, events: {} }, toolPlugin('return 1;'), OPEN);
    expect(opened).toMatchObject({ success: false, error: { code: 'SANDBOX_UNAVAILABLE' } });
    expect(JSON.stringify(opened)).not.toContain('srv');
    await expect.poll(() => pool.problem).toContain(file);
  } finally {
    await pool.close();
  }
});

test.runIf(process.platform === 'linux')('who ended a runner is told of in our words', async () => {
  const kills: PluginKill[] = [];
  await using sandbox = await openSandbox({ events: { onPluginKilled: (kill) => kills.push(kill) } });
  // V8's own memory, outside of every heap: the process aborts, and writes a stack of the host.
  const instance = await openPlugin(sandbox, toolPlugin('return JSON.parse("[".repeat(4e6) + "]".repeat(4e6));'));
  await run(instance, {}, { wallMs: 20_000 });
  await expect.poll(() => kills).toMatchObject([{ pluginName: 'sample', reason: 'it used up its memory' }]);
});

test('an answer of many megabytes is too long at once, whatever is in it', async () => {
  await using sandbox = await openSandbox();
  const limits = { cpuMs: 5_000, heapMb: 128 };
  const instance = await openPlugin(sandbox, toolPlugin('return "x".repeat(params.length);'), { limits });
  const took = async (length: number) => {
    const startedAt = performance.now();
    expect(await run(instance, { length }, { wallMs: 20_000 })).toMatchObject({
      error: { code: 'OUTPUT_LIMIT_EXCEEDED' },
    });
    return performance.now() - startedAt;
  };
  await took(3e5);
  // To walk through 20 million characters without machine code takes a second and more.
  expect(await took(20e6)).toBeLessThan(600);
});
