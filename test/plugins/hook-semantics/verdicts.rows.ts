import { expect } from 'vitest';
import type { JsonObject } from '../../../src/json/json.ts';
import { runPipeline } from '../../../src/plugins/run-pipeline.ts';
import { HOOK_MODES } from '../../../src/sdk/hooks.ts';
import { block, PLUGIN_HOOKS, respond, type HookMode, type PluginHook } from '../../../src/sdk/index.ts';
import { outcomes, step, type Handler } from '../pipeline-step.ts';
import type { Row } from './rig.ts';

const HOOKS = Object.keys(PLUGIN_HOOKS) as readonly PluginHook[];

/** What each hook's data looks like. */
const DATA: { readonly [H in PluginHook]: JsonObject } = {
  BEFORE_AGENT_RUN: { input: 1, more: 1 },
  AFTER_AGENT_RUN: { input: 1, output: 1, more: 1 },
  BEFORE_TOOL_CALL: { toolName: 't', params: { a: 1 }, more: 1 },
  AFTER_TOOL_CALL: { toolName: 't', params: { a: 1 }, result: { a: 1 }, more: 1 },
  ON_ERROR: { error: { code: 'X', message: 'm' }, toolName: 't', params: { a: 1 }, more: 1 },
  ON_REASONING_STEP: { step: 1, index: 1, more: 1 },
};

/** By hook, the top-level keys that a mutator may change; the page's table is made of the same rules, this list is not. */
const MAY_CHANGE: { readonly [H in PluginHook]: readonly string[] } = {
  BEFORE_AGENT_RUN: ['input', 'more'],
  AFTER_AGENT_RUN: ['output'],
  BEFORE_TOOL_CALL: ['params'],
  AFTER_TOOL_CALL: ['result'],
  ON_ERROR: [],
  ON_REASONING_STEP: ['step'],
};
const MAY_BLOCK: readonly PluginHook[] = HOOKS.filter((hook) => hook !== 'ON_ERROR');
const MAY_RESPOND: readonly PluginHook[] = ['BEFORE_AGENT_RUN', 'BEFORE_TOOL_CALL', 'ON_ERROR'];

/** One open step of this mode, alone. */
async function alone(hook: PluginHook, mode: HookMode, handle: Handler, data = DATA[hook]) {
  const result = await runPipeline(hook, [step('a', mode, handle, { onFailure: 'open' })], data);
  return { result, outcome: result.steps[0]?.outcome };
}

async function everywhere(handle: Handler, expected: (hook: PluginHook, mode: HookMode) => string): Promise<void> {
  for (const hook of HOOKS) {
    for (const mode of HOOK_MODES) {
      const { outcome } = await alone(hook, mode, handle);
      expect(outcome, `${hook} ${mode}`).toBe(expected(hook, mode));
    }
  }
}

export const verdicts: Readonly<Record<string, Row>> = {
  async '2.1'() {
    await everywhere(
      () => undefined,
      () => 'CONTINUED',
    );
    await everywhere(
      (data) => structuredClone(data),
      () => 'CONTINUED',
    );
    const { result } = await alone('BEFORE_AGENT_RUN', 'mutate', (data) => data);
    expect(result).toMatchObject({ outcome: 'CONTINUED', data: DATA.BEFORE_AGENT_RUN });
  },
  async '2.2'() {
    const { result, outcome } = await alone('BEFORE_AGENT_RUN', 'mutate', () => ({ other: 2 }));
    expect(outcome).toBe('MODIFIED');
    expect(result.data).toEqual({ other: 2 });
    for (const mode of ['validate', 'observe'] as const) {
      const changed = await alone('BEFORE_AGENT_RUN', mode, () => ({ other: 2 }));
      expect(changed.outcome).toBe('FAILED');
      expect(changed.result.data).toEqual(DATA.BEFORE_AGENT_RUN);
    }
  },
  async '2.3'() {
    for (const hook of HOOKS) {
      for (const key of Object.keys(DATA[hook])) {
        const allowed = MAY_CHANGE[hook].includes(key);
        const { outcome } = await alone(hook, 'mutate', (data) => ({ ...data, [key]: { new: 1 } }));
        expect(outcome, `${hook} ${key}`).toBe(allowed ? 'MODIFIED' : 'FAILED');
        const without = Object.fromEntries(Object.entries(DATA[hook]).filter(([name]) => name !== key));
        const dropped = await alone(hook, 'mutate', () => without);
        expect(dropped.outcome, `${hook} without ${key}`).toBe(allowed ? 'MODIFIED' : 'FAILED');
      }
      const added = await alone(hook, 'mutate', (data) => ({ ...data, added: 1 }));
      expect(added.outcome, `${hook} added`).toBe(hook === 'BEFORE_AGENT_RUN' ? 'MODIFIED' : 'FAILED');
    }
    const reword =
      (error: JsonObject): Handler =>
      (data) => ({ ...data, error });
    const message = await alone('ON_ERROR', 'mutate', reword({ code: 'X', message: 'other' }));
    expect(message.outcome).toBe('MODIFIED');
    const code = await alone('ON_ERROR', 'mutate', reword({ code: 'Y', message: 'm' }));
    expect(code.outcome).toBe('FAILED');
  },
  async '2.4'() {
    await everywhere(
      () => block({ reason: 'no' }),
      (hook, mode) => (mode !== 'observe' && MAY_BLOCK.includes(hook) ? 'BLOCKED' : 'FAILED'),
    );
  },
  async '2.5'() {
    await everywhere(
      () => respond('x'),
      (hook, mode) => (mode === 'mutate' && MAY_RESPOND.includes(hook) ? 'RESPONDED' : 'FAILED'),
    );
    const { result } = await alone('BEFORE_AGENT_RUN', 'mutate', () => respond({ any: ['thing'] }));
    expect(result.response).toEqual({ pluginName: 'a', data: { any: ['thing'] } });
  },
  async '2.6'() {
    const steps = [
      step('a', 'mutate', () => block({ reason: 'no' })),
      step('b', 'mutate', () => undefined),
      step('c', 'validate', () => undefined),
      step('d', 'observe', () => undefined),
    ];
    const before = await runPipeline('BEFORE_AGENT_RUN', steps, {});
    expect(outcomes(before.steps)).toEqual(['a BLOCKED', 'b SKIPPED', 'c SKIPPED', 'd CONTINUED']);
    const validator = step('a', 'validate', () => block({ reason: 'no' }));
    const after = await runPipeline('AFTER_AGENT_RUN', [validator, ...steps.slice(1, 2), ...steps.slice(3)], {});
    expect(outcomes(after.steps)).toEqual(['a BLOCKED', 'b SKIPPED', 'd CONTINUED']);
  },
  async '2.7'() {
    const steps = [
      step('a', 'mutate', () => respond(42)),
      step('b', 'mutate', () => undefined),
      step('c', 'validate', () => undefined),
    ];
    const answered = await runPipeline('BEFORE_AGENT_RUN', steps, {});
    expect(answered).toMatchObject({ outcome: 'RESPONDED', response: { pluginName: 'a', data: 42 } });
    expect(outcomes(answered.steps)).toEqual(['a RESPONDED', 'b SKIPPED', 'c CONTINUED']);
    const blocker = step('d', 'validate', () => block({ reason: 'no' }));
    const blocked = await runPipeline('BEFORE_AGENT_RUN', [...steps, blocker], {});
    expect(blocked).toMatchObject({ outcome: 'BLOCKED', block: { pluginName: 'd' } });
  },
  async '2.8'() {
    const blockWith = async (verdict: Parameters<typeof block>[0]) =>
      (await alone('BEFORE_AGENT_RUN', 'mutate', () => block(verdict))).result;
    for (const code of ['', 'lower', 'A B', 'X'.repeat(65)])
      expect((await blockWith({ code, reason: 'no' })).block).toMatchObject({ code: 'BLOCKED' });
    const code = 'A_9'.repeat(21);
    const kept = await blockWith({ code, reason: 'r'.repeat(2_001), details: { why: [1] } });
    expect(kept.block).toEqual({ pluginName: 'a', code, reason: 'r'.repeat(2_000), details: { why: [1] } });
    expect((await blockWith({ reason: '' })).steps[0]).toMatchObject({ outcome: 'FAILED' });
  },
  async '2.9'() {
    const change = step('a', 'mutate', () => ({ other: 1 }));
    const answer = step('b', 'mutate', () => respond(1));
    const refuse = step('c', 'validate', () => block({ reason: 'no' }));
    const outcomeOf = async (...steps: (typeof change)[]) => (await runPipeline('BEFORE_AGENT_RUN', steps, {})).outcome;
    expect(await outcomeOf(change, answer, refuse)).toBe('BLOCKED');
    expect(await outcomeOf(change, answer)).toBe('RESPONDED');
    expect(await outcomeOf(change)).toBe('MODIFIED');
    expect(await outcomeOf()).toBe('CONTINUED');
  },
  async '2.10'(rig) {
    await rig.plugins({
      changer: { BEFORE_AGENT_RUN: { handle: (data) => ({ ...data, seen: true }) } },
      decider: {
        BEFORE_AGENT_RUN: {
          handle({ input }) {
            if (input === 'block') return block({ reason: 'no' });
            return input === 'respond' ? respond(['answer']) : undefined;
          },
        },
      },
    });
    const outputOf = async (input: string) => (await rig.invoke('BEFORE_AGENT_RUN', { input })).output;
    expect(await outputOf('block')).toBeNull();
    expect(await outputOf('respond')).toEqual(['answer']);
    expect(await outputOf('go on')).toEqual({ input: 'go on', seen: true });
  },
};
