/** What an agent asks over HTTP: answers, refusals as typed errors, and what is sent again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createClient,
  HooklineClientError,
  type ClientOptions,
  type ToolExecutedEvent,
} from '../../src/client/index.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { openScriptedDoor, refusal, type ScriptedDoor } from './scripted-door.ts';

/** Of each; together they are more than a page. */
const TOOLS_EACH = 90;
const toolbox = (name: string, more = '') => `import { definePlugin, block } from 'hookline/sdk';
const tool = (execute) => ({ description: 'A tool.', parameters: { type: 'object' }, timeoutMs: 20_000, execute });
const many = Object.fromEntries(Array.from({ length: ${TOOLS_EACH} }, (_, index) =>
  ['${name}_' + index, tool(() => ({ success: true, data: index }))]));
export default definePlugin({
  name: '${name}', version: '1.0.0', author: 'Ada', description: 'Has many tools.', ${more}
});`;
const MORE = `
  hooks: {
    BEFORE_AGENT_RUN: {
      mode: 'validate',
      handle: (data) => (data.input === 'no' ? block({ code: 'NO', reason: 'Not today.' }) : undefined),
    },
  },
  tools: {
    ...many,
    waits: tool(() => new Promise(() => {})),
    takes_a_while: tool(() => new Promise((done) => setTimeout(() => done({ success: true, data: 'done' }), 300))),
  },`;

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await createTestApp({
    plugins: {
      'toolbox.ts': toolbox('toolbox', MORE),
      'drawer.ts': toolbox('drawer', 'tools: many'),
      'shelf.ts': toolbox('shelf', 'tools: many'),
    },
  });
  for (const name of ['toolbox', 'drawer', 'shelf', 'calculator']) await app.enable(name);
  token = await app.token();
});
afterAll(() => app.close());

const connect = (options: Partial<ClientOptions> = {}) => createClient({ url: app.url, token, ...options });

describe('calls', () => {
  test('a tool answers, and what it does wrong is in the answer', async () => {
    const client = connect();
    const names = { runId: 'run-1', agentId: 'ada' };
    expect(await client.executeTool('divide', { a: 22, b: 4 }, names)).toMatchObject({
      status: 'SUCCEEDED',
      success: true,
      data: 5.5,
      ...names,
    });
    expect(await client.executeTool('divide', { a: 1, b: 0 }, { pluginName: 'calculator' })).toMatchObject({
      status: 'FAILED',
      error: { code: 'TOOL_ERROR', pluginCode: 'DIVISION_BY_ZERO', retryable: false },
    });
  });

  test('a hook answers, and a block is an answer', async () => {
    const run = connect().run({ runId: 'run-2', agentId: 'ada' });
    expect(await run.invokeHook('BEFORE_AGENT_RUN', { input: 'yes' })).toMatchObject({
      outcome: 'CONTINUED',
      output: { input: 'yes' },
      runId: 'run-2',
      agentId: 'ada',
    });
    expect(await run.invokeHook('BEFORE_AGENT_RUN', { input: 'no' })).toMatchObject({
      outcome: 'BLOCKED',
      block: { pluginName: 'toolbox', code: 'NO', reason: 'Not today.' },
    });
  });

  test('one that nobody waits for goes on, and its end is an event', async () => {
    const client = connect();
    const begun = await client.executeTool('takes_a_while', { a: 1 }, { waitMs: 0, runId: 'run-3' });
    expect(begun).toMatchObject({ status: 'RUNNING', success: null, data: null });
    let ended: ToolExecutedEvent | undefined;
    for await (const event of client.run({ runId: 'run-3' }).events({ after: begun.cursor })) {
      if (event.__typename !== 'ToolExecutedEvent' || event.kind !== 'COMPLETED') continue;
      ended = event;
      break;
    }
    expect(ended?.execution).toMatchObject({ id: begun.id, status: 'SUCCEEDED', data: 'done' });
    client.close();
  });

  test('what has a key is done once', async () => {
    const client = connect();
    const first = await client.invokeHook('ON_REASONING_STEP', { step: 'one' }, { idempotencyKey: 'step-1' });
    expect(await client.invokeHook('ON_REASONING_STEP', { step: 'one' }, { idempotencyKey: 'step-1' })).toEqual(first);
    await expect(
      client.invokeHook('ON_REASONING_STEP', { step: 'other' }, { idempotencyKey: 'step-1' }),
    ).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  test('all tools come, over several pages', async () => {
    const tools = await connect().tools();
    expect(tools.filter(({ plugin }) => plugin.name !== 'calculator')).toHaveLength(3 * TOOLS_EACH + 2);
    expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
    const ofCalculator = await connect().tools({ pluginName: 'calculator' });
    expect(ofCalculator).toEqual(tools.filter(({ plugin }) => plugin.name === 'calculator'));
    expect(ofCalculator).not.toEqual([]);
  });

  test('a call is cancelled by its id, and asking again answers the same', async () => {
    const client = connect();
    const started = client.toolExecuted({ filter: { toolName: 'waits', kinds: ['STARTED'] } });
    await started.begin();
    const waiting = client.executeTool('waits', {});
    const { value: event } = await started.next();
    const cancelled = await client.cancelToolExecution(event?.execution.id ?? '');
    expect(cancelled).toMatchObject({ status: 'CANCELLED', error: { code: 'CANCELLED' } });
    expect(await waiting).toEqual(cancelled);
    expect(await client.cancelToolExecution(cancelled.id)).toEqual(cancelled);
    client.close();
  });

  test('a signal gives up a call, which the server then cancels', async () => {
    const client = connect();
    const events = client.toolExecuted({ filter: { toolName: 'waits' } });
    await events.begin();
    const given = new AbortController();
    const waiting = client.executeTool('waits', {}, { signal: given.signal });
    await events.next();
    given.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect((await events.next()).value).toMatchObject({ kind: 'COMPLETED', execution: { status: 'CANCELLED' } });
    await expect(client.tools({ signal: given.signal })).rejects.toThrow('enough');
    client.close();
  });
});

describe('errors', () => {
  const thrown = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  test.each([
    [
      'a tool that is not there',
      'TOOL_NOT_FOUND',
      (url: string) => createClient({ url, token }).executeTool('none', {}),
    ],
    ['a bad token', 'UNAUTHENTICATED', (url: string) => createClient({ url, token: 'none' }).tools()],
    [
      'a cursor that is none',
      'INVALID_INPUT',
      (url: string) => createClient({ url, token }).events({ after: 'x' }).next(),
    ],
    [
      'a bad token of a stream',
      'UNAUTHENTICATED',
      (url: string) => createClient({ url, token: 'none' }).events({ after: 'start' }).next(),
    ],
  ])('%s is %s', async (_, code, call) => {
    const error = await thrown(call(app.url));
    expect(error).toBeInstanceOf(HooklineClientError);
    expect(error).toMatchObject({ code, answered: true });
  });

  test('details say where', async () => {
    expect(await thrown(connect().executeTool('divide', { a: '1', b: 2 }))).toMatchObject({
      code: 'PARAMS_INVALID',
      details: [{ pointer: '/a', message: 'must be number' }],
    });
  });

  test("another agent's name is FORBIDDEN", async () => {
    const client = connect({ token: await app.token({ roles: ['agent'], agentId: 'ada' }) });
    expect(await thrown(client.executeTool('add', { a: 1, b: 1 }, { agentId: 'bob' }))).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  test('nobody there is UNREACHABLE: for a call at once, for a question and a stream after its tries', async () => {
    await using door = await openScriptedDoor(app.url);
    const client = connect({ url: door.url, retries: 1 });
    door.script(null);
    expect(await thrown(client.executeTool('add', { a: 1, b: 1 }))).toMatchObject({
      code: 'UNREACHABLE',
      answered: false,
    });
    expect(door.requests).toBe(1);
    door.script(null, null);
    expect(await thrown(client.tools())).toMatchObject({ code: 'UNREACHABLE' });
    expect(door.requests).toBe(3);
    const nobody = connect({ url: 'http://127.0.0.1:9', retries: 1 });
    expect(await thrown(nobody.events().next())).toMatchObject({ code: 'UNREACHABLE' });
    expect(await thrown(nobody.events({ after: 'start' }).next())).toMatchObject({ code: 'UNREACHABLE' });
  });

  test.each([
    [{ status: 200, body: '<html>Welcome</html>' }, 'UNREADABLE_ANSWER'],
    [{ status: 404, body: '{"error":"no"}' }, 'UNREADABLE_ANSWER'],
    [{ status: 200, body: '{"errors":[{"message":"?","extensions":{"code":"OF_TOMORROW"}}]}' }, 'UNREADABLE_ANSWER'],
    [{ status: 502, body: '<html>Bad gateway</html>' }, 'UNREACHABLE'],
  ])('%j is %s', async (answer, code) => {
    await using door = await openScriptedDoor(app.url);
    door.script(answer);
    expect(await thrown(connect({ url: door.url, retries: 0 }).tools())).toMatchObject({ code, answered: false });
  });

  test('an answer that does not come in time is UNREACHABLE', async () => {
    const client = connect({ timeoutMs: 300 });
    expect(await thrown(client.executeTool('waits', {}))).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('within 0.3 s'),
    });
  });

  test('closing the client rejects what is under way and ends its streams', async () => {
    const client = connect();
    const events = client.toolExecuted({ filter: { toolName: 'waits' } });
    await events.begin();
    const waiting = thrown(client.executeTool('waits', {}));
    await events.next();
    client.close();
    expect(await waiting).toMatchObject({ code: 'CLIENT_CLOSED' });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(await thrown(client.tools())).toMatchObject({ code: 'CLIENT_CLOSED' });
    expect(await client.events().next()).toEqual({ done: true, value: undefined });
  });

  test.each(['nowhere', 'ftp://host', ''])('"%s" is no URL', (url) => {
    expect(() => createClient({ url, token })).toThrow(TypeError);
  });

  test('a stream without a WebSocket says what to give', async () => {
    const { WebSocket } = globalThis;
    Reflect.deleteProperty(globalThis, 'WebSocket');
    try {
      expect(await thrown(connect().events().next())).toMatchObject({
        message: expect.stringContaining('`webSocket`'),
      });
    } finally {
      globalThis.WebSocket = WebSocket;
    }
  });
});

describe('what is sent again', () => {
  let door: ScriptedDoor;
  beforeAll(async () => {
    door = await openScriptedDoor(app.url);
  });
  afterAll(() => door[Symbol.asyncDispose]());

  test.each(['RATE_LIMITED', 'SERVICE_UNAVAILABLE'])('a question after %s, not before Retry-After', async (code) => {
    door.script(refusal(code, 1));
    const started = performance.now();
    expect(await connect({ url: door.url }).tools({ pluginName: 'calculator' })).not.toEqual([]);
    expect(performance.now() - started).toBeGreaterThan(1_000);
  });

  test('not a call: it may have been done', async () => {
    const before = door.requests;
    door.script(refusal('RATE_LIMITED', 7));
    await expect(connect({ url: door.url }).executeTool('add', { a: 1, b: 1 })).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterS: 7,
    });
    expect(door.requests).toBe(before + 1);
  });

  test('not what cannot be sent at all, and it says why', async () => {
    const before = door.requests;
    const client = connect({ url: door.url });
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    for (const params of [{ a: 1n }, circular]) {
      const call = client.executeTool('add', params as never, { idempotencyKey: 'k' });
      await expect(call).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(/cannot be sent as JSON: ./),
      });
    }
    expect(door.requests).toBe(before);
  });

  test('a call with an idempotency key, which is done once', async () => {
    const before = door.requests;
    door.script(refusal('SERVICE_UNAVAILABLE', 0));
    const idempotencyKey = crypto.randomUUID();
    const client = connect({ url: door.url });
    const first = await client.executeTool('add', { a: 1, b: 1 }, { idempotencyKey });
    expect(first).toMatchObject({ status: 'SUCCEEDED', data: 2 });
    expect(door.requests).toBe(before + 2);
    expect(await client.executeTool('add', { a: 1, b: 1 }, { idempotencyKey })).toEqual(first);
  });

  test('not what would be refused again', async () => {
    const before = door.requests;
    await expect(connect({ url: door.url, token: 'none' }).tools()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(door.requests).toBe(before + 1);
  });

  test('a call whose token was refused, with another token, once', async () => {
    const tokens = ['old', token];
    const client = connect({ url: door.url, token: () => (tokens.length > 1 ? tokens.shift()! : tokens[0]!) });
    expect(await client.executeTool('add', { a: 1, b: 1 })).toMatchObject({ data: 2 });

    const before = door.requests;
    let asked = 0;
    const hopeless = connect({ url: door.url, token: () => `bad ${(asked += 1)}` });
    await expect(hopeless.executeTool('add', { a: 1, b: 1 })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(door.requests).toBe(before + 2);
  });

  test('what getting a token throws is thrown', async () => {
    const client = connect({ token: () => Promise.reject(new Error('no network to the identity provider')) });
    await expect(client.tools()).rejects.toThrow('identity provider');
    await expect(client.events({ after: 'start' }).next()).rejects.toThrow('identity provider');
  });
});
