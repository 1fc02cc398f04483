import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  HookOverridesDocument,
  HookPipelineDocument,
  HookStatsDocument,
  InvokeHookDocument,
  OverridesChangedDocument,
  UpdateHookOverridesDocument,
} from '../../generated/graphql/graphql.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { follow, openSocket, request } from '../rig/graphql-client.ts';

/** Two hooks in a real isolate; one of them fails on request. */
const STEPPER = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'stepper', version: '1.0.0', author: 'Ada', description: 'Fails on request.',
  hooks: {
    ON_REASONING_STEP: { handle(data) { if (data.step === 'throw') throw new Error('broken'); } },
    BEFORE_AGENT_RUN: { handle() {} },
  },
});`;

let app: TestApp;
let admin: string;
let agent: string;
beforeAll(async () => {
  app = await createTestApp({ plugins: { 'stepper.ts': STEPPER } });
  admin = await app.token();
  agent = await app.token({ roles: ['agent'] });
  await app.enable('stepper');
});
afterAll(() => app.close());

const UNSET = { enabled: null, priority: null, timeoutMs: null, onFailure: null };

test('an admin overrides a hook, sees it, and everybody hears of it', async () => {
  const { data } = await request(app.url, admin, UpdateHookOverridesDocument, {
    input: { name: 'stepper', overrides: [{ hook: 'ON_REASONING_STEP', priority: 3, onFailure: 'CLOSED' }] },
  });
  expect(data?.updateHookOverrides).toEqual({
    name: 'stepper',
    configRevision: 2,
    hookOverrides: [{ ...UNSET, hook: 'ON_REASONING_STEP', priority: 3, onFailure: 'CLOSED' }],
  });
  const socket = openSocket(app.url, admin);
  const events = follow(socket, OverridesChangedDocument, { after: 'start' });
  expect((await events.next()).value).toMatchObject({
    data: { pluginChanged: { kind: 'ENABLED', plugin: { hookOverrides: [] } } },
  });
  expect((await events.next()).value).toMatchObject({
    data: {
      pluginChanged: {
        kind: 'CONFIG_UPDATED',
        pluginName: 'stepper',
        plugin: { hookOverrides: [{ hook: 'ON_REASONING_STEP', priority: 3 }] },
      },
    },
  });
  await socket.dispose();
  const pipeline = await request(app.url, agent, HookPipelineDocument, { hook: 'ON_REASONING_STEP' });
  expect(pipeline.data?.hookPipeline).toMatchObject([
    {
      pluginName: 'stepper',
      priority: 3,
      onFailure: 'CLOSED',
      applies: true,
      reason: expect.stringContaining('An override sets priority 3 (its own: 100), onFailure closed (its own: open).'),
    },
  ]);
  const blocked = await request(app.url, agent, InvokeHookDocument, {
    input: { hook: 'ON_REASONING_STEP', data: { step: 'throw' } },
  });
  expect(blocked.data?.invokeHook).toMatchObject({ outcome: 'BLOCKED', block: { code: 'HOOK_FAILED' } });
});

test('what cannot be is refused with pointers', async () => {
  const refused = await request(app.url, admin, UpdateHookOverridesDocument, {
    input: { name: 'stepper', overrides: [{ hook: 'ON_ERROR', timeoutMs: 999_999 }] },
  });
  expect(refused.errors).toMatchObject([
    {
      extensions: {
        code: 'INVALID_INPUT',
        details: [{ pointer: '/overrides/0/hook' }, { pointer: '/overrides/0/timeoutMs' }],
      },
    },
  ]);
  const unknown = await request(app.url, admin, UpdateHookOverridesDocument, {
    input: { name: 'nothing', overrides: [] },
  });
  expect(unknown.errors).toMatchObject([{ extensions: { code: 'PLUGIN_NOT_FOUND' } }]);
});

test('an agent sees no overrides', async () => {
  const { data, errors } = await request(app.url, agent, HookOverridesDocument, { id: 'Plugin:stepper' });
  expect(data?.node).toEqual({ name: 'stepper', hookOverrides: null });
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
});

test('each hook tells when it fired, when it failed, and how long it takes', async () => {
  const other = await app.token({ tenant: 'globex', roles: ['agent'] });
  const statsOf = async (token: string) => {
    const { data } = await request(app.url, token, HookStatsDocument, { id: 'Plugin:stepper' });
    const stats = data?.node && 'hookStats' in data.node ? data.node.hookStats : [];
    return (hook: string) => stats.find((stat) => stat.hook === hook);
  };
  const before = (await statsOf(agent))('ON_REASONING_STEP');
  const invoke = (step: string) =>
    request(app.url, agent, InvokeHookDocument, { input: { hook: 'ON_REASONING_STEP', data: { step } } });
  const started = new Date().toISOString();
  await invoke('throw');
  const betweenTheTwo = new Date().toISOString();
  await invoke('fine');
  const after = await statsOf(agent);
  const stat = after('ON_REASONING_STEP');
  expect(stat).toMatchObject({
    firedCount: (before?.firedCount ?? 0) + 2,
    failedCount: (before?.failedCount ?? 0) + 1,
    lastFailureCode: 'PLUGIN_ERROR',
  });
  expect(String(stat?.lastFailedAt) >= started).toBe(true);
  expect(String(stat?.lastFailedAt) <= betweenTheTwo).toBe(true);
  expect(String(stat?.lastFiredAt) >= betweenTheTwo).toBe(true);
  expect(stat?.p50Ms).toBeGreaterThan(0);
  expect(stat?.p99Ms).toBeGreaterThanOrEqual(stat?.p50Ms ?? Infinity);
  const never = { firedCount: 0, failedCount: 0, lastFiredAt: null, lastFailedAt: null, lastFailureCode: null };
  const untimed = { ...never, p50Ms: null, p99Ms: null };
  expect(after('BEFORE_AGENT_RUN')).toEqual({ hook: 'BEFORE_AGENT_RUN', ...untimed });
  // Another tenant's plugin of the same name is another one.
  expect((await statsOf(other))('ON_REASONING_STEP')).toEqual({ hook: 'ON_REASONING_STEP', ...untimed });
});
