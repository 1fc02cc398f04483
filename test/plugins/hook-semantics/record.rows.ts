import fc from 'fast-check';
import { applyPatch, type Operation } from 'rfc6902';
import { expect } from 'vitest';
import type { JsonObject } from '../../../src/json/json.ts';
import { runPipeline } from '../../../src/plugins/run-pipeline.ts';
import { block, respond } from '../../../src/sdk/index.ts';
import { outcomes, step } from '../pipeline-step.ts';
import type { Row } from './rig.ts';

/** Small keys, so that what a step returns has something in common with what it was given. */
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(null, true, 0, -1.5, '', 'text', 'a/b~c'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'a/b', '~', '', '0'), tie('value'), { maxKeys: 4 }),
  ),
})).value;
const object = fc.dictionary(fc.constantFrom('input', 'a', 'b/c', '~1', ''), value, {
  maxKeys: 4,
}) as fc.Arbitrary<JsonObject>;
/** What a mutator does with what it gets. */
const handling = fc.oneof(
  object.map((data) => ({ kind: 'replace', data }) as const),
  fc.tuple(fc.constantFrom('input', 'a'), value).map(([key, data]) => ({ kind: 'set', key, data }) as const),
  fc.constant({ kind: 'throw' } as const),
  fc.constant({ kind: 'nothing' } as const),
);

export const record: Readonly<Record<string, Row>> = {
  async '5.1'(rig) {
    await rig.plugins({});
    const before = await rig.app.journal.latestSeq(rig.actor.tenant.id);
    const alone = await rig.invoke('ON_REASONING_STEP', { step: 'think' });
    await rig.plugins({ a: { ON_REASONING_STEP: { handle: () => block({ reason: 'no' }) } } });
    const blocked = await rig.invoke('ON_REASONING_STEP', { step: 'think' });
    const events = (await rig.app.journal.read(rig.actor.tenant.id, before, 100)).filter(
      (event) => event.type === 'HOOK_INVOKED',
    );
    expect(events.map(({ invocation }) => invocation)).toMatchObject([
      { id: alone.id, outcome: 'CONTINUED', steps: [] },
      { id: blocked.id, outcome: 'BLOCKED' },
    ]);
  },
  async '5.2'() {
    const steps = [
      step('o', 'observe', () => undefined),
      step('b', 'validate', () => undefined),
      step('a', 'validate', () => undefined),
      step('z', 'mutate', () => undefined, { priority: 1 }),
      step('y', 'mutate', () => undefined, { priority: 2 }),
      step('x', 'mutate', () => respond(1), { priority: 1 }),
    ];
    const { steps: records } = await runPipeline('BEFORE_AGENT_RUN', steps, {});
    expect(outcomes(records)).toEqual([
      'x RESPONDED',
      'z SKIPPED',
      'y SKIPPED',
      'a CONTINUED',
      'b CONTINUED',
      'o CONTINUED',
    ]);
  },
  async '5.3'(rig) {
    await rig.plugins({
      changer: { BEFORE_AGENT_RUN: { handle: (data) => ({ ...data, input: 'b', added: [1] }) } },
      watcher: { BEFORE_AGENT_RUN: { mode: 'observe', handle: () => Promise.reject(new Error('blind')) } },
    });
    const { id } = await rig.invoke('BEFORE_AGENT_RUN', { input: 'a' });
    const kept = await rig.app.journal.findHookInvocation(rig.actor.tenant.id, id);
    expect(kept?.steps).toMatchObject([
      {
        pluginName: 'changer',
        pluginVersion: '1.0.0',
        mode: 'mutate',
        outcome: 'MODIFIED',
        error: null,
        patch: [
          { op: 'add', path: '/added', value: [1] },
          { op: 'replace', path: '/input', value: 'b' },
        ],
      },
      { mode: 'observe', outcome: 'FAILED', error: { code: 'PLUGIN_ERROR', message: 'blind' }, patch: null },
    ]);
    for (const { durationMs } of kept?.steps ?? []) expect(durationMs).toBeGreaterThan(0);
  },
  async '5.4'() {
    const property = fc.asyncProperty(object, fc.array(handling, { maxLength: 4 }), async (input, handlings) => {
      const steps = handlings.map((does, index) =>
        step(`m${index}`, 'mutate', (data) => {
          if (does.kind === 'throw') throw new Error('broken');
          if (does.kind === 'replace') return does.data;
          return does.kind === 'set' ? { ...data, [does.key]: does.data } : undefined;
        }),
      );
      const result = await runPipeline('BEFORE_AGENT_RUN', steps, input);
      const replayed = structuredClone(input);
      for (const { patch } of result.steps) {
        const problems = applyPatch(replayed, (patch ?? []) as unknown as Operation[]);
        expect(problems.filter((problem) => problem !== null)).toEqual([]);
      }
      expect(replayed).toEqual(result.data);
    });
    await fc.assert(property, { numRuns: 500 });
  },
  async '5.5'(rig) {
    await rig.plugins({
      vault: { BEFORE_AGENT_RUN: { confidential: true, handle: () => undefined } },
      changer: { BEFORE_AGENT_RUN: { handle: (data) => ({ ...data, input: 'another secret' }) } },
    });
    const answer = await rig.invoke('BEFORE_AGENT_RUN', { input: 'the secret' });
    expect(answer).toMatchObject({
      outcome: 'MODIFIED',
      input: { input: 'the secret' },
      output: { input: 'another secret' },
      steps: [{ patch: [{ path: '/input' }] }, {}],
    });
    const kept = await rig.app.journal.findHookInvocation(rig.actor.tenant.id, answer.id);
    expect(kept).toMatchObject({
      outcome: 'MODIFIED',
      input: null,
      output: null,
      steps: [{ patch: null }, { patch: null }],
    });
    expect(JSON.stringify(kept)).not.toContain('secret');
  },
};
