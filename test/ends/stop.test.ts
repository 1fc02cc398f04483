/** How a server ends, as a process of its own: asked by SIGTERM, or killed. What was acknowledged is there afterwards. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { JsonObject } from '../../src/json/json.ts';
import { openSocket } from '../rig/graphql-client.ts';
import { openAcknowledged } from '../rig/raw-socket.ts';
import { startServer, type StartedServer } from '../rig/start-server.ts';
import { startProgram } from '../start-program.ts';
import { temporaryFolder } from '../temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

const READY = /Hookline is ready at (http:\/\/127\.0\.0\.1:\d+)/;

const SLEEPER = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'sleeper', version: '1.0.0', author: 'Ada', description: 'Sleeps.',
  tools: {
    sleep: {
      description: 'Answers after ms.', parameters: { type: 'object' },
      async execute({ ms }) {
        await new Promise((resolve) => setTimeout(resolve, ms));
        return { success: true, data: ms };
      },
    },
  },
});`;

const serve = (folder: string, options: { ownGroup?: boolean } = {}) =>
  startServer(folder, { plugins: { 'sleeper.ts': SLEEPER }, ...options });

const ENABLE = 'mutation { enablePlugin(input: { name: "sleeper" }) { status } }';
const SLEEP =
  'mutation ($params: JSONObject!) { executeTool(input: { toolName: "sleep", params: $params }) { id status data } }';
const EXECUTIONS = '{ toolExecutions(last: 200) { edges { node { id status error { code retryable } } } } }';

/** Resolves with the next execution that starts; a cursor read before makes sure that none is missed. */
async function nextStart(server: StartedServer): Promise<{ started: Promise<unknown>; closedWith: Promise<number> }> {
  const { data } = await server.ask('{ viewer { latestCursor } }');
  const { latestCursor } = (data as unknown as { viewer: { latestCursor: string } }).viewer;
  const closed = Promise.withResolvers<number>();
  const socket = openSocket(server.url, server.token);
  socket.on('closed', (event) => closed.resolve((event as { code: number }).code));
  const query =
    'subscription ($after: String) { toolExecuted(filter: { kinds: [STARTED] }, after: $after) { execution { id } } }';
  const events = socket.iterate({ query, variables: { after: latestCursor } });
  return { started: events.next(), closedWith: closed.promise };
}

async function executions(server: StartedServer): Promise<{ id: string; status: string; error: JsonObject | null }[]> {
  const { data } = await server.ask(EXECUTIONS);
  const { edges } = (data as unknown as { toolExecutions: { edges: { node: never }[] } }).toolExecutions;
  return edges.map(({ node }) => node);
}

test('SIGTERM: the call under way is answered, its subscriber told, and the next start has it all', async () => {
  await using folder = await temporaryFolder();
  await using server = await serve(folder.path);
  expect(await server.ask(ENABLE)).toEqual({ data: { enablePlugin: { status: 'ENABLED' } } });

  const { started, closedWith } = await nextStart(server);
  const running = server.ask(SLEEP, { params: { ms: 1500 } });
  await started;
  server.kill('SIGTERM');

  const { data } = await running;
  expect(data).toMatchObject({ executeTool: { status: 'SUCCEEDED', data: 1500 } });
  expect(await closedWith).toBe(1001);
  expect(await server.ended()).toBe(0);
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();

  await using again = await serve(folder.path);
  const { id } = (data as unknown as { executeTool: { id: string } }).executeTool;
  expect(await executions(again)).toMatchObject([{ id, status: 'SUCCEEDED' }]);
  expect(await again.ask(SLEEP, { params: { ms: 1 } })).toMatchObject({
    data: { executeTool: { status: 'SUCCEEDED' } },
  });
});

test('SIGTERM: a call over a socket is answered before the socket closes, and nothing new begins', async () => {
  await using folder = await temporaryFolder();
  await using server = await serve(folder.path);
  await server.ask(ENABLE);
  await using raw = await openAcknowledged(server.url, server.token);
  const subscribe = (id: string, query: string, variables = {}) =>
    raw.send({ id, type: 'subscribe', payload: { query, variables } });
  subscribe('follow', 'subscription { toolExecuted { kind } }');
  subscribe('call', SLEEP, { params: { ms: 1500 } });
  expect(await raw.receive()).toMatchObject({ id: 'follow', payload: { data: { toolExecuted: { kind: 'STARTED' } } } });
  const idle = await openAcknowledged(server.url, server.token);
  server.kill('SIGTERM');
  expect(await idle.closed).toMatchObject({ code: 1001 });

  subscribe('late', SLEEP, { params: { ms: 1 } });
  expect(await raw.receive()).toMatchObject({
    id: 'late',
    type: 'error',
    payload: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
  });
  const rest = [await raw.receive(), await raw.receive(), await raw.receive()];
  expect(rest).toContainEqual(
    expect.objectContaining({
      id: 'call',
      type: 'next',
      payload: { data: { executeTool: expect.objectContaining({ status: 'SUCCEEDED', data: 1500 }) } },
    }),
  );
  expect(rest).toContainEqual({ id: 'call', type: 'complete' });
  expect(await raw.closed).toMatchObject({ code: 1001 });
  expect(await server.ended()).toBe(0);
});

test('a signal to the whole process group, as Ctrl+C sends it, lets the call under way finish too', async () => {
  await using folder = await temporaryFolder();
  await using server = await serve(folder.path, { ownGroup: true });
  await server.ask(ENABLE);
  const { started } = await nextStart(server);
  const running = server.ask(SLEEP, { params: { ms: 1500 } });
  await started;
  server.killGroup('SIGINT');
  expect((await running).data).toMatchObject({ executeTool: { status: 'SUCCEEDED', data: 1500 } });
  expect(await server.ended()).toBe(0);
});

test('SIGTERM to npm, which does not hand it on, ends the server that it started', async () => {
  await using folder = await temporaryFolder();
  await using npm = startProgram(['npm', 'start'], { env: { PORT: '0', HOOKLINE_DATA_DIR: folder.path } });
  const [, url = ''] = await npm.waitFor(READY);
  npm.kill('SIGTERM');
  await vi.waitUntil(
    () =>
      fetch(`${url}/healthz`).then(
        () => false,
        () => true,
      ),
    { timeout: 20_000, interval: 250 },
  );
  // The lock is the last thing to go: once it has gone, nothing is left running.
  await vi.waitUntil(() => readdirSync(join(folder.path, 'lock')).length === 0, { timeout: 20_000, interval: 250 });
});

test('kill -9: what was acknowledged is there, and what was running is ended as SANDBOX_CRASHED', async () => {
  await using folder = await temporaryFolder();
  await using server = await serve(folder.path);
  await server.ask(ENABLE);
  const acknowledged: string[] = [];
  for (let call = 0; call < 20; call += 1) {
    const { data } = await server.ask(SLEEP, { params: { ms: 0 } });
    acknowledged.push((data as unknown as { executeTool: { id: string } }).executeTool.id);
  }
  const { started } = await nextStart(server);
  const running = server.ask(SLEEP, { params: { ms: 4000 } }).catch(() => 'cut off');
  await started;
  server.kill('SIGKILL');
  expect(await running).toBe('cut off');
  expect(await server.ended()).toBe('SIGKILL');

  await using again = await serve(folder.path);
  const found = await executions(again);
  expect(found.slice(0, 20).map(({ id, status }) => [id, status])).toEqual(acknowledged.map((id) => [id, 'SUCCEEDED']));
  expect(found.slice(20)).toMatchObject([{ status: 'FAILED', error: { code: 'SANDBOX_CRASHED', retryable: true } }]);
});
