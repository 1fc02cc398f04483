/** Idempotency keys where several servers share a database: the first claim counts, wherever it comes from. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRegistry } from '../../src/plugins/registry.ts';
import { definePlugin } from '../../src/sdk/index.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { createPostgresDatabase } from '../rig/open-test-database.ts';
import { startServer } from '../rig/start-server.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

let folder: string;
let url: string;
let drop: () => Promise<void>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-keys-'));
  ({ url, drop } = await createPostgresDatabase());
});
afterEach(async () => {
  await drop();
  await rm(folder, { recursive: true, force: true });
});

test('a hundred calls of one key on two servers: one effect, equal answers', async () => {
  const effects: string[] = [];
  const go = Promise.withResolvers<void>();
  const counter = definePlugin({
    name: 'counter',
    version: '1.0.0',
    author: 'Ada',
    description: 'Counts what is done.',
    hooks: { BEFORE_TOOL_CALL: { mode: 'mutate', handle: () => void effects.push('hook') } },
    tools: {
      count: {
        description: 'Counts.',
        parameters: { type: 'object' },
        async execute() {
          effects.push('tool');
          await go.promise;
          return { success: true, data: effects.length };
        },
      },
    },
  });
  const open = async (): Promise<TestApp> => {
    const registry = createRegistry();
    registry.register(counter);
    return createTestApp({ registry, dataDir: folder, settings: { databaseUrl: url } });
  };
  await using one = await open();
  await one.enable('counter');
  await using two = await open();
  const actor = await one.actor();
  const input = { toolName: 'count', params: {}, idempotencyKey: 'shared' };
  const asked = Array.from({ length: 100 }, (_, index) => (index % 2 ? one : two).useCases.executeTool(actor, input));
  await vi.waitUntil(() => effects.includes('tool'));
  // On whichever server it runs, both see it under way.
  for (const app of [one, two]) {
    expect(await app.useCases.executeTool(actor, { ...input, waitMs: 0 })).toMatchObject({ status: 'RUNNING' });
    const other = app.useCases.executeTool(actor, { ...input, params: { other: true } });
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  }
  go.resolve();
  const answers = await Promise.all(asked);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toMatchObject({ status: 'SUCCEEDED', data: 2 });
  expect(effects).toEqual(['hook', 'tool']);
});

/** A hook or a tool that does not end, and says when it was reached. */
const STUCK = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'stuck', version: '1.0.0', author: 'Ada', description: 'Does not end on the first server.',
  requiredPermissions: ['kv', 'events:emit'],
  hooks: {
    BEFORE_TOOL_CALL: {
      mode: 'mutate', timeoutMs: 30_000, when: { toolName: 'in_hook' },
      handle: (_, context) => meet(context),
    },
  },
  tools: {
    in_hook: { description: 'Its hook is stuck.', parameters: { type: 'object' }, execute: () => ({ success: true, data: 1 }) },
    in_tool: {
      description: 'It is stuck.', parameters: { type: 'object' }, timeoutMs: 30_000,
      execute: async (_, context) => { await meet(context); return { success: true, data: 1 }; },
    },
  },
});
async function meet({ kv, emit }) {
  if (await kv.get('met')) return;
  await kv.set('met', true);
  await emit('reached', null);
  await new Promise(() => {});
}`;

const CALL = 'mutation ($input: ExecuteToolInput!) { executeTool(input: $input) { status error { code } } }';

/** Whether a plugin was reached: it has said so in the journal, which is committed before it goes on. */
async function wasReached(): Promise<boolean> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query("SELECT 1 FROM events WHERE type = 'PLUGIN_EMITTED'").finally(() => client.end());
  return rows.length > 0;
}

test.each([
  ['in_hook', { status: 'SUCCEEDED', error: null }, 'before the journal knew of the call: it is made anew'],
  ['in_tool', { status: 'FAILED', error: { code: 'SANDBOX_CRASHED' } }, 'while the tool ran: it is not called again'],
])('a server that is killed %s: another one answers %j, %s', async (toolName, answer, _why) => {
  const start = (name: string) =>
    startServer(join(folder, name), { plugins: { 'stuck.ts': STUCK }, env: { DATABASE_URL: url } });
  await using first = await start('first');
  await using second = await start('second');
  await first.ask('mutation { enablePlugin(input: { name: "stuck" }) { status } }');
  const input = { toolName, params: {}, idempotencyKey: 'mine' };
  const lost = first.ask(CALL, { input }).catch(() => null);
  await vi.waitUntil(wasReached, { timeout: 20_000, interval: 50 });
  first.kill('SIGKILL');
  await first.ended();
  await lost;
  const started = performance.now();
  expect(await second.ask(CALL, { input })).toEqual({ data: { executeTool: answer } });
  expect(performance.now() - started).toBeLessThan(10_000);
});
