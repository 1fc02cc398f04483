/** Hooks around a tool call, through the use cases: what reaches the tool, the caller and the journal. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TenantActor } from '../../src/auth/actor.ts';
import type { JournalEvent } from '../../src/events/records.ts';
import type { JsonObject } from '../../src/json/json.ts';
import { createRegistry, type Registry } from '../../src/plugins/registry.ts';
import { block, definePlugin, respond, type HookSpec, type PluginHook } from '../../src/sdk/index.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

const NUMBER = { type: 'object', additionalProperties: false, required: ['n'], properties: { n: { type: 'number' } } };

/** A tool plugin in a real isolate; what it does depends on n. */
const WORKER = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'worker', version: '1.0.0', author: 'Ada', description: 'Doubles.',
  tools: {
    double: {
      description: 'Doubles n.',
      parameters: ${JSON.stringify(NUMBER)},
      result: { type: 'number' },
      timeoutMs: 300,
      execute({ n }) {
        if (n === -1) return { success: false, error: 'no negatives', code: 'NEGATIVE' };
        if (n === -2) throw new Error('broken');
        if (n === -3) return { success: true, data: 'text' };
        if (n === -4) return 7;
        if (n === -5) for (;;) {}
        if (n === -6) return { success: false, error: 'x', code: 'lower case' };
        return { success: true, data: 2 * n };
      },
    },
  },
});`;

/** A hook plugin in a real isolate; what it does depends on the step. */
const HOOKER = `import { block, definePlugin, respond } from 'hookline/sdk';
export default definePlugin({
  name: 'stepper', version: '1.0.0', author: 'Ada', description: 'Misbehaves on request.',
  hooks: {
    ON_REASONING_STEP: {
      timeoutMs: 200,
      handle(data) {
        switch (data.step) {
          case 'throw': throw new Error('broken');
          case 'throw null': throw null;
          case 'loop': for (;;) {}
          case 'hang': return new Promise(() => {});
          case 'number': return 42;
          case 'foreign': return { ...data, index: 2 };
          case 'change': return { ...data, step: 'changed' };
          case 'block': return block({ code: 'STOP', reason: 'enough' });
          case 'respond': return respond('not allowed here');
        }
      },
    },
  },
});`;

let app: TestApp;
let actor: TenantActor;
let registry: Registry;
let undo: (() => void)[] = [];

beforeAll(async () => {
  registry = createRegistry();
  app = await createTestApp({ plugins: { 'worker.ts': WORKER, 'stepper.ts': HOOKER }, registry });
  actor = await app.actor();
  await app.enable('worker');
});
afterAll(() => app.close());

/** Registers and enables in-process plugins with these hooks for the length of one test. */
async function withHooks(plugins: Record<string, { [H in PluginHook]?: HookSpec }>): Promise<void> {
  for (const take of undo) take();
  undo = [];
  for (const [name, hooks] of Object.entries(plugins)) {
    undo.push(
      registry.register(definePlugin({ name, version: '1.0.0', author: 'Ada', description: 'For one test.', hooks })),
    );
    await app.enable(name);
  }
}

const run = (n: number) => app.useCases.executeTool(actor, { toolName: 'double', params: { n } });

async function eventsOf(executionId: string): Promise<readonly JournalEvent[]> {
  const events = await app.journal.read(actor.tenant.id, 0, 10_000);
  return events.filter(
    (event) =>
      (event.type === 'HOOK_INVOKED' && event.invocation.executionId === executionId) ||
      (event.type === 'TOOL_EXECUTED' && event.execution.id === executionId),
  );
}

const namesOf = (events: readonly JournalEvent[]) =>
  events.map((event) =>
    event.type === 'HOOK_INVOKED' ? event.invocation.hook : event.type === 'TOOL_EXECUTED' ? event.kind : event.type,
  );

describe('without hooks', () => {
  test.each<[number, object, string[]]>([
    [
      21,
      { status: 'SUCCEEDED', success: true, data: 42, error: null },
      ['BEFORE_TOOL_CALL', 'STARTED', 'AFTER_TOOL_CALL', 'COMPLETED'],
    ],
    [
      -1,
      {
        status: 'FAILED',
        success: false,
        error: { code: 'TOOL_ERROR', message: 'no negatives', pluginCode: 'NEGATIVE', retryable: false },
      },
      ['BEFORE_TOOL_CALL', 'STARTED', 'AFTER_TOOL_CALL', 'COMPLETED'],
    ],
    [
      -2,
      { status: 'FAILED', error: { code: 'PLUGIN_ERROR' } },
      ['BEFORE_TOOL_CALL', 'STARTED', 'ON_ERROR', 'COMPLETED'],
    ],
    [
      -3,
      { status: 'FAILED', error: { code: 'RESULT_INVALID' } },
      ['BEFORE_TOOL_CALL', 'STARTED', 'ON_ERROR', 'COMPLETED'],
    ],
    [
      -4,
      { status: 'FAILED', error: { code: 'RESULT_INVALID' } },
      ['BEFORE_TOOL_CALL', 'STARTED', 'ON_ERROR', 'COMPLETED'],
    ],
    [-5, { status: 'FAILED', error: { code: 'TIMEOUT' } }, ['BEFORE_TOOL_CALL', 'STARTED', 'ON_ERROR', 'COMPLETED']],
    [
      -6,
      { status: 'FAILED', error: { code: 'RESULT_INVALID' } },
      ['BEFORE_TOOL_CALL', 'STARTED', 'ON_ERROR', 'COMPLETED'],
    ],
  ])('double(%i) ends as told, and the journal has its story', async (n, expected, names) => {
    await withHooks({});
    const record = await run(n);
    expect(record).toMatchObject(expected);
    const events = await eventsOf(record.id);
    expect(namesOf(events)).toEqual(names);
    const first = events.find(({ type }) => type === 'TOOL_EXECUTED');
    expect(record.seq).toBe(first!.seq);
  });

  test('params that break the schema are the caller’s mistake, and nothing is recorded', async () => {
    await withHooks({});
    const before = await app.journal.latestSeq(actor.tenant.id);
    const call = app.useCases.executeTool(actor, { toolName: 'double', params: { n: 'x', m: 1 } });
    await expect(call).rejects.toMatchObject({
      code: 'PARAMS_INVALID',
      details: [
        { pointer: '/m', message: 'is not a known field; there are n' },
        { pointer: '/n', message: 'must be number' },
      ],
    });
    expect(await app.journal.latestSeq(actor.tenant.id)).toBe(before);
  });

  test.each<[string, object, string, string]>([
    ['an unknown tool', { toolName: 'triple', params: {} }, 'TOOL_NOT_FOUND', 'triple'],
    ['an unknown plugin', { toolName: 'double', pluginName: 'nobody', params: {} }, 'PLUGIN_NOT_FOUND', 'nobody'],
    ['a tool of a plugin that is not enabled', { toolName: 'add', params: {} }, 'PLUGIN_NOT_ENABLED', 'calculator'],
  ])('%s', async (_what, input, code, mentioned) => {
    const call = app.useCases.executeTool(actor, input as { toolName: string; params: JsonObject });
    await expect(call).rejects.toMatchObject({ code, message: expect.stringContaining(mentioned) as string });
  });

  test('a tool that two enabled plugins offer is CONFLICT naming both, until one is named', async () => {
    await withHooks({});
    undo.push(
      registry.register(
        definePlugin({
          name: 'other',
          version: '1.0.0',
          author: 'Ada',
          description: 'Doubles too.',
          tools: {
            double: { description: 'Doubles.', parameters: {}, execute: () => ({ success: true, data: 'other' }) },
          },
        }),
      ),
    );
    await app.enable('other');
    await expect(run(1)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/other and worker/) as string,
    });
    const named = await app.useCases.executeTool(actor, { toolName: 'double', params: { n: 1 }, pluginName: 'other' });
    expect(named.data).toBe('other');
  });
});

describe('with hooks', () => {
  test('a mutator changes the params, another the result, and both patches are kept', async () => {
    await withHooks({
      tuner: {
        BEFORE_TOOL_CALL: { handle: (data) => ({ ...data, params: { n: 5 } }) },
        AFTER_TOOL_CALL: { handle: (data) => ({ ...data, result: { success: true, data: 100 } }) },
      },
    });
    const record = await run(1);
    expect(record).toMatchObject({ status: 'SUCCEEDED', params: { n: 5 }, data: 100, answeredBy: null });
    const patches = (await eventsOf(record.id)).flatMap((event) =>
      event.type === 'HOOK_INVOKED' ? event.invocation.steps.map(({ patch }) => patch) : [],
    );
    expect(patches).toEqual([
      [{ op: 'replace', path: '/params/n', value: 5 }],
      [{ op: 'replace', path: '/result/data', value: 100 }],
    ]);
  });

  test('params that a hook broke end as FAILED, PARAMS_INVALID: the tool is not called', async () => {
    await withHooks({ breaker: { BEFORE_TOOL_CALL: { handle: (data) => ({ ...data, params: { n: 'x' } }) } } });
    const record = await run(1);
    expect(record).toMatchObject({ status: 'FAILED', error: { code: 'PARAMS_INVALID' } });
    expect(namesOf(await eventsOf(record.id))).toEqual(['BEFORE_TOOL_CALL', 'ON_ERROR', 'COMPLETED']);
  });

  test.each<[string, number, { [H in PluginHook]?: HookSpec }, string | null, string[]]>([
    ['the tool', -3, {}, null, ['BEFORE_TOOL_CALL', 'STARTED', 'ON_ERROR', 'COMPLETED']],
    [
      'a response before the call',
      1,
      { BEFORE_TOOL_CALL: { handle: () => respond('text') } },
      'breaker',
      ['BEFORE_TOOL_CALL', 'STARTED', 'ON_ERROR', 'COMPLETED'],
    ],
    [
      'a change after the call',
      1,
      { AFTER_TOOL_CALL: { handle: (data) => ({ ...data, result: { success: true, data: 'text' } }) } },
      null,
      ['BEFORE_TOOL_CALL', 'STARTED', 'AFTER_TOOL_CALL', 'ON_ERROR', 'COMPLETED'],
    ],
    [
      'a change after the call to what is no ToolResult',
      1,
      { AFTER_TOOL_CALL: { handle: (data) => ({ ...data, result: { success: true, data: 1, more: 1 } }) } },
      null,
      ['BEFORE_TOOL_CALL', 'STARTED', 'AFTER_TOOL_CALL', 'ON_ERROR', 'COMPLETED'],
    ],
    [
      "a change of a tool's own error",
      -1,
      { AFTER_TOOL_CALL: { handle: (data) => ({ ...data, result: { success: true, data: 'text' } }) } },
      null,
      ['BEFORE_TOOL_CALL', 'STARTED', 'AFTER_TOOL_CALL', 'ON_ERROR', 'COMPLETED'],
    ],
    [
      'a recovery',
      -2,
      { ON_ERROR: { handle: () => respond('text') } },
      'breaker',
      ['BEFORE_TOOL_CALL', 'STARTED', 'ON_ERROR', 'COMPLETED'],
    ],
  ])('data that breaks the result schema ends as RESULT_INVALID: %s', async (_whose, n, hooks, answeredBy, names) => {
    await withHooks({ breaker: hooks });
    const record = await run(n);
    expect(record).toMatchObject({
      status: 'FAILED',
      success: false,
      data: null,
      answeredBy,
      error: { code: 'RESULT_INVALID', retryable: false },
    });
    expect(namesOf(await eventsOf(record.id))).toEqual(names);
  });

  test('a block before the call has only tool.completed', async () => {
    await withHooks({
      guard: { BEFORE_TOOL_CALL: { mode: 'validate', handle: () => block({ code: 'QUOTA', reason: 'too many' }) } },
    });
    const record = await run(1);
    expect(record).toMatchObject({
      status: 'BLOCKED',
      success: false,
      data: null,
      error: { code: 'BLOCKED', message: 'Blocked by guard: too many' },
    });
    expect(namesOf(await eventsOf(record.id))).toEqual(['BEFORE_TOOL_CALL', 'COMPLETED']);
  });

  test('a block after the call withholds the result', async () => {
    await withHooks({ guard: { AFTER_TOOL_CALL: { mode: 'validate', handle: () => block({ reason: 'secret' }) } } });
    const record = await run(1);
    expect(record).toMatchObject({ status: 'BLOCKED', data: null });
    expect(namesOf(await eventsOf(record.id))).toEqual(['BEFORE_TOOL_CALL', 'STARTED', 'AFTER_TOOL_CALL', 'COMPLETED']);
  });

  test('respond answers in the tool’s place, and AFTER_TOOL_CALL sees it', async () => {
    await withHooks({
      cache: { BEFORE_TOOL_CALL: { handle: () => respond(7) } },
      tuner: {
        AFTER_TOOL_CALL: {
          handle: (data) => ({
            ...data,
            result: { success: true, data: Number((data['result'] as JsonObject)['data']) + 1 },
          }),
        },
      },
    });
    const record = await run(-5);
    expect(record).toMatchObject({ status: 'SUCCEEDED', data: 8, answeredBy: 'cache' });
    expect(namesOf(await eventsOf(record.id))).toEqual(['BEFORE_TOOL_CALL', 'STARTED', 'AFTER_TOOL_CALL', 'COMPLETED']);
  });

  test('ON_ERROR can reword the message', async () => {
    await withHooks({
      polite: {
        ON_ERROR: { handle: (data) => ({ ...data, error: { ...(data['error'] as JsonObject), message: 'Sorry.' } }) },
      },
    });
    expect(await run(-2)).toMatchObject({ status: 'FAILED', error: { code: 'PLUGIN_ERROR', message: 'Sorry.' } });
  });

  test('ON_ERROR can recover: SUCCEEDED with its response, and no AFTER_TOOL_CALL', async () => {
    await withHooks({ rescuer: { ON_ERROR: { handle: () => respond(0) } } });
    const record = await run(-2);
    expect(record).toMatchObject({ status: 'SUCCEEDED', success: true, data: 0, error: null, answeredBy: 'rescuer' });
    expect(namesOf(await eventsOf(record.id))).toEqual(['BEFORE_TOOL_CALL', 'STARTED', 'ON_ERROR', 'COMPLETED']);
  });

  test('a confidential step keeps the content out of the journal, not from the caller', async () => {
    await withHooks({
      vault: { BEFORE_AGENT_RUN: { confidential: true, handle: (data) => ({ ...data, input: 'changed secret' }) } },
    });
    const answer = await app.useCases.invokeHook(actor, { hook: 'BEFORE_AGENT_RUN', data: { input: 'the secret' } });
    expect(answer).toMatchObject({ outcome: 'MODIFIED', output: { input: 'changed secret' } });
    const kept = await app.journal.findHookInvocation(actor.tenant.id, answer.id);
    expect(JSON.stringify(kept)).not.toContain('secret');
    expect(kept).toMatchObject({ outcome: 'MODIFIED', input: null });
  });

  test('a tool call made inside an in-process hook fires no hooks', async () => {
    let inner: string | undefined;
    await withHooks({
      nested: {
        BEFORE_AGENT_RUN: {
          async handle() {
            inner = (await run(3)).id;
          },
        },
        BEFORE_TOOL_CALL: { handle: () => block({ reason: 'must not be asked' }) },
      },
    });
    const outer = await app.useCases.invokeHook(actor, { hook: 'BEFORE_AGENT_RUN', data: {} });
    expect(outer.steps).toMatchObject([{ outcome: 'CONTINUED', error: null }]);
    expect(namesOf(await eventsOf(inner!))).toEqual(['STARTED', 'COMPLETED']);
  });

  test('a hook nobody takes part in is one event all the same', async () => {
    await withHooks({});
    const answer = await app.useCases.invokeHook(actor, {
      hook: 'ON_REASONING_STEP',
      data: { step: 'think' },
      runId: 'run-1',
    });
    expect(answer).toMatchObject({ outcome: 'CONTINUED', steps: [], output: { step: 'think' }, runId: 'run-1' });
    const [event] = await app.journal.read(actor.tenant.id, answer.seq - 1, 1);
    expect(event).toMatchObject({ type: 'HOOK_INVOKED', invocation: { id: answer.id } });
  });
});

describe('a hook in the sandbox', () => {
  test.each<[string, string, object]>([
    ['nothing', 'CONTINUED', { outcome: 'CONTINUED', error: null, patch: null }],
    ['change', 'MODIFIED', { outcome: 'MODIFIED', patch: [{ op: 'replace', path: '/step', value: 'changed' }] }],
    ['block', 'BLOCKED', { outcome: 'BLOCKED', error: null }],
    ['throw', 'CONTINUED', { outcome: 'FAILED', error: { code: 'PLUGIN_ERROR' } }],
    ['throw null', 'CONTINUED', { outcome: 'FAILED', error: { code: 'PLUGIN_ERROR' } }],
    ['loop', 'CONTINUED', { outcome: 'TIMED_OUT', error: { code: 'TIMEOUT' } }],
    ['hang', 'CONTINUED', { outcome: 'TIMED_OUT', error: { code: 'TIMEOUT' } }],
    ['number', 'CONTINUED', { outcome: 'FAILED', error: { code: 'RESULT_INVALID' } }],
    ['foreign', 'CONTINUED', { outcome: 'FAILED', error: { code: 'RESULT_INVALID' } }],
    ['respond', 'CONTINUED', { outcome: 'FAILED', error: { code: 'RESULT_INVALID' } }],
  ])('that does "%s" makes the invocation %s, and the next one works', async (step, outcome, record) => {
    await withHooks({});
    await app.enable('stepper');
    const invoke = (moment: string) =>
      app.useCases.invokeHook(actor, { hook: 'ON_REASONING_STEP', data: { step: moment, index: 1 } });
    const answer = await invoke(step);
    expect(answer).toMatchObject({ outcome, steps: [{ pluginName: 'stepper', ...record }] });
    expect(await invoke('change')).toMatchObject({ outcome: 'MODIFIED', output: { step: 'changed', index: 1 } });
    await app.useCases.disablePlugin(actor, { name: 'stepper' });
  });
});

test('nobody waits for an observer to load', async () => {
  await withHooks({});
  const released = Promise.withResolvers<void>();
  const metadata = { name: 'slow-starter', version: '1.0.0', author: 'Ada', description: 'Takes long to load.' };
  let loads = 0;
  const leave = registry.register(
    definePlugin({
      ...metadata,
      // The first load is that of enabling; the one after an eviction hangs.
      onLoad: () => (++loads > 1 ? released.promise : undefined),
      hooks: { BEFORE_AGENT_RUN: { mode: 'observe', timeoutMs: 50, handle: () => undefined } },
    }),
  );
  undo.push(leave);
  await app.enable('slow-starter');
  await app.useCases.disablePlugin(actor, { name: 'slow-starter' });
  await app.database.prisma.pluginRegistration.updateMany({
    where: { pluginName: 'slow-starter' },
    data: { enabled: true },
  });
  await expect
    .poll(async () => (await app.useCases.getPlugin(actor, { name: 'slow-starter' })).enabled, { timeout: 10_000 })
    .toBe(true);
  const answer = await app.useCases.invokeHook(actor, { hook: 'BEFORE_AGENT_RUN', data: {} });
  released.resolve();
  expect(answer).toMatchObject({ outcome: 'CONTINUED', steps: [{ outcome: 'TIMED_OUT', error: { code: 'TIMEOUT' } }] });
});

test('a plugin that leaves the catalog is unloaded, and its tenants keep a registration that says so', async () => {
  await withHooks({});
  const unloaded = Promise.withResolvers<string>();
  const metadata = { name: 'passing', version: '1.0.0', author: 'Ada', description: 'Comes and goes.' };
  const leave = registry.register(definePlugin({ ...metadata, onUnload: () => unloaded.resolve('unloaded') }));
  await app.enable('passing');
  leave();
  expect(await unloaded.promise).toBe('unloaded');
  const view = await app.useCases.getPlugin(actor, { name: 'passing' });
  expect(view).toMatchObject({ status: 'FAILED', enabled: true, problem: { code: 'PLUGIN_NOT_FOUND' } });
  expect(await app.useCases.disablePlugin(actor, { name: 'passing' })).toMatchObject({ enabled: false });
});

describe('whose agent', () => {
  test('a token with agent_id speaks for that agent only', async () => {
    await withHooks({});
    const agent = await app.actor({ roles: ['agent'], agentId: 'planner' });
    const own = await app.useCases.invokeHook(agent, { hook: 'ON_REASONING_STEP', data: {} });
    expect(own.agentId).toBe('planner');
    const foreign = app.useCases.invokeHook(agent, { hook: 'ON_REASONING_STEP', data: {}, agentId: 'other' });
    await expect(foreign).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('without agent_id the field is a label', async () => {
    const free = await app.useCases.invokeHook(actor, { hook: 'ON_REASONING_STEP', data: {}, agentId: 'any' });
    expect(free.agentId).toBe('any');
  });
});
