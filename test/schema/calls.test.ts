/** An agent at work: hooks, tools, and who watches them live. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EventsDocument,
  ExecuteToolDocument,
  ExecutionNodeDocument,
  HookInvocationsDocument,
  HookInvokedDocument,
  HookPipelineDocument,
  InvocationNodeDocument,
  InvokeHookDocument,
  ToolExecutedDocument,
  ToolExecutionsDocument,
  ViewerDocument,
} from '../../generated/graphql/graphql.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { follow, openSocket, request } from '../rig/graphql-client.ts';

let app: TestApp;
let token: string;
let other: string;
beforeAll(async () => {
  app = await createTestApp();
  token = await app.token({ roles: ['agent'] });
  other = await app.token({ roles: ['agent'], tenant: 'globex' });
  await app.enable('calculator');
  await app.enable('tool-guard', { deny: ['power'] });
});
afterAll(() => app.close());

const latestCursor = async () => (await request(app.url, token, ViewerDocument)).data?.viewer.latestCursor ?? 'start';
const add = (params: { a: number; b: number }, runId?: string) =>
  request(app.url, token, ExecuteToolDocument, { input: { toolName: 'add', params, ...(runId ? { runId } : {}) } });

test('a tool answers', async () => {
  const { data, errors } = await add({ a: 2, b: 3 }, 'run-1');
  expect(errors).toBeUndefined();
  expect(data?.executeTool).toMatchObject({
    toolName: 'add',
    pluginName: 'calculator',
    pluginVersion: '1.0.0',
    status: 'SUCCEEDED',
    params: { a: 2, b: 3 },
    success: true,
    data: 5,
    truncated: false,
    error: null,
    answeredBy: null,
    runId: 'run-1',
    agentId: null,
    hookInvocations: [
      { hook: 'BEFORE_TOOL_CALL', outcome: 'CONTINUED' },
      { hook: 'AFTER_TOOL_CALL', outcome: 'CONTINUED' },
    ],
  });
  expect(data?.executeTool.id).toMatch(/^ToolExecution:[0-9a-f-]{36}$/);
});

describe('what a plugin does wrong is data', () => {
  test('an error of the tool', async () => {
    const { data, errors } = await request(app.url, token, ExecuteToolDocument, {
      input: { toolName: 'divide', params: { a: 1, b: 0 } },
    });
    expect(errors).toBeUndefined();
    expect(data?.executeTool).toMatchObject({
      status: 'FAILED',
      success: false,
      data: null,
      error: { code: 'TOOL_ERROR', pluginCode: 'DIVISION_BY_ZERO', retryable: false, message: expect.any(String) },
    });
  });

  test('a block', async () => {
    const { data, errors } = await request(app.url, token, ExecuteToolDocument, {
      input: { toolName: 'power', params: { a: 1, b: 0 } },
    });
    expect(errors).toBeUndefined();
    expect(data?.executeTool).toMatchObject({ status: 'BLOCKED', success: false, error: { code: 'BLOCKED' } });
    const invocation = await request(app.url, token, InvocationNodeDocument, {
      id: data?.executeTool.hookInvocations[0]?.id ?? '',
    });
    expect(invocation.data?.node).toMatchObject({
      hook: 'BEFORE_TOOL_CALL',
      toolName: 'power',
      outcome: 'BLOCKED',
      block: { pluginName: 'tool-guard', code: 'TOOL_DENIED', details: { toolName: 'power' } },
      steps: [{ pluginName: 'tool-guard', mode: 'VALIDATE', outcome: 'BLOCKED', patch: null, error: null }],
    });
  });
});

describe('what a caller does wrong is an error, and nothing is recorded', () => {
  test.each([
    ['an unknown tool', { toolName: 'nothing', params: {} }, 'TOOL_NOT_FOUND'],
    ['an unknown plugin', { toolName: 'add', pluginName: 'nothing', params: {} }, 'PLUGIN_NOT_FOUND'],
    ['parameters that break the schema', { toolName: 'add', params: { a: 'two', b: 3 } }, 'PARAMS_INVALID'],
  ])('%s', async (_what, input, code) => {
    const before = await latestCursor();
    const { errors, data } = await request(app.url, token, ExecuteToolDocument, { input });
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['executeTool'], extensions: { code } }]);
    expect(await latestCursor()).toBe(before);
  });

  test('an agent id that the token does not have', async () => {
    const own = await app.token({ roles: ['agent'], agentId: 'agent-7' });
    const invoke = (agentId?: string) =>
      request(app.url, own, InvokeHookDocument, {
        input: { hook: 'ON_REASONING_STEP', data: {}, ...(agentId ? { agentId } : {}) },
      });
    expect((await invoke()).data?.invokeHook.agentId).toBe('agent-7');
    expect((await invoke('agent-7')).data?.invokeHook.agentId).toBe('agent-7');
    expect((await invoke('agent-8')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});

test('the pipeline is explained without running it', async () => {
  const before = await latestCursor();
  const { data } = await request(app.url, token, HookPipelineDocument, { hook: 'BEFORE_TOOL_CALL', toolName: 'add' });
  expect(data?.hookPipeline).toMatchObject([
    {
      position: 1,
      phase: 'VALIDATE',
      pluginName: 'tool-guard',
      onFailure: 'CLOSED',
      applies: true,
      reason: expect.any(String),
    },
  ]);
  expect(await latestCursor()).toBe(before);
});

describe('lists', () => {
  test('run from old to new, filtered, in pages that meet', async () => {
    for (let n = 0; n < 5; n += 1) await add({ a: n, b: 0 }, 'pages');
    const filter = { runId: 'pages' };
    const all = await request(app.url, token, ToolExecutionsDocument, { filter });
    expect(all.data?.toolExecutions.edges.map(({ node }) => node.data)).toEqual([0, 1, 2, 3, 4]);
    expect(all.data?.toolExecutions.edges.every(({ cursor, node }) => cursor === node.cursor)).toBe(true);
    const first = await request(app.url, token, ToolExecutionsDocument, { filter, first: 2 });
    expect(first.data?.toolExecutions.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const next = await request(app.url, token, ToolExecutionsDocument, {
      filter,
      first: 2,
      after: first.data?.toolExecutions.pageInfo.endCursor ?? null,
    });
    expect(next.data?.toolExecutions.edges.map(({ node }) => node.data)).toEqual([2, 3]);
    const newest = await request(app.url, token, ToolExecutionsDocument, { filter, last: 2 });
    expect(newest.data?.toolExecutions.edges.map(({ node }) => node.data)).toEqual([3, 4]);

    const hooks = await request(app.url, token, HookInvocationsDocument, {
      filter: { ...filter, hooks: ['AFTER_TOOL_CALL'] },
    });
    expect(hooks.data?.hookInvocations.edges.map(({ node }) => [node.hook, node.execution?.status])).toEqual(
      Array.from({ length: 5 }, () => ['AFTER_TOOL_CALL', 'SUCCEEDED']),
    );
    const blocked = await request(app.url, token, HookInvocationsDocument, {
      filter: { ...filter, outcomes: ['BLOCKED'] },
    });
    expect(blocked.data?.hookInvocations.edges).toEqual([]);
  });

  test('and nodes of another tenant are not there', async () => {
    const { data } = await add({ a: 1, b: 1 });
    const id = data?.executeTool.id ?? '';
    const hookId = data?.executeTool.hookInvocations[0]?.id ?? '';
    expect((await request(app.url, token, ExecutionNodeDocument, { id })).data?.node).toMatchObject({ id });
    expect(await request(app.url, other, ExecutionNodeDocument, { id })).toEqual({ data: { node: null } });
    expect(await request(app.url, other, InvocationNodeDocument, { id: hookId })).toEqual({ data: { node: null } });
    expect(await request(app.url, other, ToolExecutionsDocument)).toMatchObject({
      data: { toolExecutions: { edges: [] } },
    });
    const cursor = data?.executeTool.cursor ?? '';
    expect(await request(app.url, other, ToolExecutionsDocument, { after: cursor })).toMatchObject({
      errors: [{ extensions: { code: 'INVALID_INPUT' } }],
    });
  });
});

describe('live', () => {
  test('everything in the order of the journal, each as it was then', async () => {
    const client = openSocket(app.url, token);
    const after = await latestCursor();
    const events = follow(client, EventsDocument, { after });
    const { data } = await add({ a: 20, b: 22 });
    const seen = [];
    for (let n = 0; n < 4; n += 1) seen.push((await events.next()).value?.data?.events);
    expect(seen).toMatchObject([
      { __typename: 'HookInvokedEvent', invocation: { hook: 'BEFORE_TOOL_CALL' } },
      {
        __typename: 'ToolExecutedEvent',
        kind: 'STARTED',
        execution: { id: data?.executeTool.id, status: 'RUNNING', data: null },
      },
      { __typename: 'HookInvokedEvent', invocation: { hook: 'AFTER_TOOL_CALL' } },
      { __typename: 'ToolExecutedEvent', kind: 'COMPLETED', execution: { status: 'SUCCEEDED', data: 42 } },
    ]);
    await client.dispose();

    // Whoever comes later with the second event's cursor sees the rest, the same.
    const late = openSocket(app.url, token);
    const rest = follow(late, EventsDocument, { after: seen[1]?.cursor ?? '' });
    expect([(await rest.next()).value?.data?.events, (await rest.next()).value?.data?.events]).toEqual(seen.slice(2));
    await late.dispose();
  });

  test('an execution in an event has the cursor of its first event and the hooks up to then', async () => {
    const client = openSocket(app.url, token);
    const events = follow(client, ToolExecutedDocument, { after: await latestCursor(), filter: { toolName: 'add' } });
    const { data } = await add({ a: 1, b: 2 });
    const started = (await events.next()).value?.data?.toolExecuted;
    const completed = (await events.next()).value?.data?.toolExecuted;
    expect(started).toMatchObject({
      kind: 'STARTED',
      execution: { status: 'RUNNING', hookInvocations: [{ hook: 'BEFORE_TOOL_CALL' }] },
    });
    expect(completed).toMatchObject({
      kind: 'COMPLETED',
      execution: { status: 'SUCCEEDED', hookInvocations: [{ hook: 'BEFORE_TOOL_CALL' }, { hook: 'AFTER_TOOL_CALL' }] },
    });
    expect(started?.execution.cursor).toBe(started?.cursor);
    expect(completed?.execution.cursor).toBe(started?.cursor);
    expect(completed?.execution.cursor).toBe(data?.executeTool.cursor);
    await client.dispose();
  });

  test('an invocation in an event leads to the execution as it was then', async () => {
    const client = openSocket(app.url, token);
    const events = follow(client, HookInvokedDocument, { after: await latestCursor(), filter: { toolName: 'add' } });
    await add({ a: 1, b: 2 });
    const before = (await events.next()).value?.data?.hookInvoked;
    const after = (await events.next()).value?.data?.hookInvoked;
    expect(before?.invocation).toMatchObject({ hook: 'BEFORE_TOOL_CALL', execution: null });
    expect(after?.invocation).toMatchObject({ hook: 'AFTER_TOOL_CALL', execution: { status: 'RUNNING' } });
    await client.dispose();
  });

  test('filters', async () => {
    const client = openSocket(app.url, token);
    const after = await latestCursor();
    const events = follow(client, EventsDocument, { after, filter: { runId: 'wanted', types: ['TOOL_EXECUTED'] } });
    const hooks = follow(client, HookInvokedDocument, {
      after,
      filter: { hooks: ['ON_REASONING_STEP'], agentId: 'me' },
    });
    await add({ a: 1, b: 1 }, 'unwanted');
    await add({ a: 2, b: 2 }, 'wanted');
    await request(app.url, token, InvokeHookDocument, {
      input: { hook: 'ON_REASONING_STEP', data: { step: 'x' }, agentId: 'you' },
    });
    await request(app.url, token, InvokeHookDocument, {
      input: { hook: 'ON_REASONING_STEP', data: { step: 'y' }, agentId: 'me' },
    });
    expect((await events.next()).value?.data?.events).toMatchObject({ kind: 'STARTED' });
    expect((await events.next()).value?.data?.events).toMatchObject({ kind: 'COMPLETED', execution: { data: 4 } });
    expect((await hooks.next()).value?.data?.hookInvoked).toMatchObject({ invocation: { input: { step: 'y' } } });
    await client.dispose();
  });

  test('another tenant sees none of it, and its cursor is none here', async () => {
    const client = openSocket(app.url, other);
    const events = follow(client, EventsDocument, { after: 'start' });
    await add({ a: 1, b: 1 });
    await request(app.url, other, InvokeHookDocument, {
      input: { hook: 'ON_ERROR', data: { error: { code: 'X', message: 'mine' } } },
    });
    expect((await events.next()).value?.data?.events).toMatchObject({
      __typename: 'HookInvokedEvent',
      invocation: { hook: 'ON_ERROR' },
    });
    const foreign = follow(client, EventsDocument, { after: await latestCursor() });
    const refused = await foreign.next().then(
      () => [],
      (errors: unknown) => errors,
    );
    expect(refused).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
    await client.dispose();
  });
});
