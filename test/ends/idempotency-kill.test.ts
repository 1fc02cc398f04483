/** A server that is killed while it works on calls with idempotency keys: asked again after its restart, each was done once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json.ts';
import { post } from '../rig/graphql-client.ts';
import { startServer, type StartedServer } from '../rig/start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** Its effect stays, in the database, and is counted by what is called. */
const COUNTER = `import { definePlugin } from 'hookline/sdk';
const parameters = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
export default definePlugin({
  name: 'lasting-counter', version: '1.0.0', author: 'Ada', description: 'Counts for good.', requiredPermissions: ['kv'],
  tools: {
    count: {
      description: 'Adds one.', parameters,
      async execute({ name }, { kv }) {
        const entry = await kv.get(name);
        const count = (entry?.value ?? 0) + 1;
        await kv.set(name, count);
        return { success: true, data: count };
      },
    },
    counted: {
      description: 'How often.', parameters,
      execute: async ({ name }, { kv }) => ({ success: true, data: (await kv.get(name))?.value ?? 0 }),
    },
  },
});`;

const CALL = 'mutation ($input: ExecuteToolInput!) { executeTool(input: $input) { id status data error { code } } }';
const CALLS_AT_ONCE = 6;

interface Execution {
  readonly id: string;
  readonly status: string;
  readonly data: number | null;
}

async function call(server: StartedServer, input: JsonObject): Promise<Execution> {
  const { data, errors } = await server.ask(CALL, { input });
  if (errors) throw new Error(JSON.stringify(errors));
  return (data as unknown as { executeTool: Execution }).executeTool;
}

const start = (folder: string) => startServer(folder, { plugins: { 'lasting-counter.ts': COUNTER } });
const count = (server: StartedServer, name: string) =>
  call(server, { toolName: 'count', params: { name }, idempotencyKey: name });

/** Kills the server as soon as its journal tells that an execution has ended: its answer is on its way, or not yet. */
async function killAtEnd(server: StartedServer): Promise<void> {
  const query = 'subscription { toolExecuted(filter: { kinds: [COMPLETED] }) { cursor } }';
  const response = await post(server.url, server.token, { query }, { accept: 'text/event-stream' });
  let told = '';
  for await (const chunk of response.body ?? []) {
    told += Buffer.from(chunk as Uint8Array).toString();
    if (told.includes('"cursor"')) break;
  }
  server.kill('SIGKILL');
}

/** `killed` resolves when the server was killed; then it is asked again, twice, by another one. */
async function killAndAskAgain(folder: string, round: string, killing: (server: StartedServer) => Promise<void>) {
  const names = Array.from({ length: CALLS_AT_ONCE }, (_, index) => `${round}-${index}`);
  let before: PromiseSettledResult<Execution>[];
  {
    await using server = await start(folder);
    await server.ask(
      'mutation { enablePlugin(input: { name: "lasting-counter", idempotencyKey: "once" }) { status } }',
    );
    const killed = killing(server);
    before = await Promise.allSettled(names.map((name) => count(server, name)));
    await killed;
    await server.ended();
  }
  await using server = await start(folder);
  for (const [index, name] of names.entries()) {
    const [first, second] = await Promise.all([count(server, name), count(server, name)]);
    expect(second).toEqual(first);
    const answered = before[index];
    if (answered?.status === 'fulfilled') expect(first).toEqual(answered.value);
    const { data: times } = await call(server, { toolName: 'counted', params: { name } });
    // Killed in the middle of it, nobody knows: it is told as SANDBOX_CRASHED, and not done again.
    if (first.status === 'SUCCEEDED') expect([times, first.data]).toEqual([1, 1]);
    else
      expect([first, times]).toEqual([
        expect.objectContaining({ error: { code: 'SANDBOX_CRASHED' } }),
        expect.any(Number),
      ]);
    expect(times).toBeLessThanOrEqual(1);
  }
}

test('kill -9 between commit and answer: the committed result is the answer', async () => {
  await using folder = await temporaryFolder();
  await killAndAskAgain(folder.path, 'at-end', killAtEnd);
}, 180_000);

test('kill -9 at other moments', async () => {
  await using folder = await temporaryFolder();
  for (const ms of [0, 30]) {
    await killAndAskAgain(folder.path, `after-${ms}`, async (server) => {
      await sleep(ms);
      server.kill('SIGKILL');
    });
  }
}, 180_000);
