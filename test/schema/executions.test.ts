/** Executions as an agent sees them over GraphQL: followed while they run, asked for again with a key, limited at once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { openSocket, post } from '../rig/graphql-client.ts';

/** Its tool goes on when it is let go by another one. */
const RELAY = `import { definePlugin } from 'hookline/sdk';
const waiting = new Map();
const parameters = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
export default definePlugin({
  name: 'relay', version: '1.0.0', author: 'Ada', description: 'Waits for a sign.',
  tools: {
    wait: {
      description: 'Tells, gives two parts, and waits.', parameters, timeoutMs: 20_000, maxConcurrent: 1,
      async *execute({ name }, { progress }) {
        progress({ waitsFor: name });
        yield 'one';
        await new Promise((resolve) => waiting.set(name, resolve));
        yield 'two';
        return { success: true, data: 'one two' };
      },
    },
    go: {
      description: 'Lets go.', parameters,
      execute({ name }) {
        const go = waiting.get(name);
        go?.();
        return { success: true, data: Boolean(go) };
      },
    },
  },
});`;

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await createTestApp({ plugins: { 'relay.ts': RELAY } });
  token = await app.token({ roles: ['agent'] });
  await app.enable('relay');
});
afterAll(() => app.close());

interface Answer {
  readonly data?: { readonly [field: string]: never } | null;
  readonly errors?: readonly { readonly extensions: JsonObject }[];
}

async function ask(query: string, variables: JsonObject = {}): Promise<Answer> {
  return (await (await post(app.url, token, { query, variables })).json()) as Answer;
}

interface Execution {
  readonly id: string;
  readonly cursor: string;
  readonly status: string;
  readonly data: unknown;
}

async function execute(input: JsonObject): Promise<Execution> {
  const query = `mutation ($input: ExecuteToolInput!) { executeTool(input: $input) { id cursor status data } }`;
  const { data, errors } = await ask(query, { input });
  if (!data) throw new Error(JSON.stringify(errors));
  return data['executeTool'] as unknown as Execution;
}

const codeOf = ({ errors }: Answer) => errors?.[0]?.extensions['code'];
const go = (name: string) => execute({ toolName: 'go', params: { name } });
const wait = (name: string, more: JsonObject = {}) => execute({ toolName: 'wait', params: { name }, ...more });

test('RUNNING is answered at once, followed from its cursor, and read by its id', async () => {
  const execution = await wait('a', { waitMs: 0, runId: 'run-a' });
  expect(execution).toMatchObject({ status: 'RUNNING', data: null });
  const client = openSocket(app.url, token);
  const events = client.iterate<{
    toolExecuted: { kind: string; parts: unknown; firstPart: unknown; progress: unknown };
  }>({
    query: `subscription ($after: String) {
      toolExecuted(filter: { runId: "run-a" }, after: $after) { kind progress parts firstPart execution { id status data } }
    }`,
    variables: { after: execution.cursor },
  });
  const told: unknown[] = [];
  const parts: unknown[] = [];
  for await (const { data } of events) {
    const event = data?.toolExecuted;
    told.push(event);
    if (Array.isArray(event?.parts)) parts.push(...(event.parts as unknown[]));
    if (parts.length === 1) expect((await go('a')).data).toBe(true);
    if (event?.kind === 'COMPLETED') break;
  }
  await client.dispose();
  const running = { execution: { id: execution.id, status: 'RUNNING', data: null } };
  expect(told[0]).toEqual({ ...running, kind: 'PROGRESS', progress: { waitsFor: 'a' }, parts: null, firstPart: null });
  expect(told.slice(1, -1)).toEqual([
    { ...running, kind: 'PROGRESS', progress: null, parts: ['one'], firstPart: 0 },
    { ...running, kind: 'PROGRESS', progress: null, parts: ['two'], firstPart: 1 },
  ]);
  const { id, cursor } = execution;
  const ended = { id, status: 'SUCCEEDED', data: 'one two' };
  expect(told.at(-1)).toEqual({ kind: 'COMPLETED', progress: null, parts: null, firstPart: null, execution: ended });
  const { data } = await ask('query ($id: ID!) { node(id: $id) { ... on ToolExecution { id cursor status data } } }', {
    id,
  });
  expect(data).toEqual({ node: { ...ended, cursor } });
});

test('a key is answered as before, by every field that takes one', async () => {
  const first = await execute({ toolName: 'go', params: { name: 'nobody' }, idempotencyKey: 'k' });
  expect(await execute({ toolName: 'go', params: { name: 'nobody' }, idempotencyKey: 'k' })).toEqual(first);
  const invoke = `mutation {
    invokeHook(input: { hook: ON_REASONING_STEP, data: { step: "think" }, idempotencyKey: "k" }) { id cursor durationMs }
  }`;
  expect(await ask(invoke)).toEqual(await ask(invoke));
  const other = await ask(invoke.replace('think', 'rest'));
  expect(codeOf(other)).toBe('IDEMPOTENCY_MISMATCH');
  const admin = await app.token();
  const enable = async () => {
    const query =
      'mutation { enablePlugin(input: { name: "calculator", idempotencyKey: "k" }) { id status configRevision } }';
    return (await post(app.url, admin, { query })).text();
  };
  expect(await enable()).toBe(await enable());
});

test.each([
  ['idempotencyKey', 'x'.repeat(256)],
  ['idempotencyKey', ''],
  ['waitMs', -1],
  ['waitMs', 60_001],
])('%s: %j is INVALID_INPUT', async (field, value) => {
  const input = { toolName: 'go', params: { name: 'nobody' }, [field]: value };
  const query = 'mutation ($input: ExecuteToolInput!) { executeTool(input: $input) { id } }';
  expect(codeOf(await ask(query, { input }))).toBe('INVALID_INPUT');
});

test('a tool says how many of its calls may be under way', async () => {
  const { data } = await ask('{ tools(pluginName: "relay") { edges { node { name maxConcurrent } } } }');
  expect(data).toEqual({
    tools: {
      edges: [{ node: { name: 'go', maxConcurrent: null } }, { node: { name: 'wait', maxConcurrent: 1 } }],
    },
  });
  await wait('b', { waitMs: 0 });
  const again = await ask('mutation { executeTool(input: { toolName: "wait", params: { name: "c" } }) { id } }');
  expect(codeOf(again)).toBe('RATE_LIMITED');
  await go('b');
});
