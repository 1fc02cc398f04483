/** `cancelToolExecution` through the door: what it answers, to whom, and what others see of it. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../src/json/json.ts';
import { createTestApp, type TestApp, type TokenOptions } from '../rig/create-test-app.ts';
import { post } from '../rig/graphql-client.ts';

const PLUGIN = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'waiter', version: '1.0.0', author: 'Ada', description: 'Waits.',
  tools: { wait: { description: 'Waits.', parameters: { type: 'object' }, timeoutMs: 30_000, execute: () => new Promise(() => {}) } },
});`;

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ plugins: { 'waiter.ts': PLUGIN } });
  await app.enable('waiter');
});
afterAll(() => app.close());

const CANCEL =
  'mutation ($id: ID!) { cancelToolExecution(input: { id: $id }) { id status success data error { code retryable } } }';
const ABSENT = 'ToolExecution:00000000-0000-4000-8000-000000000000';

async function ask(
  query: string,
  variables: JsonObject = {},
  who: TokenOptions = {},
): Promise<{ status: number; text: string }> {
  const response = await post(app.url, await app.token(who), { query, variables });
  return { status: response.status, text: await response.text() };
}

async function runningId(): Promise<string> {
  return await vi.waitUntil(
    async () => {
      const { text } = await ask(
        '{ toolExecutions(last: 1, filter: { statuses: [RUNNING] }) { edges { node { id } } } }',
      );
      return /ToolExecution:[0-9a-f-]+/.exec(text)?.[0];
    },
    { timeout: 10_000, interval: 10 },
  );
}

test('the call is answered, the mutation too, and lists and filters know the status', async () => {
  const call = ask('mutation { executeTool(input: { toolName: "wait", params: {} }) { id status error { code } } }');
  const id = await runningId();
  const execution = {
    id,
    status: 'CANCELLED',
    success: false,
    data: null,
    error: { code: 'CANCELLED', retryable: false },
  };
  const [one, two] = await Promise.all([ask(CANCEL, { id }), ask(CANCEL, { id })]);
  expect(JSON.parse(one.text)).toEqual({ data: { cancelToolExecution: execution } });
  expect(two).toEqual(one);
  expect(await ask(CANCEL, { id })).toEqual(one);
  expect(JSON.parse((await call).text)).toEqual({
    data: { executeTool: { id, status: 'CANCELLED', error: { code: 'CANCELLED' } } },
  });
  const list = await ask('{ toolExecutions(filter: { statuses: [CANCELLED] }) { edges { node { id } } } }');
  expect(JSON.parse(list.text)).toEqual({ data: { toolExecutions: { edges: [{ node: { id } }] } } });
});

test("another's execution is answered, byte for byte, as one that does not exist", async () => {
  const owner: TokenOptions = { roles: ['agent'], agentId: 'helper', subject: 'alice' };
  const call = ask('mutation { executeTool(input: { toolName: "wait", params: {} }) { status } }', {}, owner);
  const id = await runningId();
  for (const who of [
    { tenant: 'globex' },
    { roles: ['agent'], agentId: 'other', subject: 'bob' },
  ] satisfies TokenOptions[]) {
    expect(await ask(CANCEL, { id }, who)).toEqual(await ask(CANCEL, { id: ABSENT }, who));
  }
  expect((await ask(CANCEL, { id: ABSENT })).text).toContain('"NOT_FOUND"');
  expect((await ask(CANCEL, { id }, owner)).text).toContain('"CANCELLED"');
  expect((await call).text).toContain('"CANCELLED"');
});

test.each(['', 'nothing', '42', 'toolExecution:1'])('the text %j is no id', async (id) => {
  expect((await ask(CANCEL, { id })).text).toContain('"INVALID_INPUT"');
});

test.each(['Plugin:waiter', 'ToolExecution:1', 'ToolExecution:\0'])('there is no execution %j', async (id) => {
  expect((await ask(CANCEL, { id })).text).toContain('"NOT_FOUND"');
});
