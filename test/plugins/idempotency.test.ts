/** Calls that are made again with the key of the first: one effect, and the same answer. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TenantActor } from '../../src/auth/actor.ts';
import { createIdempotencyKeys } from '../../src/db/idempotency-keys.ts';
import type { Json, JsonObject } from '../../src/json/json.ts';
import { IDEMPOTENCY_KEY_MAX_CHARS } from '../../src/plugins/once-only.ts';
import { createRegistry } from '../../src/plugins/registry.ts';
import { block, definePlugin } from '../../src/sdk/index.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

vi.setConfig({ testTimeout: 30_000 });

/** Every time that trusted code was really run. */
const effects: string[] = [];
let gate: Promise<void> = Promise.resolve();
const tool = { description: 'Counts.', parameters: { type: 'object', properties: { n: { type: 'number' } } } };
const counter = definePlugin({
  name: 'counter',
  version: '1.0.0',
  author: 'Ada',
  description: 'Counts what is done.',
  hooks: {
    ON_REASONING_STEP: {
      mode: 'mutate',
      async handle({ step }) {
        effects.push('step');
        await gate;
        return step === 'block' ? block({ reason: 'No.' }) : { step: `seen: ${String(step)}` };
      },
    },
    BEFORE_AGENT_RUN: {
      mode: 'mutate',
      confidential: true,
      handle({ input }) {
        effects.push('run');
        return { input: `known: ${String(input)}` };
      },
    },
  },
  tools: {
    count: {
      ...tool,
      async execute({ n }) {
        effects.push(`count ${String(n)}`);
        await gate;
        return { success: true, data: effects.length };
      },
    },
    fail: {
      ...tool,
      execute() {
        effects.push('fail');
        throw new Error('broken');
      },
    },
    much: { ...tool, execute: () => ({ success: true, data: 'x'.repeat(100_000) }) },
  },
});

let app: TestApp;
let actor: TenantActor;
let other: TenantActor;

beforeAll(async () => {
  const registry = createRegistry();
  registry.register(counter);
  app = await createTestApp({ registry });
  actor = await app.actor();
  other = await app.actor({ tenant: 'globex' });
  await app.enable('counter');
  await app.useCases.enablePlugin(other, { name: 'counter' });
});
afterAll(() => app.close());
beforeEach(() => {
  effects.length = 0;
  gate = Promise.resolve();
});

const newKey = () => `key-${crypto.randomUUID()}`;
const execute = (idempotencyKey: string, toolName = 'count', params: JsonObject = { n: 1 }, who = actor) =>
  app.useCases.executeTool(who, { toolName, params, idempotencyKey });
const step = (idempotencyKey: string, text: Json = 'think', who = actor) =>
  app.useCases.invokeHook(who, { hook: 'ON_REASONING_STEP', data: { step: text }, idempotencyKey });
const enable = (idempotencyKey: string, name = 'pii-redactor', who = actor) =>
  app.useCases.enablePlugin(who, { name, idempotencyKey });
const latest = () => app.journal.latestSeq(actor.tenant.id);
const rowOf = async (key: string) => {
  const rows = await app.database.prisma.idempotencyKey.findMany({ where: { key } });
  return rows[0] ?? null;
};

const OPERATIONS = [
  ['executeTool', execute, 'count 1'],
  ['invokeHook', step, 'step'],
] as const;

describe.each(OPERATIONS)('%s', (_name, ask, effect) => {
  test('again: the stored answer, one effect, no event', async () => {
    const key = newKey();
    const first = await ask(key);
    const seq = await latest();
    expect(await ask(key)).toEqual(first);
    expect(await latest()).toBe(seq);
    expect(effects).toEqual([effect]);
  });

  test('fifty at once: one effect, fifty equal answers', async () => {
    const key = newKey();
    const go = Promise.withResolvers<void>();
    gate = go.promise;
    const asked = Array.from({ length: 50 }, () => ask(key));
    await vi.waitUntil(() => effects.length > 0);
    go.resolve();
    const answers = await Promise.all(asked);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(effects).toEqual([effect]);
  });

  test("another tenant's key is its own", async () => {
    const key = newKey();
    const first = await ask(key);
    const foreign = await (ask === execute ? execute(key, 'count', { n: 1 }, other) : step(key, 'think', other));
    expect(foreign.id).not.toBe(first.id);
    expect(effects).toEqual([effect, effect]);
  });

  test.each(['', 'x'.repeat(IDEMPOTENCY_KEY_MAX_CHARS + 1), 'a\0b', '\ud800'])('%j is no key', async (key) => {
    await expect(ask(key)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: [{ pointer: '/idempotencyKey' }] });
    expect(effects).toEqual([]);
  });

  test('the longest key is one', async () => {
    const key = newKey().padEnd(IDEMPOTENCY_KEY_MAX_CHARS, 'é');
    expect(await ask(key)).toEqual(await ask(key));
    expect(effects).toEqual([effect]);
  });

  test('after its time the key is free: a new effect, and retention deletes it', async () => {
    const key = newKey();
    const first = await ask(key);
    const age = (hours: number) =>
      app.database.prisma.$executeRaw`
        UPDATE idempotency_keys SET claimed_at = now() - ${hours} * interval '1 hour' WHERE key = ${key}`;
    await age(23.9);
    expect(await ask(key)).toEqual(first);
    await age(24.1);
    const second = await ask(key);
    expect(second.id).not.toBe(first.id);
    expect(await ask(key)).toEqual(second);
    expect(effects).toEqual([effect, effect]);
    const serverId = (await rowOf(key))?.serverId ?? '';
    const keys = createIdempotencyKeys(app.database, { serverId, keepHours: 24 });
    await keys.deleteExpired();
    expect(await rowOf(key)).toMatchObject({ callId: second.id });
    await age(24.1);
    expect(await keys.deleteExpired()).toBe(1);
    expect(await rowOf(key)).toBeNull();
  });

  test('the answer outlives the events it was', async () => {
    const key = newKey();
    const first = await ask(key);
    await app.database.prisma.event.deleteMany({ where: { tenantId: actor.tenant.id } });
    await app.database.prisma.toolExecution.deleteMany({ where: { tenantId: actor.tenant.id } });
    expect(await ask(key)).toEqual(first);
    expect(effects).toEqual([effect]);
  });
});

describe('another input with the same key is IDEMPOTENCY_MISMATCH', () => {
  const mismatch = { code: 'IDEMPOTENCY_MISMATCH' };

  test('of executeTool', async () => {
    const key = newKey();
    await execute(key);
    await expect(execute(key, 'count', { n: 2 })).rejects.toMatchObject(mismatch);
    await expect(execute(key, 'fail')).rejects.toMatchObject(mismatch);
    const run = { toolName: 'count', params: { n: 1 }, idempotencyKey: key };
    await expect(app.useCases.executeTool(actor, { ...run, runId: 'another' })).rejects.toMatchObject(mismatch);
    await expect(app.useCases.executeTool(actor, { ...run, agentId: 'another' })).rejects.toMatchObject(mismatch);
    expect(effects).toEqual(['count 1']);
  });

  test('of invokeHook, also while the first is under way', async () => {
    const key = newKey();
    const go = Promise.withResolvers<void>();
    gate = go.promise;
    const first = step(key);
    await vi.waitUntil(() => effects.length > 0);
    await expect(step(key, 'other')).rejects.toMatchObject(mismatch);
    go.resolve();
    await first;
    await expect(step(key, 'other')).rejects.toMatchObject(mismatch);
  });

  test('of enablePlugin', async () => {
    const key = newKey();
    await enable(key);
    await expect(enable(key, 'calculator')).rejects.toMatchObject(mismatch);
  });

  test('but not the order of keys, nor how long one waits', async () => {
    const key = newKey();
    const first = await execute(key, 'count', { n: 1, m: [{ a: 1, b: 2 }] });
    expect(await execute(key, 'count', { m: [{ b: 2, a: 1 }], n: 1 })).toEqual(first);
    const again = { toolName: 'count', params: { n: 1, m: [{ a: 1, b: 2 }] }, idempotencyKey: key, waitMs: 0 };
    expect(await app.useCases.executeTool(actor, again)).toEqual(first);
  });

  test('a key of one operation is none of another', async () => {
    const key = newKey();
    await execute(key);
    expect(await step(key)).toMatchObject({ outcome: 'MODIFIED' });
    expect(await enable(key)).toMatchObject({ status: 'ENABLED' });
  });
});

test('a recorded failure is an answer as well', async () => {
  const key = newKey();
  const first = await execute(key, 'fail');
  expect(first).toMatchObject({ status: 'FAILED', error: { code: 'PLUGIN_ERROR' } });
  expect(await execute(key, 'fail')).toEqual(first);
  expect(effects).toEqual(['fail']);
  const blocked = newKey();
  expect(await step(blocked, 'block')).toMatchObject({ outcome: 'BLOCKED' });
  expect(await step(blocked, 'block')).toMatchObject({ outcome: 'BLOCKED' });
  expect(effects).toEqual(['fail', 'step']);
});

test('what the journal had to cut is answered whole', async () => {
  const key = newKey();
  const first = await execute(key, 'much');
  expect(await app.journal.findToolExecution(actor.tenant.id, first.id)).toMatchObject({ truncated: true, data: null });
  expect(await execute(key, 'much')).toEqual(first);
  expect(first.data).toHaveLength(100_000);
});

test('a confidential answer is not kept: what is stored has as little as the journal', async () => {
  const key = newKey();
  const ask = () =>
    app.useCases.invokeHook(actor, { hook: 'BEFORE_AGENT_RUN', data: { input: 'secret' }, idempotencyKey: key });
  const first = await ask();
  expect(first).toMatchObject({ outcome: 'MODIFIED', output: { input: 'known: secret' } });
  expect(await ask()).toMatchObject({ id: first.id, outcome: 'MODIFIED', input: null, output: null });
  expect(JSON.stringify(await rowOf(key))).not.toContain('secret');
  expect(effects).toEqual(['run']);
});

describe('what a caller does wrong is not stored', () => {
  test.each<[string, string, JsonObject]>([
    ['TOOL_NOT_FOUND', 'nothing', {}],
    ['PARAMS_INVALID', 'count', { n: 'one' }],
  ])('%s', async (code, toolName, params) => {
    const key = newKey();
    await expect(execute(key, toolName, params)).rejects.toMatchObject({ code });
    expect(await rowOf(key)).toBeNull();
    expect(await execute(key)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('RATE_LIMITED: the same call may be made again', async () => {
    await using full = await createTestApp({ registry: registryOf(), settings: { callsPerTool: 1 } });
    await full.enable('counter');
    const who = await full.actor();
    const go = Promise.withResolvers<void>();
    gate = go.promise;
    const call = (idempotencyKey: string) =>
      full.useCases.executeTool(who, { toolName: 'count', params: { n: 1 }, idempotencyKey });
    const first = call('first');
    await vi.waitUntil(() => effects.length === 1);
    await expect(call('second')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    go.resolve();
    await first;
    expect(await call('second')).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('a plugin that cannot be enabled', async () => {
    const key = newKey();
    await expect(enable(key, 'nothing')).rejects.toMatchObject({ code: 'PLUGIN_NOT_FOUND' });
    expect(await rowOf(key)).toBeNull();
  });
});

function registryOf() {
  const registry = createRegistry();
  registry.register(counter);
  return registry;
}

describe('enablePlugin', () => {
  test('again: the stored answer, even when the plugin was disabled since', async () => {
    const key = newKey();
    const first = await enable(key, 'calculator');
    expect(first).toMatchObject({ status: 'ENABLED' });
    await app.useCases.disablePlugin(actor, { name: 'calculator' });
    const seq = await latest();
    expect(await enable(key, 'calculator')).toEqual(first);
    expect(await latest()).toBe(seq);
    expect(await app.useCases.getPlugin(actor, { name: 'calculator' })).toMatchObject({ status: 'DISABLED' });
    expect(await enable(newKey(), 'calculator')).toMatchObject({ status: 'ENABLED' });
  });

  test('fifty at once: one event', async () => {
    await app.useCases.disablePlugin(actor, { name: 'calculator' });
    const key = newKey();
    const seq = await latest();
    const answers = await Promise.all(Array.from({ length: 50 }, () => enable(key, 'calculator')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await latest()).toBe(seq + 1);
  });
});

describe('with a key', () => {
  test('a caller that goes away cancels nothing: it may come back', async () => {
    const key = newKey();
    const go = Promise.withResolvers<void>();
    gate = go.promise;
    const leaving = new AbortController();
    const input = { toolName: 'count', params: { n: 1 }, idempotencyKey: key };
    const first = app.useCases.executeTool(actor, input, { callerGone: leaving.signal });
    await vi.waitUntil(() => effects.length === 1);
    leaving.abort();
    const again = app.useCases.executeTool(actor, input);
    go.resolve();
    expect(await first).toMatchObject({ status: 'SUCCEEDED', data: 1 });
    expect(await again).toEqual(await first);
  });

  test('RUNNING is no answer that is kept: it is followed to its end', async () => {
    const key = newKey();
    const go = Promise.withResolvers<void>();
    gate = go.promise;
    const input = { toolName: 'count', params: { n: 1 }, idempotencyKey: key };
    const first = await app.useCases.executeTool(actor, { ...input, waitMs: 0 });
    expect(first.status).toBe('RUNNING');
    expect(await app.useCases.executeTool(actor, { ...input, waitMs: 0 })).toEqual(first);
    const end = app.useCases.executeTool(actor, input);
    go.resolve();
    expect(await end).toMatchObject({ id: first.id, status: 'SUCCEEDED' });
    expect(await execute(key)).toEqual(await end);
    expect(effects).toEqual(['count 1']);
  });
});

describe('a claim whose server has died', () => {
  /** As a server leaves it that is killed right after it has claimed the key. */
  async function leaveClaim(key: string, operation: string, from: string, callId: string): Promise<void> {
    await app.database.prisma.$executeRaw`
      INSERT INTO idempotency_keys (tenant_id, operation, key, fingerprint, call_id, server_id, claimed_at)
      SELECT tenant_id, operation, ${key}, fingerprint, ${callId}, ${crypto.randomUUID()}::uuid, now()
      FROM idempotency_keys WHERE key = ${from} AND operation = ${operation}`;
  }

  test.each(OPERATIONS)('%s: before anything was recorded, it does not block', async (operation, ask, effect) => {
    const [model, key] = [newKey(), newKey()];
    await ask(model);
    await leaveClaim(key, operation, model, 'Nothing:1');
    effects.length = 0;
    const answers = await Promise.all([ask(key), ask(key), ask(key)]);
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
    expect(effects).toEqual([effect]);
  });

  test.each(OPERATIONS)('%s: after it was recorded, the journal has the answer', async (operation, ask) => {
    const [model, key] = [newKey(), newKey()];
    const first = await ask(model);
    await leaveClaim(key, operation, model, first.id);
    effects.length = 0;
    expect(await ask(key)).toEqual(first);
    expect(effects).toEqual([]);
  });

  test('enablePlugin: it is done again', async () => {
    const [model, key] = [newKey(), newKey()];
    await enable(model);
    await leaveClaim(key, 'enablePlugin', model, crypto.randomUUID());
    expect(await enable(key)).toMatchObject({ name: 'pii-redactor', status: 'ENABLED' });
  });
});
