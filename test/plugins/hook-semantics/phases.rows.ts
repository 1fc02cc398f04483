import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { runPipeline } from '../../../src/plugins/run-pipeline.ts';
import { HOOK_DEFAULTS, HOOK_MODES } from '../../../src/sdk/hooks.ts';
import { block, PLUGIN_HOOKS, type HookMode, type PluginHook } from '../../../src/sdk/index.ts';
import { fail, outcomes, step, type Handler } from '../pipeline-step.ts';
import type { Row, SemanticsRig } from './rig.ts';

const PHASES: readonly (readonly [PluginHook, readonly HookMode[]])[] = [
  ['BEFORE_AGENT_RUN', ['mutate', 'validate', 'observe']],
  ['AFTER_AGENT_RUN', ['validate', 'mutate', 'observe']],
  ['BEFORE_TOOL_CALL', ['mutate', 'validate', 'observe']],
  ['AFTER_TOOL_CALL', ['validate', 'mutate', 'observe']],
  ['ON_ERROR', ['validate', 'mutate', 'observe']],
  ['ON_REASONING_STEP', ['mutate', 'validate', 'observe']],
];

const append =
  (letter: string): Handler =>
  (data) => ({ ...data, input: `${String(data['input'])}${letter}` });

/** Ends when all `count` handlers are at work. */
function meeting(count: number): Handler {
  const allHere = Promise.withResolvers<void>();
  let here = 0;
  return async () => {
    here += 1;
    if (here === count) allHere.resolve();
    await allHere.promise;
  };
}

export const phases: Readonly<Record<string, Row>> = {
  async '1.1'() {
    expect(PHASES.map(([hook]) => hook).toSorted()).toEqual(Object.keys(PLUGIN_HOOKS).toSorted());
    for (const [hook, expected] of PHASES) {
      const seen: HookMode[] = [];
      const steps = HOOK_MODES.toReversed().map((mode) => step(mode, mode, () => void seen.push(mode)));
      await runPipeline(hook, steps, {});
      expect(seen, hook).toEqual(expected);
    }
  },
  async '1.2'() {
    const seen: string[] = [];
    const note = (name: string, priority: number) =>
      step(
        name,
        'mutate',
        async () => {
          seen.push(`${name} begins`);
          await Promise.resolve();
          seen.push(`${name} ends`);
        },
        { priority },
      );
    await runPipeline('BEFORE_AGENT_RUN', [note('z', 1), note('b', 2), note('a', 2), note('c', -5)], {});
    expect(seen).toEqual(['c', 'z', 'a', 'b'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  },
  async '1.3'() {
    const steps = [
      step('c', 'mutate', append('c')),
      step('a', 'mutate', append('a')),
      step('b', 'mutate', () => undefined),
    ];
    expect((await runPipeline('BEFORE_AGENT_RUN', steps, { input: '' })).data).toEqual({ input: 'ac' });
  },
  async '1.4'() {
    const seen: unknown[] = [];
    const meet = meeting(3);
    const look: Handler = async (data, wallMs) => {
      await meet(data, wallMs);
      seen.push(data);
    };
    const result = await runPipeline(
      'BEFORE_AGENT_RUN',
      [
        step('m', 'mutate', append('!')),
        step('a', 'validate', async (data, wallMs) => {
          await look(data, wallMs);
          return block({ reason: 'no' });
        }),
        step('b', 'validate', look),
        step('c', 'validate', look),
      ],
      { input: 'x' },
    );
    expect(seen).toEqual([{ input: 'x!' }, { input: 'x!' }, { input: 'x!' }]);
    expect(outcomes(result.steps)).toEqual(['m MODIFIED', 'a BLOCKED', 'b CONTINUED', 'c CONTINUED']);
  },
  async '1.5'() {
    const blocker = (name: string, priority: number) =>
      step(name, 'validate', () => block({ reason: name }), { priority });
    const result = await runPipeline('BEFORE_AGENT_RUN', [blocker('z', 1), blocker('b', 1), blocker('a', 2)], {});
    expect(result.block).toMatchObject({ pluginName: 'b', reason: 'b' });
    expect(outcomes(result.steps)).toEqual(['b BLOCKED', 'z BLOCKED', 'a BLOCKED']);
  },
  async '1.6'() {
    const verdicts: readonly Handler[] = [append('!'), () => block({ reason: 'no' }), fail, () => undefined];
    for (const verdict of verdicts) {
      const seen: unknown[] = [];
      const meet = meeting(2);
      const look: Handler = async (data, wallMs) => {
        await meet(data, wallMs);
        seen.push(data);
      };
      const steps = [step('m', 'mutate', verdict), step('a', 'observe', look), step('b', 'observe', look)];
      const result = await runPipeline('BEFORE_AGENT_RUN', steps, { input: 'x' });
      expect(seen).toEqual([result.data, result.data]);
    }
  },
  async '1.7'() {
    const answers: readonly Handler[] = [append('!'), () => block({ reason: 'no' }), fail];
    for (const answer of answers) {
      const steps = [step('o', 'observe', answer, { onFailure: 'closed' })];
      const result = await runPipeline('BEFORE_AGENT_RUN', steps, { input: 'x' });
      expect(result).toMatchObject({ outcome: 'CONTINUED', data: { input: 'x' }, block: null });
      expect(result.steps).toMatchObject([{ outcome: 'FAILED', patch: null, error: { code: expect.any(String) } }]);
    }
  },
  async '1.8'(rig) {
    expect(HOOK_DEFAULTS.observe.timeoutMs).toBe(250);
    const released = Promise.withResolvers<void>();
    const slow = { mode: 'observe', handle: () => released.promise } as const;
    await rig.plugins({
      'slow-observer': { BEFORE_AGENT_RUN: slow },
      'slower-observer': { BEFORE_AGENT_RUN: { ...slow, timeoutMs: 60 } },
    });
    const started = performance.now();
    const { steps } = await rig.invoke('BEFORE_AGENT_RUN');
    expect(performance.now() - started).toBeGreaterThan(240);
    released.resolve();
    const late = { outcome: 'TIMED_OUT', error: { code: 'TIMEOUT' } };
    expect(steps).toMatchObject([late, late]);
    expect(steps[1]?.durationMs).toBeLessThan(steps[0]?.durationMs ?? 0);
    await observerThatLoads(rig);
    await observerThatWaits(rig);
  },
  async '1.9'(rig) {
    await rig.plugins({
      picky: { BEFORE_AGENT_RUN: { when: { agentId: 'planner' }, handle: () => block({ reason: 'no' }) } },
    });
    expect(await rig.invoke('BEFORE_AGENT_RUN', {}, 'other')).toMatchObject({ outcome: 'CONTINUED', steps: [] });
    expect(await rig.invoke('BEFORE_AGENT_RUN', {}, 'planner')).toMatchObject({ outcome: 'BLOCKED' });
  },
  async '1.10'(rig) {
    const when = { toolName: ['db_*', 'mail'], agentId: '*-bot' };
    await rig.plugins({ picky: { BEFORE_AGENT_RUN: { when, handle: () => undefined } } });
    const takesPart = async (toolName?: string, agentId?: string) => {
      const data = toolName === undefined ? {} : { toolName };
      return (await rig.invoke('BEFORE_AGENT_RUN', data, agentId)).steps.length === 1;
    };
    expect(await takesPart('db_read', 'a-bot')).toBe(true);
    expect(await takesPart('mail', '-bot')).toBe(true);
    expect(await takesPart('mailer', 'a-bot')).toBe(false);
    expect(await takesPart('mail', 'bot')).toBe(false);
    expect(await takesPart('mail')).toBe(false);
    expect(await takesPart(undefined, 'a-bot')).toBe(false);
  },
  async '1.11'(rig) {
    const look = (when: object) => ({ BEFORE_AGENT_RUN: { when, handle: () => undefined } });
    await rig.plugins({ 'by-agent': look({ agentId: 'me' }), 'by-tool': look({ toolName: 'mail' }) });
    const { steps } = await rig.invoke('BEFORE_AGENT_RUN', { toolName: 'mail', agentId: 'me' });
    expect(steps.map(({ pluginName }) => pluginName)).toEqual(['by-tool']);
    const other = await rig.invoke('BEFORE_AGENT_RUN', { toolName: 7 }, 'me');
    expect(other.steps.map(({ pluginName }) => pluginName)).toEqual(['by-agent']);
  },
  async '1.12'(rig) {
    const handle = () => undefined;
    await rig.plugins({
      a: { BEFORE_AGENT_RUN: { handle } },
      b: { BEFORE_AGENT_RUN: { mode: 'mutate', handle } },
      c: { BEFORE_AGENT_RUN: { mode: 'validate', handle } },
      d: { BEFORE_AGENT_RUN: { mode: 'observe', handle } },
    });
    const pipeline = await rig.app.useCases.explainHookPipeline(rig.actor, { hook: 'BEFORE_AGENT_RUN' });
    const shown = pipeline.filter(({ applies }) => applies);
    expect(shown.map(({ pluginName, phase }) => `${pluginName} ${phase}`)).toEqual([
      'a mutate',
      'b mutate',
      'c validate',
      'd observe',
    ]);
    for (const { phase, priority, timeoutMs, onFailure } of shown)
      expect({ priority, timeoutMs, onFailure }).toEqual(HOOK_DEFAULTS[phase]);
  },
};

/** Its instance is gone, and the next one does not finish loading. */
async function observerThatLoads(rig: SemanticsRig): Promise<void> {
  const released = Promise.withResolvers<void>();
  const hooks = { BEFORE_AGENT_RUN: { mode: 'observe', timeoutMs: 50, handle: () => undefined } } as const;
  await rig.plugins({ 'late-loader': { hooks } });
  rig.replace('late-loader', { hooks, onLoad: () => released.promise });
  const { steps } = await rig.invoke('BEFORE_AGENT_RUN');
  released.resolve();
  expect(steps).toMatchObject([{ outcome: 'TIMED_OUT', error: { code: 'TIMEOUT' } }]);
}

/** Its isolate is at work for another. */
async function observerThatWaits(rig: SemanticsRig): Promise<void> {
  await rig.plugins({});
  await rig.app.enable('sandboxed');
  await rig.invoke('AFTER_AGENT_RUN');
  const working = rig.invoke('BEFORE_AGENT_RUN', { input: 'work' });
  await sleep(50);
  const { steps } = await rig.invoke('AFTER_AGENT_RUN');
  expect(steps).toMatchObject([{ outcome: 'TIMED_OUT', error: { code: 'TIMEOUT' } }]);
  expect(await working).toMatchObject({ steps: [{ outcome: 'CONTINUED' }] });
  await rig.app.useCases.disablePlugin(rig.actor, { name: 'sandboxed' });
}
