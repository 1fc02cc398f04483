/** Much text at once through the one way out of an isolate, or into it: it waits in a process that others are in as well. */
import { describe, expect, test } from 'vitest';
import type { HostAnswer } from '../../src/sandbox/host-methods.ts';
import type { SandboxProcessEnd } from '../../src/sandbox/sandbox.ts';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';

const PONG = toolPlugin('return "pong";');

/** Runs `body` beside a neighbour, several times; gives how the calls ended, and which processes did. */
async function flood(profile: 'hardened' | 'jit', body: string, callsAtOnce = 1) {
  const ends: SandboxProcessEnd[] = [];
  await using sandbox = await openSandbox({ profile, events: { onProcessEnd: (end) => ends.push(end) } });
  const neighbour = await openPlugin(sandbox, PONG, { tenantId: 'neighbour' });
  const codes = new Set<string>();
  const answerHostRequest = async (): Promise<HostAnswer> => ({ success: true, value: 'x'.repeat(200_000) });
  for (let times = 0; times < 5; times += 1) {
    const plugin = toolPlugin(`return (async () => { ${body} })();`);
    const instance = await openPlugin(sandbox, plugin, { tenantId: 'hostile', answerHostRequest });
    const calls = Array.from({ length: callsAtOnce }, () => run(instance, {}, { wallMs: 10_000 }));
    for (const outcome of await Promise.all(calls)) codes.add(outcome.success ? 'OK' : outcome.error.code);
    await instance.close();
  }
  expect(await run(neighbour)).toEqual({ success: true, value: 'pong' });
  return { codes: [...codes], ended: ends.filter(({ asked }) => !asked) };
}

describe.each(['hardened', 'jit'] as const)('in the %s profile, a runner outlives', (profile) => {
  test.each([
    ['at once', 'for (let i = 0; i < 900; i += 1) context.progress("x".repeat(2e5)); return 1;'],
    [
      'that is caught',
      'for (let i = 0; i < 900; i += 1) { try { context.progress("x".repeat(2e5)); } catch {} } return 1;',
    ],
    ['with pauses', 'for (let i = 0; i < 900; i += 1) { context.progress("x".repeat(2e5)); await null; } return 1;'],
  ])('180 MB of progress, %s', async (_how, body) => {
    expect(await flood(profile, body)).toEqual({ codes: ['OUTPUT_LIMIT_EXCEEDED'], ended: [] });
  });

  test('the log lines of many calls', async () => {
    const body = 'for (let i = 0; i < 900; i += 1) context.log.info("x".repeat(2e5)); return 1;';
    expect(await flood(profile, body, 8)).toEqual({ codes: ['OK'], ended: [] });
  });

  test('54 MB of questions that nobody waits for', async () => {
    const body = `
      for (let i = 0; i < 900; i += 1) {
        context.kv.set('key ' + i, 'x'.repeat(60_000)).catch(() => {});
        await null;
      }
      await context.kv.get('key').catch(() => {});
      return 1;`;
    expect(await flood(profile, body)).toEqual({ codes: ['OK'], ended: [] });
  });

  test('50 MB of answers for an isolate that is busy', async () => {
    const body = `
      for (let i = 0; i < 32; i += 1) context.kv.get('key ' + i).catch(() => {});
      const end = Date.now() + 200; while (Date.now() < end);
      return 1;`;
    expect(await flood(profile, body, 8)).toEqual({ codes: ['OK'], ended: [] });
  });
});
