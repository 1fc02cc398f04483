/** Calls that are cancelled before they have ended: at each point of their way, by whoever may, and what is recorded of it. */
import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TenantActor } from '../../src/auth/actor.ts';
import type { JournalEvent } from '../../src/events/records.ts';
import type { JsonObject } from '../../src/json/json.ts';
import { createRegistry } from '../../src/plugins/registry.ts';
import { SANDBOX_LIMITS } from '../../src/sandbox/limits.ts';
import { definePlugin, respond, type HookContext, type HookReturn } from '../../src/sdk/index.ts';
import { createTestApp, type TestApp, type TokenOptions } from '../rig/create-test-app.ts';

vi.setConfig({ testTimeout: 30_000 });

/** Tools in a real isolate, each with a way of its own to take a cancellation. */
const TOOLS = `import { definePlugin } from 'hookline/sdk';
const untilTold = (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
const tool = (execute, timeoutMs = 20_000) =>
  ({ description: 'Waits.', parameters: { type: 'object' }, timeoutMs, execute });
export default definePlugin({
  name: 'waiters', version: '1.0.0', author: 'Ada', description: 'Wait until they are told.',
  tools: {
    stops: tool(async (_, { signal }) => {
      await untilTold(signal);
      return { success: false, error: 'told to stop' };
    }),
    throws: tool(async (_, { signal }) => {
      await untilTold(signal);
      throw new Error('the secret of the tool');
    }),
    insists: tool(async (_, { signal }) => {
      await untilTold(signal);
      return { success: true, data: 'the answer' };
    }),
    ignores: tool(() => new Promise(() => {})),
    spins: tool(() => { for (;;) {} }),
    late: tool(() => new Promise(() => {}), 300),
    quick: tool(() => ({ success: true, data: 'quick' })),
  },
});`;

/** Takes long to load. */
const SLOW = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'slow', version: '1.0.0', author: 'Ada', description: 'Takes long to load.',
  onLoad: () => new Promise((resolve) => setTimeout(resolve, 1500)),
  tools: { nothing: { description: 'None.', parameters: { type: 'object' }, execute: () => ({ success: true, data: 1 }) } },
});`;

type Handle = (data: JsonObject, context: HookContext) => HookReturn | Promise<HookReturn>;

let app: TestApp;
let actor: TenantActor;
/** What the hooks in this process do; each test sets its own. */
const handlers: { before: Handle; after: Handle; error: Handle; step: Handle } = {
  before: () => undefined,
  after: () => undefined,
  error: () => undefined,
  step: () => undefined,
};
/** Hooks that were handed to a plugin. */
const called: string[] = [];

function take(name: keyof typeof handlers): Handle {
  return (data, context) => {
    called.push(name);
    return handlers[name](data, context);
  };
}

/** A handler that is told when it is reached, and waits until it is told to stop. */
function reachable(): { handle: Handle; reached: Promise<HookContext> } {
  const { promise: reached, resolve } = Promise.withResolvers<HookContext>();
  const handle: Handle = (_data, context) => {
    resolve(context);
    return new Promise((end) => context.signal.addEventListener('abort', () => end(undefined), { once: true }));
  };
  return { handle, reached };
}

const first = definePlugin({
  name: 'a-first',
  version: '1.0.0',
  author: 'Ada',
  description: 'Hooks that a test holds.',
  hooks: {
    BEFORE_TOOL_CALL: { mode: 'mutate', timeoutMs: 20_000, handle: take('before') },
    AFTER_TOOL_CALL: { mode: 'mutate', timeoutMs: 20_000, handle: take('after') },
    ON_ERROR: { mode: 'mutate', timeoutMs: 20_000, handle: take('error') },
    ON_REASONING_STEP: { mode: 'mutate', timeoutMs: 20_000, handle: take('step') },
  },
  tools: {
    deaf: {
      description: 'Trusted code that never ends.',
      parameters: { type: 'object' },
      timeoutMs: 20_000,
      execute: () => new Promise(() => {}),
    },
  },
});
const then = definePlugin({
  name: 'b-then',
  version: '1.0.0',
  author: 'Ada',
  description: 'A check and an observer behind it.',
  hooks: {
    BEFORE_TOOL_CALL: { mode: 'validate', handle: () => undefined },
    ON_REASONING_STEP: { mode: 'validate', handle: () => undefined },
  },
});
const watcher = definePlugin({
  name: 'c-watcher',
  version: '1.0.0',
  author: 'Ada',
  description: 'Looks on.',
  hooks: { BEFORE_TOOL_CALL: { mode: 'observe', handle: () => undefined } },
});

beforeAll(async () => {
  const registry = createRegistry();
  for (const plugin of [first, then, watcher]) registry.register(plugin);
  app = await createTestApp({ registry, plugins: { 'waiters.ts': TOOLS, 'slow.ts': SLOW } });
  for (const name of ['waiters', 'a-first', 'b-then', 'c-watcher']) await app.enable(name);
  actor = await app.actor();
});
afterAll(() => app.close());
beforeEach(() => {
  called.length = 0;
  for (const name of ['before', 'after', 'error', 'step'] as const) handlers[name] = () => undefined;
});

const call = (toolName: string, waiting?: { callerGone: AbortSignal }, who = actor) =>
  app.useCases.executeTool(who, { toolName, params: { given: true } }, waiting);
const cancel = (id: string, who = actor) => app.useCases.cancelToolExecution(who, { id });

/** The newest execution that the journal says is running. */
async function nextRunning(): Promise<string> {
  return await vi.waitUntil(
    async () => {
      const { edges } = await app.useCases.listToolExecutions(actor, { filter: { statuses: ['RUNNING'] }, last: 1 });
      return edges[0]?.node.id;
    },
    { timeout: 10_000, interval: 5 },
  );
}

/** Everything the journal has of an execution: hooks by name, and the kinds of its own events. */
async function accountOf(id: string): Promise<readonly string[]> {
  const events: JournalEvent[] = [];
  for (let after = 0; ; after = events.at(-1)!.seq) {
    const page = await app.journal.read(actor.tenant.id, after, 500);
    events.push(...page);
    if (page.length === 0) break;
  }
  return events.flatMap((event) => {
    if (event.type === 'HOOK_INVOKED' && event.invocation.executionId === id) return [event.invocation.hook];
    if (event.type === 'TOOL_EXECUTED' && event.execution.id === id) return [`${event.kind} ${event.execution.status}`];
    return [];
  });
}

describe('cancelToolExecution', () => {
  test.each([
    ['stops', 'a tool that stops when it is told', 'while the tool ran'],
    ['throws', 'a tool that throws when it is told', 'while the tool ran'],
    ['ignores', 'a tool that does not listen', 'while the tool ran'],
    ['spins', 'a tool that cannot listen', 'while the tool ran'],
    ['insists', 'a tool that answers all the same', 'answer of the tool is withheld'],
    ['deaf', 'trusted code that never ends', 'while the tool ran'],
  ])('%s: %s', async (toolName, _what, message) => {
    const running = call(toolName);
    const id = await nextRunning();
    const started = performance.now();
    const cancelled = await cancel(id);
    const tookMs = performance.now() - started;
    const expected = {
      id,
      status: 'CANCELLED',
      success: false,
      data: null,
      params: { given: true },
      answeredBy: null,
      error: {
        code: 'CANCELLED',
        pluginCode: null,
        retryable: false,
        message: expect.stringContaining(message) as string,
      },
    };
    expect(cancelled).toMatchObject(expected);
    expect(await running).toMatchObject(expected);
    expect(cancelled.error?.message).not.toContain('secret');
    // The grace, the end of a runner, and what a busy machine adds.
    expect(tookMs).toBeLessThan(SANDBOX_LIMITS.abortGraceMs.default + 2_000);
    expect(called).toEqual(['before']);
    expect(await accountOf(id)).toEqual(['BEFORE_TOOL_CALL', 'STARTED RUNNING', 'COMPLETED CANCELLED']);
    expect(await call('quick')).toMatchObject({ status: 'SUCCEEDED', data: 'quick' });
  });

  test('is idempotent: again, and for one that has ended well, it answers what there is', async () => {
    const running = call('stops');
    const id = await nextRunning();
    const answers = await Promise.all([cancel(id), cancel(id), cancel(id)]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await cancel(id)).toEqual(answers[0]);
    await running;

    const done = await call('quick');
    expect(await cancel(done.id)).toMatchObject({ id: done.id, status: 'SUCCEEDED', data: 'quick' });
    expect(await accountOf(done.id)).toEqual([
      'BEFORE_TOOL_CALL',
      'STARTED RUNNING',
      'AFTER_TOOL_CALL',
      'COMPLETED SUCCEEDED',
    ]);
  });

  test('a call that waits for its turn ends at once, and those at work are left alone', async () => {
    const hold = new AbortController();
    const atWork = Array.from({ length: SANDBOX_LIMITS.callsAtOnce.default }, () =>
      call('stops', { callerGone: hold.signal }),
    );
    const { length } = atWork;
    const running = () =>
      app.useCases
        .listToolExecutions(actor, { filter: { statuses: ['RUNNING'] }, last: 50 })
        .then(({ edges }) => edges);
    await vi.waitUntil(async () => (await running()).length === length, { timeout: 10_000, interval: 10 });
    const leaving = new AbortController();
    const waiting = call('stops', { callerGone: leaving.signal });
    await vi.waitUntil(async () => (await running()).length === length + 1, { timeout: 10_000, interval: 10 });
    leaving.abort();
    expect(await waiting).toMatchObject({ status: 'CANCELLED' });
    expect(await running()).toHaveLength(length);
    hold.abort();
    for (const { status } of await Promise.all(atWork)) expect(status).toBe('CANCELLED');
    expect(await call('quick')).toMatchObject({ status: 'SUCCEEDED' });
  });

  describe('who may', () => {
    let id: string;
    let running: Promise<unknown>;
    const owner: TokenOptions = { roles: ['agent'], agentId: 'helper', subject: 'alice' };
    beforeEach(async () => {
      running = call('stops', undefined, await app.actor(owner));
      id = await nextRunning();
      return async () => {
        await cancel(id);
        await running;
      };
    });

    test.each<[string, TokenOptions]>([
      ['an admin', {}],
      ['the agent itself', owner],
      ['another token of the same agent', { roles: ['agent'], agentId: 'helper', subject: 'bob' }],
      ['another agent of the same subject', { roles: ['agent'], agentId: 'other', subject: 'alice' }],
    ])('%s', async (_who, token) => {
      const who = await app.actor(token);
      expect(await cancel(id, who)).toMatchObject({ id, status: 'CANCELLED' });
      expect(await cancel(id, who)).toMatchObject({ id, status: 'CANCELLED' });
    });

    test.each<[string, TokenOptions]>([
      ['another agent', { roles: ['agent'], agentId: 'other', subject: 'bob' }],
      ['an agent without an agent id', { roles: ['agent'], subject: 'bob' }],
      ['an admin of another tenant', { tenant: 'globex' }],
      ['the same subject and agent in another tenant', { ...owner, tenant: 'globex' }],
    ])('not %s, who is told what is told of one that does not exist', async (_who, token) => {
      const who = await app.actor(token);
      const absent = await cancel('ToolExecution:00000000-0000-4000-8000-000000000000', who).catch((e: unknown) => e);
      expect(absent).toMatchObject({ code: 'NOT_FOUND' });
      await expect(cancel(id, who)).rejects.toEqual(absent);
      expect(await app.useCases.getToolExecution(actor, { id })).toMatchObject({ status: 'RUNNING' });
      await cancel(id);
      await expect(cancel(id, who)).rejects.toEqual(absent);
    });

    test.each(['ToolExecution:none', 'Plugin:waiters', 'ToolExecution:', '\0', `ToolExecution:${'0'.repeat(400)}`])(
      'nothing has the id %j',
      async (wrong) => {
        await expect(cancel(wrong)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      },
    );
  });
});

describe('at each point of its way', () => {
  test('before it begins: nothing of it is called', async () => {
    const gone = AbortSignal.abort();
    const execution = await call('quick', { callerGone: gone });
    expect(execution).toMatchObject({ status: 'CANCELLED', params: null, error: { code: 'CANCELLED' } });
    expect(called).toEqual([]);
    expect(await accountOf(execution.id)).toEqual(['BEFORE_TOOL_CALL', 'COMPLETED CANCELLED']);
  });

  test('during BEFORE_TOOL_CALL: the tool is not called, and the steps say how far it went', async () => {
    const { handle, reached } = reachable();
    handlers.before = handle;
    const running = call('quick');
    const { executionId } = await reached;
    const execution = await cancel(String(executionId));
    expect(await running).toMatchObject({ id: executionId, status: 'CANCELLED' });
    expect(execution).toMatchObject({
      status: 'CANCELLED',
      // What the tool would have been given is not known: the hooks were not done with it.
      params: null,
      data: null,
      error: { code: 'CANCELLED', message: 'It was cancelled, before the tool was called.' },
    });
    expect(await accountOf(execution.id)).toEqual(['BEFORE_TOOL_CALL', 'COMPLETED CANCELLED']);
    const [invocation] = await app.useCases.listInvocationsOfExecutions(actor, { ids: [execution.id] });
    expect(invocation?.steps).toMatchObject([
      // It answered when it was told; an answer is an answer.
      { pluginName: 'a-first', outcome: 'CONTINUED', error: null },
      { pluginName: 'b-then', outcome: 'SKIPPED', error: { code: 'CANCELLED' } },
      { pluginName: 'c-watcher', outcome: 'SKIPPED', error: { code: 'CANCELLED' } },
    ]);
    // A check that could not be made does not let pass what it guards.
    expect(invocation).toMatchObject({ outcome: 'BLOCKED', block: { pluginName: 'b-then', code: 'HOOK_FAILED' } });
  });

  test('during AFTER_TOOL_CALL: the answer is withheld', async () => {
    const { handle, reached } = reachable();
    handlers.after = handle;
    const running = call('quick');
    const { executionId } = await reached;
    await cancel(String(executionId));
    const execution = await running;
    expect(execution).toMatchObject({ status: 'CANCELLED', data: null, success: false, params: { given: true } });
    expect(await accountOf(execution.id)).toEqual([
      'BEFORE_TOOL_CALL',
      'STARTED RUNNING',
      'AFTER_TOOL_CALL',
      'COMPLETED CANCELLED',
    ]);
    expect(called).toEqual(['before', 'after']);
  });

  test('during ON_ERROR: nothing recovers it any more', async () => {
    const { promise: reached, resolve } = Promise.withResolvers<HookContext>();
    handlers.error = (_data, context) => {
      resolve(context);
      return new Promise((end) => context.signal.addEventListener('abort', () => end(respond('recovered'))));
    };
    const running = call('late');
    const { executionId } = await reached;
    await cancel(String(executionId));
    expect(await running).toMatchObject({ status: 'CANCELLED', data: null, error: { code: 'CANCELLED' } });
    expect(called).toEqual(['before', 'error']);
  });

  test('while the plugin is loading: the call ends, the loading does not', async () => {
    await app.enable('slow');
    // A row that is newer makes the next call open an instance.
    await app.useCases.disablePlugin(actor, { name: 'slow' });
    const leaving = new AbortController();
    const enabled = app.useCases.enablePlugin(actor, { name: 'slow' });
    await enabled;
    const other = await app.actor({ tenant: 'globex' });
    await app.useCases.enablePlugin(other, { name: 'slow' });
    const running = call('nothing', { callerGone: leaving.signal }, other);
    leaving.abort();
    expect(await running).toMatchObject({ status: 'CANCELLED' });
    expect(await call('nothing', undefined, other)).toMatchObject({ status: 'SUCCEEDED', data: 1 });
  });

  test("the tool's own deadline is not a cancellation", async () => {
    const execution = await call('late');
    expect(execution).toMatchObject({ status: 'FAILED', error: { code: 'TIMEOUT' } });
    expect(called).toEqual(['before', 'error']);
  });
});

describe('a caller that goes away', () => {
  test('cancels its tool call, says so, and leaves nothing listening', async () => {
    const leaving = new AbortController();
    const running = call('stops', { callerGone: leaving.signal });
    await nextRunning();
    expect(getEventListeners(leaving.signal, 'abort')).toHaveLength(1);
    leaving.abort();
    expect(await running).toMatchObject({
      status: 'CANCELLED',
      error: { message: 'Its caller went away, while the tool ran.', retryable: false },
    });
    expect(getEventListeners(leaving.signal, 'abort')).toHaveLength(0);
    const staying = new AbortController();
    await Promise.all(Array.from({ length: 20 }, () => call('quick', { callerGone: staying.signal })));
    expect(getEventListeners(staying.signal, 'abort')).toHaveLength(0);
    expect(await app.metrics.text()).toContain('hookline_calls_under_way 0');
  });

  test('cancels its hook invocation; what ran is recorded, and what did not run is not taken for passed', async () => {
    const { handle, reached } = reachable();
    handlers.step = handle;
    const leaving = new AbortController();
    const running = app.useCases.invokeHook(
      actor,
      { hook: 'ON_REASONING_STEP', data: { step: 'think' } },
      { callerGone: leaving.signal },
    );
    await reached;
    leaving.abort();
    const answer = await running;
    expect(answer).toMatchObject({ outcome: 'BLOCKED', block: { pluginName: 'b-then', code: 'HOOK_FAILED' } });
    expect(await app.useCases.getHookInvocation(actor, { id: answer.id })).toEqual(answer);
    expect(answer.steps).toMatchObject([
      { pluginName: 'a-first', outcome: 'CONTINUED' },
      { pluginName: 'b-then', outcome: 'SKIPPED', error: { code: 'CANCELLED' } },
    ]);
  });

  test('a handler that does not listen is FAILED with CANCELLED', async () => {
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    handlers.step = () => {
      resolve();
      return new Promise(() => {});
    };
    const leaving = new AbortController();
    const running = app.useCases.invokeHook(
      actor,
      { hook: 'ON_REASONING_STEP', data: { step: 'think' } },
      { callerGone: leaving.signal },
    );
    await reached;
    leaving.abort();
    expect((await running).steps[0]).toMatchObject({ outcome: 'FAILED', error: { code: 'CANCELLED' } });
  });
});
