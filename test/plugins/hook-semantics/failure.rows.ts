import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { runPipeline } from '../../../src/plugins/run-pipeline.ts';
import { block, PLUGIN_HOOKS, respond, type PluginHook } from '../../../src/sdk/index.ts';
import { fail, hang, step, type Handler } from '../pipeline-step.ts';
import type { Row } from './rig.ts';

const HOOKS = Object.keys(PLUGIN_HOOKS) as readonly PluginHook[];

export const failure: Readonly<Record<string, Row>> = {
  async '3.1'(rig) {
    const handle = () => {
      throw new Error('out of order');
    };
    await rig.plugins({ thrower: { BEFORE_AGENT_RUN: { handle } } });
    const { outcome, steps } = await rig.invoke('BEFORE_AGENT_RUN');
    expect(outcome).toBe('CONTINUED');
    expect(steps).toMatchObject([{ outcome: 'FAILED', error: { code: 'PLUGIN_ERROR', message: 'out of order' } }]);
  },
  async '3.2'(rig) {
    const handle = () => new Promise<undefined>(() => {});
    await rig.plugins({ waiter: { ON_REASONING_STEP: { timeoutMs: 40, priority: 1, handle } } });
    await rig.app.enable('sandboxed');
    for (const step of ['loop', 'hang']) {
      const { steps } = await rig.invoke('ON_REASONING_STEP', { step });
      const late = { outcome: 'TIMED_OUT', error: { code: 'TIMEOUT' } };
      expect(steps).toMatchObject([late, late]);
      // Its instance was lost, and the next one has its whole time from when it begins to work.
      const next = await rig.invoke('ON_REASONING_STEP', { step: 'fine' });
      expect(next).toMatchObject({ outcome: 'MODIFIED', output: { step: 'done' } });
    }
    await rig.app.useCases.disablePlugin(rig.actor, { name: 'sandboxed' });
    // It takes longer to load than a step of it may take.
    const hooks = { BEFORE_AGENT_RUN: { timeoutMs: 100, handle: () => undefined } } as const;
    await rig.plugins({ 'slow-loader': { hooks } });
    rig.replace('slow-loader', { hooks, onLoad: () => sleep(300) });
    expect((await rig.invoke('BEFORE_AGENT_RUN')).steps).toMatchObject([{ outcome: 'CONTINUED', error: null }]);
  },
  async '3.3'() {
    const answers: readonly Handler[] = [
      () => 42,
      () => 'text',
      (data) => ({ ...data, toolName: 'other' }),
      () => block({ reason: '' }),
    ];
    for (const answer of answers) {
      const { steps } = await runPipeline('BEFORE_TOOL_CALL', [step('a', 'mutate', answer)], { toolName: 't' });
      expect(steps).toMatchObject([{ outcome: 'FAILED', error: { code: 'RESULT_INVALID' } }]);
    }
    const responder = step('a', 'validate', () => respond(1), { onFailure: 'open' });
    const { steps } = await runPipeline('BEFORE_TOOL_CALL', [responder], {});
    expect(steps).toMatchObject([{ outcome: 'FAILED', error: { code: 'RESULT_INVALID' } }]);
  },
  async '3.4'(rig) {
    const hooks = { BEFORE_AGENT_RUN: { mode: 'validate', handle: () => undefined } } as const;
    await rig.plugins({ 'loads-once': { hooks } });
    rig.replace('loads-once', { hooks, onLoad: () => Promise.reject(new Error('not again')) });
    const answer = await rig.invoke('BEFORE_AGENT_RUN');
    expect(answer.steps).toMatchObject([
      { outcome: 'FAILED', error: { message: expect.stringContaining('did not load: not again') } },
    ]);
    expect(answer.block).toMatchObject({ pluginName: 'loads-once', code: 'HOOK_FAILED' });
  },
  async '3.5'() {
    const steps = [
      step('a', 'mutate', (data) => {
        Object.assign(data, { input: 'changed in place' });
        throw new Error('broken');
      }),
      step('b', 'mutate', (data) => ({ ...data, toolName: 'other', params: { changed: true } })),
    ];
    const before = { toolName: 't', params: {}, input: 'as it was' };
    const result = await runPipeline('BEFORE_TOOL_CALL', steps, before);
    expect(result).toMatchObject({ outcome: 'CONTINUED', data: before });
    expect(result.steps.map(({ patch }) => patch)).toEqual([null, null]);
  },
  async '3.6'() {
    for (const mode of ['mutate', 'validate'] as const) {
      const steps = [step('a', mode, fail, { onFailure: 'open' }), step('b', mode, () => undefined)];
      const result = await runPipeline('BEFORE_AGENT_RUN', steps, {});
      expect(result).toMatchObject({ outcome: 'CONTINUED', steps: [{ outcome: 'FAILED' }, { outcome: 'CONTINUED' }] });
    }
  },
  async '3.7'() {
    for (const mode of ['mutate', 'validate'] as const) {
      for (const [handle, outcome] of [
        [fail, 'FAILED'],
        [hang, 'TIMED_OUT'],
      ] as const) {
        const steps = [step('a', mode, handle, { onFailure: 'closed' })];
        const result = await runPipeline('BEFORE_AGENT_RUN', steps, {});
        expect(result).toMatchObject({ outcome: 'BLOCKED', block: { pluginName: 'a', code: 'HOOK_FAILED' } });
        expect(result.steps).toMatchObject([{ outcome }]);
      }
    }
  },
  async '3.8'() {
    for (const hook of HOOKS) {
      const observer = await runPipeline(hook, [step('a', 'observe', fail, { onFailure: 'closed' })], {});
      expect(observer.outcome).toBe('CONTINUED');
      for (const mode of ['mutate', 'validate'] as const) {
        const { outcome } = await runPipeline(hook, [step('a', mode, fail, { onFailure: 'closed' })], {});
        expect(outcome, `${hook} ${mode}`).toBe(hook === 'ON_ERROR' ? 'CONTINUED' : 'BLOCKED');
      }
    }
  },
};
