/** The original's example, as a tenant meets it: enabled over the use cases, run in the sandbox. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TenantActor } from '../../src/auth/actor.ts';
import type { JsonObject } from '../../src/json/json.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

let app: TestApp;
let actor: TenantActor;
beforeAll(async () => {
  app = await createTestApp();
  actor = await app.actor();
  await app.enable('calculator');
});
afterAll(() => app.close());

const run = (toolName: string, params: JsonObject) => app.useCases.executeTool(actor, { toolName, params });

test('is in the catalog as a sandboxed plugin with its tools', async () => {
  const plugin = await app.useCases.getPlugin(actor, { name: 'calculator' });
  expect(plugin).toMatchObject({
    status: 'ENABLED',
    trust: 'SANDBOXED',
    scope: 'GLOBAL',
    hooks: [],
    requiredPermissions: [],
  });
  expect(plugin.tools.map(({ name }) => name)).toEqual(['add', 'subtract', 'multiply', 'divide', 'power', 'sqrt']);
});

test.each<[string, JsonObject, number]>([
  ['add', { a: 2, b: 3 }, 5],
  ['add', { a: 0.1, b: 0.2 }, 0.3],
  ['subtract', { a: 2, b: 3 }, -1],
  ['multiply', { a: -4, b: 2.5 }, -10],
  ['divide', { a: 10, b: 4 }, 2.5],
  ['divide', { a: 0, b: 5 }, 0],
  ['power', { a: 2, b: 10 }, 1024],
  ['sqrt', { a: 144 }, 12],
])('%s(%j) is %d', async (toolName, params, data) => {
  expect(await run(toolName, params)).toMatchObject({ status: 'SUCCEEDED', success: true, data, error: null });
});

test.each<[string, JsonObject, string]>([
  ['divide', { a: 1, b: 0 }, 'DIVISION_BY_ZERO'],
  ['sqrt', { a: -1 }, 'NEGATIVE_ROOT'],
  ['power', { a: 10, b: 1000 }, 'NOT_FINITE'],
])('%s(%j) is a tool error with the code %s', async (toolName, params, pluginCode) => {
  expect(await run(toolName, params)).toMatchObject({
    status: 'FAILED',
    success: false,
    data: null,
    error: { code: 'TOOL_ERROR', pluginCode, retryable: false },
  });
});

describe('params that do not fit are the caller’s mistake', () => {
  test.each<[JsonObject, string, string]>([
    [{ a: 1 }, '/b', 'is missing'],
    [{ a: 1, b: '2' }, '/b', 'must be number'],
    [{ a: 1, b: 2, c: 3 }, '/c', 'is not a known field; there are a, b'],
  ])('%j', async (params, pointer, message) => {
    await expect(run('add', params)).rejects.toMatchObject({ code: 'PARAMS_INVALID', details: [{ pointer, message }] });
  });
});

test('precision is the tenant’s to choose', async () => {
  await app.useCases.updatePluginConfig(actor, { name: 'calculator', config: { precision: 2 } });
  expect((await run('divide', { a: 2, b: 3 })).data).toBe(0.67);
  const wrong = app.useCases.updatePluginConfig(actor, { name: 'calculator', config: { precision: 99 } });
  await expect(wrong).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: [{ pointer: '/precision' }] });
  expect((await run('divide', { a: 2, b: 3 })).data).toBe(0.67);
});

test('is another tenant’s only once that tenant enables it', async () => {
  const other = await app.actor({ tenant: 'globex' });
  const call = app.useCases.executeTool(other, { toolName: 'add', params: { a: 1, b: 1 } });
  await expect(call).rejects.toMatchObject({ code: 'PLUGIN_NOT_ENABLED' });
});
