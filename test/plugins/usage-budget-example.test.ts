/** The example that keeps values and emits events, as a tenant meets it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TenantActor } from '../../src/auth/actor.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

let app: TestApp;
let actor: TenantActor;
beforeAll(async () => {
  app = await createTestApp();
  actor = await app.actor();
  await app.enable('calculator');
  // So long a window that none ends while the tests run.
  await app.enable('usage-budget', { calls: 10, windowMinutes: 44_640 });
});
afterAll(() => app.close());

const call = (agentId: string | null, as = actor) =>
  app.useCases.executeTool(as, { toolName: 'add', params: { a: 1, b: 1 }, agentId });
const emitted = async () => {
  const events = await app.journal.read(actor.tenant.id, 0, 1_000);
  return events.filter((event) => event.type === 'PLUGIN_EMITTED');
};

test('of fifty calls at once exactly as many pass as the budget has', async () => {
  const results = await Promise.all(Array.from({ length: 50 }, () => call('eager')));
  expect(results.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(10);
  const blocked = results.filter(({ status }) => status === 'BLOCKED');
  expect(blocked).toHaveLength(40);
  expect(blocked[0]?.error?.message).toContain('This agent has had its 10 tool calls.');
  expect(await emitted()).toMatchObject([
    {
      pluginName: 'usage-budget',
      name: 'budget_exhausted',
      agentId: 'eager',
      data: { agentId: 'eager', limit: 10, toolName: 'add' },
    },
  ]);
}, 60_000);

test('each agent has a budget of its own, and so has each tenant', async () => {
  expect(await call('patient')).toMatchObject({ status: 'SUCCEEDED' });
  expect(await call(null)).toMatchObject({ status: 'SUCCEEDED' });
  const globex = await app.actor({ tenant: 'globex' });
  await app.useCases.enablePlugin(globex, { name: 'calculator' });
  await app.useCases.enablePlugin(globex, { name: 'usage-budget', config: { calls: 1 } });
  expect(await call('eager', globex)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await call('eager', globex)).toMatchObject({ status: 'BLOCKED' });
});

test('what was used up stays used up when the plugin was disabled for a while', async () => {
  await app.useCases.disablePlugin(actor, { name: 'usage-budget' });
  expect(await call('eager')).toMatchObject({ status: 'SUCCEEDED' });
  await app.useCases.enablePlugin(actor, { name: 'usage-budget' });
  expect(await call('eager')).toMatchObject({ status: 'BLOCKED' });
});

test('a new window begins afresh, and forgets who was not there', async () => {
  await app.useCases.updatePluginConfig(actor, { name: 'usage-budget', config: { calls: 1, windowMinutes: 44_639 } });
  const entries = await app.database.prisma.pluginKvEntry.findMany({ where: { tenantId: actor.tenant.id } });
  expect(entries).toEqual([]);
  expect(await call('eager')).toMatchObject({ status: 'SUCCEEDED' });
});
