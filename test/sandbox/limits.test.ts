/** Every limit of the sandbox is exceeded once, at a setting of the operator's, and what comes after it works. */
import { describe, expect, test } from 'vitest';
import { LIMIT_NAMES, type LimitName, type SandboxLimits } from '../../src/sandbox/limits.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { compiled, openPlugin, openSandbox, OPEN, run, toolPlugin } from './rig.ts';

interface Case {
  readonly limits: Partial<SandboxLimits>;
  /** What came of going beyond, as a code or a fact. */
  exceed(sandbox: Sandbox): Promise<unknown>;
  readonly becomes: unknown;
}

const calling =
  (body: string, wallMs = 5_000) =>
  async (sandbox: Sandbox) => {
    const outcome = await run(await openPlugin(sandbox, toolPlugin(body)), {}, { wallMs });
    return outcome.success ? outcome.value : outcome.error.code;
  };

const opening = (fields: string) => async (sandbox: Sandbox) => {
  const opened = await sandbox.open(toolPlugin('return 1;', fields), OPEN);
  return opened.success ? 'opened' : opened.error.code;
};

/** Within the tokens that a source may have, and some hundred milliseconds of work. */
const LONG_TO_READ = Array.from(
  { length: 1_500 },
  (_, index) => `const f${index} = (a, { b }) => { if (a) b = a; return f${index}; };`,
).join('\n');

const compiling = (text: string) => async (sandbox: Sandbox) => {
  const result = await sandbox.compile({ name: 'sample', language: 'js', text });
  return 'problem' in result ? result.problem.findings[0]?.rule : 'compiled';
};

async function firstOf<T>(sandbox: Sandbox, work: (sandbox: Sandbox) => Promise<T>): Promise<number> {
  const startedAt = performance.now();
  await work(sandbox);
  return performance.now() - startedAt;
}

const HELD = toolPlugin('return new Promise((done) => setTimeout(() => done(1), 400));');

const CASES: Record<LimitName, Case> = {
  heapMb: {
    limits: { heapMb: 8, cpuMs: 60_000 },
    exceed: calling('const held = []; for (;;) held.push(new Array(1000).fill({}));', 60_000),
    becomes: 'MEMORY_LIMIT_EXCEEDED',
  },
  initMs: {
    limits: { initMs: 100 },
    exceed: opening('onLoad() { return new Promise(() => {}); }'),
    becomes: 'TIMEOUT',
  },
  unloadMs: {
    limits: { unloadMs: 100 },
    async exceed(sandbox) {
      const instance = await openPlugin(
        sandbox,
        toolPlugin('return 1;', 'onUnload() { return new Promise(() => {}); }'),
      );
      const ms = await firstOf(sandbox, () => instance.close());
      return ms >= 90 && ms < 5_000;
    },
    becomes: true,
  },
  describeMs: {
    limits: { describeMs: 100 },
    async exceed(sandbox) {
      const described = await sandbox.describe(compiled('for (;;);'));
      return !described.success && 'error' in described ? described.error.code : 'described';
    },
    becomes: 'TIMEOUT',
  },
  callMs: { limits: {}, exceed: calling('return new Promise(() => {});', 200), becomes: 'TIMEOUT' },
  cpuMs: { limits: { cpuMs: 50 }, exceed: calling('for (;;);', 30_000), becomes: 'TIMEOUT' },
  abortGraceMs: {
    limits: { abortGraceMs: 100 },
    async exceed(sandbox) {
      const instance = await openPlugin(sandbox, toolPlugin('return new Promise(() => {});'));
      const signal = AbortSignal.timeout(50);
      const outcome = await run(instance, {}, { wallMs: 30_000, signal });
      return !outcome.success && outcome.error.code;
    },
    becomes: 'CANCELLED',
  },
  outputBytes: {
    limits: { outputBytes: 100 },
    exceed: calling('return "x".repeat(100);'),
    becomes: 'OUTPUT_LIMIT_EXCEEDED',
  },
  inputBytes: {
    limits: { inputBytes: 500 },
    async exceed(sandbox) {
      const outcome = await run(await openPlugin(sandbox, toolPlugin('return 1;')), { text: 'x'.repeat(500) });
      return !outcome.success && outcome.error.code;
    },
    becomes: 'PARAMS_INVALID',
  },
  logBytes: {
    limits: { logBytes: 1_000 },
    exceed: calling('for (let i = 0; i < 500; i += 1) context.log.info("x".repeat(100)); return "logged";'),
    becomes: 'logged',
  },
  progressBytes: {
    limits: { progressBytes: 1_000 },
    exceed: calling('for (let i = 0; i < 50; i += 1) context.progress("x".repeat(100)); return new Promise(() => {});'),
    becomes: 'OUTPUT_LIMIT_EXCEEDED',
  },
  hostCalls: {
    limits: { hostCalls: 10 },
    exceed: calling('for (let i = 0; i < 100; i += 1) context.progress(i); return new Promise(() => {});'),
    becomes: 'HOST_CALL_BUDGET_EXCEEDED',
  },
  callsAtOnce: {
    limits: { callsAtOnce: 1 },
    async exceed(sandbox) {
      const instance = await openPlugin(sandbox, HELD);
      const ms = await firstOf(sandbox, () => Promise.all([run(instance), run(instance), run(instance)]));
      return ms >= 1_150;
    },
    becomes: true,
  },
  callsWaiting: {
    limits: { callsAtOnce: 1, callsWaiting: 1 },
    async exceed(sandbox) {
      const instance = await openPlugin(sandbox, HELD);
      const outcomes = await Promise.all([run(instance), run(instance), run(instance)]);
      return outcomes.map((outcome) => (outcome.success ? outcome.value : outcome.error.code));
    },
    becomes: [1, 1, 'SANDBOX_UNAVAILABLE'],
  },
  sourceBytes: {
    limits: { sourceBytes: 1_000 },
    exceed: compiling(`//${'x'.repeat(1_000)}`),
    becomes: 'source-too-large',
  },
  sourceTokens: { limits: { sourceTokens: 100 }, exceed: compiling('a;'.repeat(100)), becomes: 'source-too-large' },
  compileMs: {
    limits: { compileMs: 1 },
    exceed: compiling(LONG_TO_READ),
    becomes: 'source-too-complex',
  },
  compileWallMs: {
    limits: { compileWallMs: 5 },
    exceed: compiling(LONG_TO_READ),
    becomes: 'source-too-complex',
  },
};

const logged: string[] = [];

describe.each(LIMIT_NAMES)('%s', (name) => {
  test('ends what goes beyond it, and nothing after that', async () => {
    const { limits, exceed, becomes } = CASES[name];
    logged.length = 0;
    await using sandbox = await openSandbox({ limits, events: { onLog: ({ message }) => logged.push(message) } });
    for (const [limit, value] of Object.entries(limits)) {
      expect(sandbox.limits.defaults[limit as LimitName]).toBe(value);
    }
    expect(await exceed(sandbox)).toEqual(becomes);
    if (name === 'logBytes') expect(logged.join('').length).toBeLessThan(2_000);
    expect(await run(await openPlugin(sandbox, toolPlugin('return "x";')))).toEqual({ success: true, value: 'x' });
  }, 90_000);
});
