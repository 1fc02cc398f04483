import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json.ts';
import { runPipeline } from '../../src/plugins/run-pipeline.ts';
import { block, respond, type HookMode, type PluginHook } from '../../src/sdk/index.ts';
import { fail, hang, outcomes, step, type Handler } from './pipeline-step.ts';

describe('order', () => {
  test('mutators run by priority, then name, each on what the one before returned', async () => {
    const append =
      (letter: string): Handler =>
      (data) => ({ ...data, params: { text: `${String((data['params'] as JsonObject)['text'])}${letter}` } });
    const result = await runPipeline(
      'BEFORE_TOOL_CALL',
      [
        step('c', 'mutate', append('c')),
        step('b', 'mutate', append('b')),
        step('a', 'mutate', append('a'), { priority: 200 }),
      ],
      { toolName: 't', params: { text: '' } },
    );
    expect(result.data['params']).toEqual({ text: 'bca' });
    expect(result.outcome).toBe('MODIFIED');
    expect(result.steps[0]!.patch).toEqual([{ op: 'replace', path: '/params/text', value: 'b' }]);
  });

  test.each<[PluginHook, readonly HookMode[]]>([
    ['BEFORE_AGENT_RUN', ['mutate', 'validate', 'observe']],
    ['AFTER_AGENT_RUN', ['validate', 'mutate', 'observe']],
    ['BEFORE_TOOL_CALL', ['mutate', 'validate', 'observe']],
    ['AFTER_TOOL_CALL', ['validate', 'mutate', 'observe']],
    ['ON_ERROR', ['validate', 'mutate', 'observe']],
    ['ON_REASONING_STEP', ['mutate', 'validate', 'observe']],
  ])('%s runs its phases as %s', async (hook, phases) => {
    const seen: HookMode[] = [];
    const note = (mode: HookMode) => step(mode, mode, () => void seen.push(mode));
    await runPipeline(hook, [note('observe'), note('validate'), note('mutate')], {});
    expect(seen).toEqual(phases);
  });

  test('validators run in parallel: the second starts before the first is done', async () => {
    const bothHere = Promise.withResolvers<void>();
    let here = 0;
    const meet: Handler = async () => {
      here += 1;
      if (here === 2) bothHere.resolve();
      await bothHere.promise;
    };
    const result = await runPipeline(
      'BEFORE_TOOL_CALL',
      [step('a', 'validate', meet), step('b', 'validate', meet)],
      {},
    );
    expect(result.outcome).toBe('CONTINUED');
  });
});

describe('block', () => {
  test('by a mutator skips later mutators and validators; observers run', async () => {
    const result = await runPipeline(
      'BEFORE_TOOL_CALL',
      [
        step('a', 'mutate', () => block({ code: 'NO', reason: 'not today', details: { why: 1 } })),
        step('b', 'mutate', () => undefined),
        step('c', 'validate', () => undefined),
        step('d', 'observe', () => undefined),
      ],
      {},
    );
    expect(result.outcome).toBe('BLOCKED');
    expect(result.block).toEqual({ pluginName: 'a', code: 'NO', reason: 'not today', details: { why: 1 } });
    expect(outcomes(result.steps)).toEqual(['a BLOCKED', 'b SKIPPED', 'c SKIPPED', 'd CONTINUED']);
  });

  test('of several validators the lowest priority, then name, decides, and all finish', async () => {
    const blocker = (name: string, priority: number) =>
      step(name, 'validate', () => block({ reason: name }), { priority });
    const result = await runPipeline('BEFORE_TOOL_CALL', [blocker('z', 1), blocker('b', 1), blocker('a', 2)], {});
    expect(result.block).toMatchObject({ pluginName: 'b', code: 'BLOCKED' });
    expect(outcomes(result.steps)).toEqual(['b BLOCKED', 'z BLOCKED', 'a BLOCKED']);
  });

  test.each<[PluginHook, HookMode, string]>([
    ['ON_ERROR', 'mutate', 'cannot be blocked'],
    ['BEFORE_TOOL_CALL', 'observe', 'observer cannot block'],
  ])('at %s in mode %s is a failed step', async (hook, mode, message) => {
    const result = await runPipeline(hook, [step('a', mode, () => block({ reason: 'no' }))], {});
    expect(result.outcome).toBe('CONTINUED');
    expect(result.steps[0]).toMatchObject({ outcome: 'FAILED', error: { code: 'RESULT_INVALID' } });
    expect(result.steps[0]!.error!.message).toContain(message);
  });
});

describe('respond', () => {
  test('skips later mutators; validators still run, and a block wins', async () => {
    const steps = [
      step('a', 'mutate', () => respond(42)),
      step('b', 'mutate', () => undefined),
      step('c', 'validate', () => undefined),
    ];
    const answered = await runPipeline('BEFORE_TOOL_CALL', steps, {});
    expect(answered).toMatchObject({ outcome: 'RESPONDED', response: { pluginName: 'a', data: 42 } });
    expect(outcomes(answered.steps)).toEqual(['a RESPONDED', 'b SKIPPED', 'c CONTINUED']);
    const blocked = await runPipeline(
      'BEFORE_TOOL_CALL',
      [...steps, step('d', 'validate', () => block({ reason: 'no' }))],
      {},
    );
    expect(blocked).toMatchObject({ outcome: 'BLOCKED', block: { pluginName: 'd' } });
  });

  test.each<[PluginHook, HookMode, 'RESPONDED' | 'FAILED']>([
    ['BEFORE_AGENT_RUN', 'mutate', 'RESPONDED'],
    ['AFTER_AGENT_RUN', 'mutate', 'FAILED'],
    ['BEFORE_TOOL_CALL', 'mutate', 'RESPONDED'],
    ['AFTER_TOOL_CALL', 'mutate', 'FAILED'],
    ['ON_ERROR', 'mutate', 'RESPONDED'],
    ['ON_REASONING_STEP', 'mutate', 'FAILED'],
    ['BEFORE_TOOL_CALL', 'validate', 'FAILED'],
    ['BEFORE_TOOL_CALL', 'observe', 'FAILED'],
  ])('at %s in mode %s is %s', async (hook, mode, outcome) => {
    const result = await runPipeline(hook, [step('a', mode, () => respond('x'), { onFailure: 'open' })], {});
    expect(result.steps[0]!.outcome).toBe(outcome);
  });
});

describe('what a mutator may change', () => {
  test.each<[PluginHook, JsonObject, JsonObject, 'MODIFIED' | 'FAILED']>([
    ['BEFORE_AGENT_RUN', { input: 1 }, { input: 2, more: 3 }, 'MODIFIED'],
    ['AFTER_AGENT_RUN', { input: 1, output: 1 }, { input: 1, output: 2 }, 'MODIFIED'],
    ['AFTER_AGENT_RUN', { input: 1, output: 1 }, { input: 2, output: 1 }, 'FAILED'],
    ['BEFORE_TOOL_CALL', { toolName: 't', params: {} }, { toolName: 't', params: { a: 1 } }, 'MODIFIED'],
    ['BEFORE_TOOL_CALL', { toolName: 't', params: {} }, { toolName: 'u', params: {} }, 'FAILED'],
    ['BEFORE_TOOL_CALL', { toolName: 't', params: {} }, { params: { a: 1 } }, 'FAILED'],
    ['AFTER_TOOL_CALL', { toolName: 't', params: {}, result: 1 }, { toolName: 't', params: {}, result: 2 }, 'MODIFIED'],
    ['ON_ERROR', { error: { code: 'X', message: 'a' } }, { error: { code: 'X', message: 'b' } }, 'MODIFIED'],
    ['ON_ERROR', { error: { code: 'X', message: 'a' } }, { error: { code: 'Y', message: 'a' } }, 'FAILED'],
    ['ON_REASONING_STEP', { step: 'a', index: 1 }, { step: 'b', index: 1 }, 'MODIFIED'],
    ['ON_REASONING_STEP', { step: 'a', index: 1 }, { step: 'a', index: 2 }, 'FAILED'],
  ])('%s %j → %j is %s', async (hook, before, after, outcome) => {
    const result = await runPipeline(hook, [step('a', 'mutate', () => after)], before);
    expect(result.steps[0]!.outcome).toBe(outcome);
    expect(result.data).toEqual(outcome === 'MODIFIED' ? after : before);
  });

  test('a validator or an observer that changes the data has failed', async () => {
    const change: Handler = (data) => ({ ...data, params: 1 });
    const result = await runPipeline(
      'BEFORE_TOOL_CALL',
      [step('a', 'validate', change, { onFailure: 'open' }), step('b', 'observe', change)],
      { params: 0 },
    );
    expect(outcomes(result.steps)).toEqual(['a FAILED', 'b FAILED']);
    expect(result.data).toEqual({ params: 0 });
  });

  test('returning the same data is no change', async () => {
    const result = await runPipeline('BEFORE_TOOL_CALL', [step('a', 'mutate', (data) => data)], { params: { a: [1] } });
    expect(result).toMatchObject({ outcome: 'CONTINUED', steps: [{ outcome: 'CONTINUED', patch: null }] });
  });
});

describe('failure', () => {
  test.each<[string, Handler, HookMode, PluginHook, 'open' | 'closed' | undefined, string, string]>([
    ['a throwing mutator goes on', fail, 'mutate', 'BEFORE_TOOL_CALL', undefined, 'CONTINUED', 'FAILED'],
    ['a throwing validator blocks', fail, 'validate', 'BEFORE_TOOL_CALL', undefined, 'BLOCKED', 'FAILED'],
    ['a throwing observer goes on', fail, 'observe', 'BEFORE_TOOL_CALL', undefined, 'CONTINUED', 'FAILED'],
    ['a late mutator goes on', hang, 'mutate', 'BEFORE_TOOL_CALL', undefined, 'CONTINUED', 'TIMED_OUT'],
    ['a late validator blocks', hang, 'validate', 'BEFORE_TOOL_CALL', undefined, 'BLOCKED', 'TIMED_OUT'],
    ['a closed mutator blocks', fail, 'mutate', 'BEFORE_TOOL_CALL', 'closed', 'BLOCKED', 'FAILED'],
    ['an open validator goes on', fail, 'validate', 'BEFORE_TOOL_CALL', 'open', 'CONTINUED', 'FAILED'],
    ['closed acts as open where no block is allowed', fail, 'validate', 'ON_ERROR', 'closed', 'CONTINUED', 'FAILED'],
  ])('%s', async (_what, handle, mode, hook, onFailure, outcome, stepOutcome) => {
    const result = await runPipeline(hook, [step('a', mode, handle, onFailure ? { onFailure } : {})], {});
    expect(result.outcome).toBe(outcome);
    expect(result.steps[0]!.outcome).toBe(stepOutcome);
    if (outcome === 'BLOCKED') expect(result.block).toMatchObject({ pluginName: 'a', code: 'HOOK_FAILED' });
  });
});

test('nobody takes part: CONTINUED with the data as it was', async () => {
  expect(await runPipeline('ON_REASONING_STEP', [], { step: 'think' })).toEqual({
    outcome: 'CONTINUED',
    data: { step: 'think' },
    response: null,
    block: null,
    steps: [],
  });
});
