/** Executions that outlive their request, and how many of one tool may be under way. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TenantActor } from '../../src/auth/actor.ts';
import { encodeCursor } from '../../src/events/cursor.ts';
import type { JsonObject } from '../../src/json/json.ts';
import { STOP_FINISH_MS } from '../../src/plugins/calls-under-way.ts';
import { WAIT_MAX_MS } from '../../src/plugins/execute-tool.ts';
import { createRegistry } from '../../src/plugins/registry.ts';
import { block, definePlugin, type HookReturn } from '../../src/sdk/index.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

vi.setConfig({ testTimeout: 30_000 });

/** Trusted code, so that a test can hold it: a call ends when it is let go, or told to stop. */
const held: { release: () => void }[] = [];
const tool = { description: 'Held by a test.', parameters: { type: 'object' }, timeoutMs: 25_000 };
const hold = (_params: JsonObject, { signal }: { signal: AbortSignal }) =>
  new Promise<{ success: true; data: string }>((resolve) => {
    const release = () => resolve({ success: true, data: 'let go' });
    held.push({ release });
    signal.addEventListener('abort', release, { once: true });
  });
let before: () => HookReturn | Promise<HookReturn> = () => undefined;

const holder = definePlugin({
  name: 'holder',
  version: '1.0.0',
  author: 'Ada',
  description: 'Waits for the test.',
  hooks: { BEFORE_TOOL_CALL: { mode: 'mutate', timeoutMs: 5_000, handle: () => before() } },
  tools: {
    hold: { ...tool, execute: hold },
    two_at_once: { ...tool, maxConcurrent: 2, execute: hold },
    many_at_once: { ...tool, maxConcurrent: 100, execute: hold },
  },
});

let app: TestApp;
let actor: TenantActor;

async function openApp(): Promise<TestApp> {
  const registry = createRegistry();
  registry.register(holder);
  const opened = await createTestApp({ registry, settings: { callsPerTool: 4 } });
  await opened.enable('holder');
  return opened;
}

beforeAll(async () => {
  app = await openApp();
  actor = await app.actor();
});
afterAll(() => app.close());
beforeEach(() => {
  before = () => undefined;
  return async () => {
    for (const { release } of held.splice(0)) release();
    await vi.waitUntil(async () => (await app.metrics.text()).includes('hookline_calls_under_way 0'));
  };
});

const call = (toolName: string, waitMs?: number | null, callerGone?: AbortSignal) =>
  app.useCases.executeTool(
    actor,
    { toolName, params: {}, ...(waitMs === undefined ? {} : { waitMs }) },
    { callerGone },
  );
const stateOf = (id: string) => app.useCases.getToolExecution(actor, { id });

describe('waitMs', () => {
  test('0 answers at once as RUNNING, whose cursor can be followed to its end', async () => {
    const execution = await call('hold', 0);
    expect(execution).toMatchObject({ status: 'RUNNING', success: null, data: null, error: null, durationMs: null });
    expect(await stateOf(execution.id)).toEqual(execution);
    const after = encodeCursor(actor.tenant.id, execution.seq);
    const followed = await app.useCases.followEvents(actor, { type: 'TOOL_EXECUTED', after });
    const events = followed[Symbol.asyncIterator]();
    held[0]?.release();
    expect(await events.next()).toMatchObject({
      value: { kind: 'COMPLETED', execution: { id: execution.id, status: 'SUCCEEDED', data: 'let go' } },
    });
    await events.return?.();
    expect(await stateOf(execution.id)).toMatchObject({ status: 'SUCCEEDED', seq: execution.seq });
  });

  test('a time waits so long and no longer', async () => {
    const started = performance.now();
    const execution = await call('hold', 300);
    const tookMs = performance.now() - started;
    expect(execution.status).toBe('RUNNING');
    expect(tookMs).toBeGreaterThanOrEqual(295);
    expect(tookMs).toBeLessThan(3_000);
  });

  test.each([[1_000], [WAIT_MAX_MS], [null], [undefined]])(
    '%s: an end that comes in time is the answer',
    async (waitMs) => {
      const running = call('hold', waitMs);
      await vi.waitUntil(() => held.length === 1);
      held[0]?.release();
      expect(await running).toMatchObject({ status: 'SUCCEEDED', data: 'let go' });
    },
  );

  test.each([-1, WAIT_MAX_MS + 1])('%i is INVALID_INPUT, and nothing is called', async (waitMs) => {
    await expect(call('hold', waitMs)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: [{ pointer: '/waitMs' }],
    });
    expect(held).toEqual([]);
  });

  test('what is blocked before the tool is called is answered as BLOCKED', async () => {
    before = () => block({ code: 'NO', reason: 'Not today.' });
    expect(await call('hold', 0)).toMatchObject({ status: 'BLOCKED', error: { code: 'BLOCKED' } });
    expect(held).toEqual([]);
  });

  test('hooks before the tool are waited for: RUNNING is in the journal', async () => {
    const reached = Promise.withResolvers<void>();
    const go = Promise.withResolvers<undefined>();
    before = () => {
      reached.resolve();
      return go.promise;
    };
    const running = call('hold', 0);
    await reached.promise;
    const { edges } = await app.useCases.listToolExecutions(actor, { filter: { statuses: ['RUNNING'] } });
    expect(edges).toEqual([]);
    go.resolve(undefined);
    const execution = await running;
    expect(await stateOf(execution.id)).toEqual(execution);
  });

  test('a caller that goes away ends nothing', async () => {
    const leaving = new AbortController();
    const waiting = call('hold', 10_000, leaving.signal);
    await vi.waitUntil(() => held.length === 1);
    leaving.abort();
    const execution = await call('hold', 0);
    expect(execution.status).toBe('RUNNING');
    held[0]?.release();
    expect(await waiting).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('it can be cancelled by its id', async () => {
    const { id } = await call('hold', 0);
    expect(await app.useCases.cancelToolExecution(actor, { id })).toMatchObject({ id, status: 'CANCELLED' });
  });

  test('it counts as a call under way until it has ended', async () => {
    for (let calls = 0; calls < 4; calls += 1) expect((await call('hold', 0)).status).toBe('RUNNING');
    await expect(call('hold', 0)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });
});

test('a server that stops ends it in bounded time, and says so in the journal', async () => {
  await using other = await openApp();
  const who = await other.actor();
  const { id } = await other.useCases.executeTool(who, { toolName: 'hold', params: {}, waitMs: 0 });
  const followed = await other.useCases.followEvents(who, { type: 'TOOL_EXECUTED' });
  const events = followed[Symbol.asyncIterator]();
  const ended = events.next();
  const started = performance.now();
  const closing = other.close();
  expect(await ended).toMatchObject({
    value: { kind: 'COMPLETED', execution: { id, status: 'CANCELLED', error: { retryable: true } } },
  });
  await closing;
  expect(performance.now() - started).toBeLessThan(STOP_FINISH_MS + 5_000);
});

describe('calls of one tool at once', () => {
  test.each([
    ['two_at_once', 2, 'what its author says'],
    ['many_at_once', 4, 'at most what the operator gives'],
    ['hold', 4, 'what the operator gives'],
  ])('%s: %i, %s', async (toolName, most) => {
    const latest = () => app.journal.latestSeq(actor.tenant.id);
    const asked = vi.fn<() => undefined>();
    await Promise.all(Array.from({ length: most }, () => call(toolName, 0)));
    before = asked;
    const seq = await latest();
    await expect(call(toolName)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterS: 1,
      message: expect.stringContaining(`"${toolName}" has ${most} calls under way`) as string,
    });
    // Nothing is recorded, and no hook was asked.
    expect(await latest()).toBe(seq);
    expect(asked).not.toHaveBeenCalled();
    before = () => undefined;
    // Of this tool, and of this tenant.
    const another = toolName === 'hold' ? 'two_at_once' : 'hold';
    expect((await call(another, 0)).status).toBe('RUNNING');
    const globex = await app.actor({ tenant: 'globex' });
    await app.useCases.enablePlugin(globex, { name: 'holder' });
    const foreign = await app.useCases.executeTool(globex, { toolName, params: {}, waitMs: 0 });
    expect(foreign.status).toBe('RUNNING');
    held[0]?.release();
    await vi.waitUntil(async () => (await call(toolName, 0).catch(() => null)) !== null);
  });

  test('a hundred at the same moment are two', async () => {
    const calls = await Promise.allSettled(Array.from({ length: 100 }, () => call('two_at_once', 0)));
    expect(calls.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  test('is told of each tool', async () => {
    const { edges } = await app.useCases.listTools(actor, { pluginName: 'holder' });
    expect(edges.map(({ node }) => [node.name, node.maxConcurrent])).toEqual([
      ['hold', null],
      ['many_at_once', 100],
      ['two_at_once', 2],
    ]);
  });
});
