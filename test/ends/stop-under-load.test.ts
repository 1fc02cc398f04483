/** A server that has to stop while much is under way, or while something is that never ends; and one that has met a bug. */
import { expect, test, vi } from 'vitest';
import type { JsonObject } from '../../src/json/json.ts';
import { descendantsOf, isAlive } from '../sandbox/processes.ts';
import { post } from '../rig/graphql-client.ts';
import { openRawHttp } from '../rig/raw-http.ts';
import { openAcknowledged } from '../rig/raw-socket.ts';
import { startServer, type StartedServer } from '../rig/start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

const STUBBORN = `import { definePlugin } from 'hookline/sdk';
const anything = { description: 'Takes its time.', parameters: { type: 'object' }, timeoutMs: 60_000 };
export default definePlugin({
  name: 'stubborn', version: '1.0.0', author: 'Ada', description: 'Does not listen.',
  onUnload: () => new Promise(() => {}),
  tools: {
    sleep: { ...anything, async execute({ ms }) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return { success: true, data: ms };
    } },
    hangs: { ...anything, execute: () => new Promise(() => {}) },
    spins: { ...anything, execute() { for (;;) {} } },
  },
  hooks: { ON_REASONING_STEP: { mode: 'mutate', timeoutMs: 30_000, handle: () => new Promise(() => {}) } },
});`;

const EXECUTE = `mutation ($tool: String!, $params: JSONObject!) {
  executeTool(input: { toolName: $tool, params: $params }) { status data error { code retryable } }
}`;

interface ExecuteAnswer {
  readonly data?: { executeTool: { status: string; error: { code: string; retryable: boolean } | null } } | null;
  readonly errors?: readonly { extensions: { code: string } }[];
}

const execute = async (server: StartedServer, tool: string, params: JsonObject = {}): Promise<ExecuteAnswer> =>
  (await server.ask(EXECUTE, { tool, params })) as unknown as ExecuteAnswer;

async function startStubborn(folder: string, env: Record<string, string> = {}): Promise<StartedServer> {
  const server = await startServer(folder, {
    plugins: { 'stubborn.ts': STUBBORN },
    env: { HOOKLINE_LIMIT_CPU_MS: '60000', ...env },
  });
  const enabled = await server.ask(
    'mutation { enablePlugin(input: { name: "stubborn" }) { status problem { message } } }',
  );
  expect(enabled).toEqual({ data: { enablePlugin: { status: 'ENABLED', problem: null } } });
  return server;
}

async function statuses(server: StartedServer): Promise<readonly string[]> {
  const { data } = await server.ask('{ toolExecutions(last: 200) { edges { node { status } } } }');
  const { edges } = (data as unknown as { toolExecutions: { edges: { node: { status: string } }[] } }).toolExecutions;
  return edges.map(({ node }) => node.status);
}

const untilRunning = (server: StartedServer, count: number) =>
  vi.waitUntil(async () => (await statuses(server)).filter((status) => status === 'RUNNING').length === count, {
    timeout: 30_000,
    interval: 50,
  });

/** Sends the signal; resolves with the exit code, how long it took, and whether anything is left of the server's children. */
async function stopped(server: StartedServer, signal: NodeJS.Signals = 'SIGTERM') {
  const children = descendantsOf(server.pid);
  expect(children.length).toBeGreaterThan(0);
  const from = performance.now();
  server.kill(signal);
  const code = await server.ended();
  const tookMs = performance.now() - from;
  await vi.waitUntil(() => !children.some(isAlive), { timeout: 2_000 }).catch(() => {});
  return { code, tookMs, orphans: children.filter(isAlive).length };
}

test('with fifty calls and a hundred subscriptions: no new work, every call answered, every socket told, nothing left', async () => {
  await using folder = await temporaryFolder();
  await using server = await startStubborn(folder.path);
  const sockets = await Promise.all(Array.from({ length: 4 }, () => openAcknowledged(server.url, server.token)));
  for (const socket of sockets) {
    for (let id = 0; id < 25; id += 1) {
      const query = 'subscription { toolExecuted(filter: { kinds: [COMPLETED] }) { execution { status } } }';
      socket.send({ id: `${id}`, type: 'subscribe', payload: { query } });
    }
  }
  // Eight at a time: some have ended when the server stops, most wait for their turn.
  const calls = Array.from({ length: 50 }, (_, call) => execute(server, 'sleep', { ms: 800 + call }));
  sockets[0]?.send({
    id: 'call',
    type: 'subscribe',
    payload: { query: EXECUTE, variables: { tool: 'hangs', params: {} } },
  });
  await untilRunning(server, 51);

  const ending = stopped(server);
  await server.waitFor(/SIGTERM: finishing what runs/);
  // The doors are still there, because a socket is owed an answer.
  const late = await Promise.all([
    fetch(`${server.url}/readyz`),
    fetch(`${server.url}/api/v1/plugins`, { headers: { authorization: `Bearer ${server.token}` } }),
    post(server.url, server.token, { query: EXECUTE, variables: { tool: 'sleep', params: {} } }),
  ]);
  for (const response of late) {
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.text()).toContain('SERVICE_UNAVAILABLE');
  }

  const answers = await Promise.all(calls);
  const ends = answers.map(({ data }) => data?.executeTool);
  expect(new Set(ends.map((end) => end?.status))).toEqual(new Set(['SUCCEEDED', 'CANCELLED']));
  // The server ended it, not its caller, who may well call again.
  const cancelled = ends.filter((end) => end?.status === 'CANCELLED');
  expect(cancelled[0]?.error).toEqual({ code: 'CANCELLED', retryable: true });
  for (const socket of sockets) expect(await socket.closed).toMatchObject({ code: 1001 });
  const { code, tookMs, orphans } = await ending;
  expect({ code, orphans }).toEqual({ code: 0, orphans: 0 });
  expect(tookMs).toBeLessThan(10_000);

  await using again = await startStubborn(folder.path);
  const recorded = await statuses(again);
  expect(recorded).toHaveLength(51);
  expect(recorded.filter((status) => status === 'CANCELLED')).toHaveLength(cancelled.length + 1);
  expect(recorded.filter((status) => status === 'SUCCEEDED')).toHaveLength(50 - cancelled.length);
});

test.each(['hangs', 'spins'])(
  'a plugin that never ends (it %s), in a tool, in a hook and in onUnload: the server ends within ten seconds',
  async (tool) => {
    await using folder = await temporaryFolder();
    await using server = await startStubborn(folder.path);
    const call = execute(server, tool);
    await untilRunning(server, 1);
    const invoked = server.ask(
      'mutation { invokeHook(input: { hook: ON_REASONING_STEP, data: {} }) { steps { outcome error { code } } } }',
    );
    await vi.waitUntil(
      async () => (await (await fetch(`${server.url}/metrics`)).text()).includes('\nhookline_calls_under_way 2\n'),
      { timeout: 20_000, interval: 50 },
    );
    // Requests that never come to their end.
    const halves = await Promise.all([1, 2, 3].map(() => openRawHttp(server.url, server.token)));
    for (const half of halves) half.post({ query: EXECUTE, variables: { tool, params: {} } }, { bytes: 250 });
    const { code, tookMs, orphans } = await stopped(server);
    expect({ code, orphans }).toEqual({ code: 0, orphans: 0 });
    expect(tookMs).toBeLessThan(10_000);
    expect(await call).toMatchObject({ data: { executeTool: { status: 'CANCELLED', error: { code: 'CANCELLED' } } } });
    expect(await invoked).toMatchObject({
      data: { invokeHook: { steps: [{ outcome: 'FAILED', error: { code: expect.any(String) as string } }] } },
    });
    for (const half of halves) await half.closed;
    await using again = await startStubborn(folder.path);
    expect(await statuses(again)).toEqual(['CANCELLED']);
  },
);

test('whoever has gone before the stop has his account too', async () => {
  await using folder = await temporaryFolder();
  await using server = await startStubborn(folder.path);
  await using http = await openRawHttp(server.url, server.token);
  http.post({ query: EXECUTE, variables: { tool: 'hangs', params: {} } });
  await untilRunning(server, 1);
  http.socket.destroy();
  await http.closed;
  const { code, orphans } = await stopped(server);
  expect({ code, orphans }).toEqual({ code: 0, orphans: 0 });
  await using again = await startStubborn(folder.path);
  expect(await statuses(again)).toEqual(['CANCELLED']);
});

test.each([
  ['an exception that nothing caught', 'SIGUSR2', 'a bug of the test'],
  ['a rejection that nobody handled', 'SIGWINCH', 'a rejection of the test'],
] as const)(
  '%s: logged, what is under way finished, and the exit code says that something was wrong',
  async (_what, signal, message) => {
    await using folder = await temporaryFolder();
    await using server = await startStubborn(folder.path, {
      NODE_OPTIONS: `--import=${new URL('fixtures/throw-on-signal.ts', import.meta.url).href}`,
      NODE_ENV: 'production',
    });
    const call = execute(server, 'sleep', { ms: 1_500 });
    await untilRunning(server, 1);
    const { code, tookMs, orphans } = await stopped(server, signal);
    expect({ code, orphans }).toEqual({ code: 1, orphans: 0 });
    expect(tookMs).toBeLessThan(10_000);
    expect(await call).toMatchObject({ data: { executeTool: { status: 'SUCCEEDED' } } });
    const fatal = server
      .printed()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { level: number; msg: string; err?: { message: string } })
      .filter(({ level }) => level === 60);
    expect(fatal).toMatchObject([
      { msg: 'The server stops, because it met a bug that nothing caught', err: { message } },
    ]);
    await using again = await startStubborn(folder.path);
    expect(await statuses(again)).toEqual(['SUCCEEDED']);
  },
);

test('a server whose log nobody reads any more stops in order too', async () => {
  await using folder = await temporaryFolder();
  await using server = await startStubborn(folder.path);
  server.stopReading();
  const { code, tookMs, orphans } = await stopped(server);
  expect({ code, orphans }).toEqual({ code: 0, orphans: 0 });
  expect(tookMs).toBeLessThan(10_000);
});
