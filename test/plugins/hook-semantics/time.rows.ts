import { expect } from 'vitest';
import { HOOK_LIMITS } from '../../../src/config/hook-limits.ts';
import { readSettings } from '../../../src/config/settings.ts';
import { runPipeline, type PipelineStep } from '../../../src/plugins/run-pipeline.ts';
import type { HookContext } from '../../../src/sdk/index.ts';
import { outcomes, step } from '../pipeline-step.ts';
import { HURRIED_MS, type Row } from './rig.ts';

const never = () => new Promise<undefined>(() => {});
const OVER = { error: { code: 'TIMEOUT' } };

/** A clock that stands still until a step of this length "runs". */
function handClock(invocationMs: number) {
  let at = 0;
  return {
    leftMs: () => Math.max(invocationMs - at, 0),
    lasting: (ms: number) => () => void (at += ms),
  };
}

export const time: Readonly<Record<string, Row>> = {
  async '4.1'(rig) {
    const { setting, default: usual } = HOOK_LIMITS.invocationMs;
    expect(setting).toBe('HOOKLINE_HOOK_INVOCATION_MS');
    expect(readSettings({}).hookInvocationMs).toBe(usual);
    expect(usual).toBe(10_000);
    // What waits for its plugin to load has no clock of its own yet.
    const { plugins, replace, invoke } = await rig.hurried();
    const released = Promise.withResolvers<void>();
    const hooks = { BEFORE_AGENT_RUN: { handle: () => undefined } };
    await plugins({ 'never-loads': { hooks } });
    replace('never-loads', { hooks, onLoad: () => released.promise });
    const { steps, durationMs } = await invoke('BEFORE_AGENT_RUN');
    released.resolve();
    expect(steps).toMatchObject([{ outcome: 'TIMED_OUT', ...OVER }]);
    expect(durationMs).toBeGreaterThan(HURRIED_MS - 20);
  },
  async '4.2'() {
    const clock = handClock(1_000);
    const given: number[] = [];
    const note = (name: string, timeoutMs: number, ms: number): PipelineStep =>
      step(
        name,
        'mutate',
        (_data, wallMs) => {
          given.push(wallMs);
          clock.lasting(ms)();
        },
        { timeoutMs },
      );
    await runPipeline(
      'BEFORE_AGENT_RUN',
      [note('a', 300, 250), note('b', 5_000, 700.5), note('c', 5_000, 0)],
      {},
      clock,
    );
    expect(given).toEqual([300, 750, 50]);
  },
  async '4.3'(rig) {
    const { plugins, app, invoke } = await rig.hurried();
    const told = Promise.withResolvers<void>();
    const handle = (_data: unknown, { signal }: HookContext) => {
      signal.addEventListener('abort', () => told.resolve());
      return never();
    };
    await plugins({ endless: { BEFORE_AGENT_RUN: { timeoutMs: 30_000, handle } } });
    const endless = await invoke('BEFORE_AGENT_RUN');
    expect(endless).toMatchObject({ outcome: 'CONTINUED', steps: [{ outcome: 'TIMED_OUT', ...OVER }] });
    await told.promise;
    await plugins({});
    await app.enable('sandboxed');
    const spinning = await invoke('BEFORE_AGENT_RUN', { input: 'loop' });
    expect(spinning).toMatchObject({ outcome: 'CONTINUED', steps: [{ outcome: 'TIMED_OUT', ...OVER }] });
    const after = await invoke('BEFORE_AGENT_RUN', { input: 'go on' });
    expect(after).toMatchObject({ outcome: 'CONTINUED', steps: [{ outcome: 'CONTINUED' }] });
    await app.useCases.disablePlugin(await app.actor(), { name: 'sandboxed' });
  },
  async '4.4'(rig) {
    const { plugins, invoke } = await rig.hurried();
    const begun: string[] = [];
    const note = (name: string) => ({ handle: () => void begun.push(name), onFailure: 'open' as const });
    await plugins({
      a: { BEFORE_AGENT_RUN: { timeoutMs: 30_000, handle: never } },
      b: { BEFORE_AGENT_RUN: note('b') },
      c: { BEFORE_AGENT_RUN: { mode: 'validate', ...note('c') } },
    });
    const { outcome, steps } = await invoke('BEFORE_AGENT_RUN');
    expect(outcome).toBe('CONTINUED');
    expect(outcomes(steps)).toEqual(['a TIMED_OUT', 'b SKIPPED', 'c SKIPPED']);
    expect(steps).toMatchObject([OVER, OVER, OVER]);
    expect(begun).toEqual([]);
  },
  async '4.5'(rig) {
    const clock = handClock(100);
    const long = step('a', 'mutate', clock.lasting(200));
    for (const mode of ['mutate', 'validate'] as const) {
      const closed = step('b', mode, () => undefined, { onFailure: 'closed' });
      const result = await runPipeline('BEFORE_AGENT_RUN', [long, closed], {}, handClock(0));
      expect(result).toMatchObject({ outcome: 'BLOCKED', block: { pluginName: 'b', code: 'HOOK_FAILED' } });
      const open = step('b', mode, () => undefined, { onFailure: 'open' });
      const passed = await runPipeline('BEFORE_AGENT_RUN', [long, open], {}, clock);
      expect(passed).toMatchObject({ outcome: 'CONTINUED' });
    }
    const { plugins, invoke } = await rig.hurried();
    await plugins({ a: { BEFORE_AGENT_RUN: { timeoutMs: 30_000, onFailure: 'closed', handle: never } } });
    const running = await invoke('BEFORE_AGENT_RUN');
    expect(running).toMatchObject({
      outcome: 'BLOCKED',
      block: { pluginName: 'a', code: 'HOOK_FAILED' },
      steps: [{ outcome: 'TIMED_OUT' }],
    });
  },
  async '4.6'(rig) {
    const given: Record<string, number> = {};
    const observer = (name: string, timeoutMs: number) =>
      step(name, 'observe', (_data, wallMs) => void (given[name] = wallMs), { timeoutMs });
    const observers = [observer('short', 100), observer('usual', 250), observer('long', 5_000)];
    await runPipeline('BEFORE_AGENT_RUN', observers, {}, handClock(0));
    expect(given).toEqual({ short: 100, usual: 250, long: 250 });
    await runPipeline('BEFORE_AGENT_RUN', observers, {}, handClock(700));
    expect(given).toEqual({ short: 100, usual: 250, long: 700 });
    const { plugins, invoke } = await rig.hurried();
    const seen: string[] = [];
    await plugins({
      endless: { BEFORE_AGENT_RUN: { timeoutMs: 30_000, onFailure: 'closed', handle: never } },
      account: { BEFORE_AGENT_RUN: { mode: 'observe', handle: ({ input }) => void seen.push(String(input)) } },
    });
    const { outcome, steps } = await invoke('BEFORE_AGENT_RUN', { input: 'late' });
    expect(outcome).toBe('BLOCKED');
    expect(outcomes(steps)).toEqual(['endless TIMED_OUT', 'account CONTINUED']);
    expect(seen).toEqual(['late']);
  },
  async '4.7'() {
    const abort = new AbortController();
    const steps = [
      step('a', 'mutate', () => abort.abort()),
      step('b', 'mutate', () => undefined),
      step('c', 'validate', () => undefined, { onFailure: 'closed' }),
      step('d', 'observe', () => undefined),
    ];
    const result = await runPipeline('BEFORE_AGENT_RUN', steps, {}, { signal: abort.signal });
    expect(outcomes(result.steps)).toEqual(['a CONTINUED', 'b SKIPPED', 'c SKIPPED', 'd SKIPPED']);
    const [, ...skipped] = result.steps;
    expect(skipped.map(({ error }) => error?.code)).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED']);
    expect(result.block).toMatchObject({ pluginName: 'c', code: 'HOOK_FAILED' });
  },
};
