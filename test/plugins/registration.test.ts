/** Enabling, disabling and configuring, through the use cases: what is kept, what is refused, and that nothing is half done. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TenantActor } from '../../src/auth/actor.ts';
import { createTenant } from '../../src/auth/tenants.ts';
import type { JsonObject } from '../../src/json/json.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

const GREETER = `import { definePlugin } from 'hookline/sdk';
let config;
export default definePlugin({
  name: 'greeter', version: '1.0.0', author: 'Ada', description: 'Greets.',
  configSchema: {
    type: 'object', additionalProperties: false, required: ['greeting'],
    properties: { greeting: { type: 'string', default: 'Hello' }, loud: { type: 'boolean', default: false }, waitMs: { type: 'integer' } },
  },
  tools: {
    greet: {
      description: 'Greets.', parameters: { type: 'object' },
      async execute() {
        await new Promise((resolve) => setTimeout(resolve, config.waitMs ?? 0));
        return { success: true, data: config.greeting };
      },
    },
  },
  onLoad(context) {
    config = context.config;
    if (config.greeting === 'throw') throw new Error('I will not load');
    if (config.greeting === 'loop') for (;;) {}
  },
  onUnload() { throw new Error('I will not unload'); },
});`;

const DEMANDING = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'demanding', version: '1.0.0', author: 'Ada', description: 'Wants a key.',
  configSchema: { type: 'object', required: ['key'], properties: { key: { type: 'string' } } },
});`;

let app: TestApp;
let actor: TenantActor;
let tenants = 0;
beforeAll(async () => {
  app = await createTestApp({
    plugins: { 'greeter.ts': GREETER, 'demanding.ts': DEMANDING },
    sandboxLimits: { initMs: 500 },
  });
});
afterAll(() => app.close());

// A tenant of its own for each test.
beforeEach(async () => {
  tenants += 1;
  const slug = `tenant-${tenants}`;
  await createTenant(app.database.prisma, { slug });
  actor = await app.actor({ tenant: slug });
});

const enable = (input: JsonObject = {}) => app.useCases.enablePlugin(actor, { name: 'greeter', ...input });
const disable = () => app.useCases.disablePlugin(actor, { name: 'greeter' });
const get = () => app.useCases.getPlugin(actor, { name: 'greeter' });
const configure = (config: JsonObject, expectedRevision?: number) =>
  app.useCases.updatePluginConfig(actor, {
    name: 'greeter',
    config,
    ...(expectedRevision === undefined ? {} : { expectedRevision }),
  });
const greet = async () => (await app.useCases.executeTool(actor, { toolName: 'greet', params: {} })).data;
const changes = async () => {
  const events = await app.journal.read(actor.tenant.id, 0, 10_000);
  return events.flatMap((event) => (event.type === 'PLUGIN_CHANGED' && event.pluginName === 'greeter' ? [event] : []));
};

describe('enable', () => {
  test('before any row: revision 0, the defaults, no registration', async () => {
    expect(await get()).toMatchObject({
      status: 'AVAILABLE',
      configRevision: 0,
      config: { greeting: 'Hello', loud: false },
      registration: null,
    });
  });

  test('loads, registers and says so in the journal', async () => {
    const view = await enable();
    expect(view).toMatchObject({
      status: 'ENABLED',
      enabled: true,
      configRevision: 1,
      config: { greeting: 'Hello', loud: false },
    });
    expect(await greet()).toBe('Hello');
    expect(await changes()).toMatchObject([
      { kind: 'ENABLED', plugin: { name: 'greeter', enabled: true, configRevision: 1 } },
    ]);
  });

  test('is idempotent: the second changes nothing', async () => {
    const first = await enable({ config: { loud: true } });
    const second = await enable();
    expect(second).toEqual(first);
    expect(await changes()).toHaveLength(1);
  });

  test('takes a config, and keeps it over disable and enable', async () => {
    await enable({ config: { greeting: 'Moin' } });
    const disabled = await disable();
    expect(disabled).toMatchObject({ status: 'DISABLED', enabled: false, config: { greeting: 'Moin', loud: false } });
    await expect(greet()).rejects.toMatchObject({ code: 'PLUGIN_NOT_ENABLED' });
    await enable();
    expect(await greet()).toBe('Moin');
    expect((await changes()).map(({ kind }) => kind)).toEqual(['ENABLED', 'DISABLED', 'ENABLED']);
  });

  test.each<[string, JsonObject, object]>([
    [
      'a config that breaks the schema',
      { config: { greeting: 7, extra: 1 } },
      { code: 'CONFIG_INVALID', details: [{ pointer: '/extra' }, { pointer: '/greeting' }] },
    ],
    [
      'a plugin that throws in onLoad',
      { config: { greeting: 'throw' } },
      { code: 'PLUGIN_LOAD_FAILED', details: { cause: 'PLUGIN_ERROR' } },
    ],
    [
      'a plugin that loops in onLoad',
      { config: { greeting: 'loop' } },
      { code: 'PLUGIN_LOAD_FAILED', details: { cause: 'TIMEOUT' } },
    ],
    ['an unknown version', { version: '9.9.9' }, { code: 'PLUGIN_NOT_FOUND' }],
    [
      'a config that cannot be stored',
      { config: { greeting: 'a\0b' } },
      { code: 'CONFIG_INVALID', details: [{ pointer: '/greeting' }] },
    ],
    [
      'half a character',
      { config: { greeting: '\ud800' } },
      { code: 'CONFIG_INVALID', details: [{ pointer: '/greeting' }] },
    ],
    ['a grant that is none', { grants: ['root'] }, { code: 'INVALID_INPUT' }],
  ])('with %s fails and leaves the registration as it was', async (_what, input, error) => {
    await expect(enable(input)).rejects.toMatchObject(error);
    expect(await get()).toMatchObject({ status: 'AVAILABLE', registration: null });
    await enable({ config: { greeting: 'Moin' } });
    const before = await get();
    await expect(enable(input)).rejects.toMatchObject(error);
    expect(await get()).toEqual(before);
    expect(await greet()).toBe('Moin');
    expect(await changes()).toHaveLength(1);
  });

  test('an unknown plugin is PLUGIN_NOT_FOUND', async () => {
    await expect(app.useCases.enablePlugin(actor, { name: 'nobody' })).rejects.toMatchObject({
      code: 'PLUGIN_NOT_FOUND',
    });
    await expect(app.useCases.disablePlugin(actor, { name: 'nobody' })).rejects.toMatchObject({
      code: 'PLUGIN_NOT_FOUND',
    });
  });

  test('a plugin whose config has no defaults wants one first', async () => {
    const name = 'demanding';
    await expect(app.useCases.enablePlugin(actor, { name })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: [{ pointer: '/key', message: 'is missing' }],
    });
    await app.useCases.updatePluginConfig(actor, { name, config: { key: 'k' } });
    expect(await app.useCases.enablePlugin(actor, { name })).toMatchObject({ status: 'ENABLED', config: { key: 'k' } });
  });

  test('two tenants have instances and configs of their own', async () => {
    await enable({ config: { greeting: 'Moin' } });
    const first = actor;
    await createTenant(app.database.prisma, { slug: `tenant-${tenants}b` });
    actor = await app.actor({ tenant: `tenant-${tenants}b` });
    expect(await get()).toMatchObject({ status: 'AVAILABLE' });
    await enable({ config: { greeting: 'Salut' } });
    expect(await greet()).toBe('Salut');
    actor = first;
    expect(await greet()).toBe('Moin');
  });
});

describe('disable', () => {
  test('is idempotent and makes no row', async () => {
    expect(await disable()).toMatchObject({ enabled: false, status: 'AVAILABLE', registration: null });
    expect(await changes()).toEqual([]);
  });

  test('completes although onUnload throws', async () => {
    await enable();
    expect(await disable()).toMatchObject({ enabled: false });
    expect(await enable()).toMatchObject({ enabled: true });
  });
});

describe('config', () => {
  test('before the first enable makes a row that is not enabled', async () => {
    expect(await configure({ greeting: 'Moin' })).toMatchObject({
      status: 'DISABLED',
      enabled: false,
      configRevision: 1,
      config: { greeting: 'Moin', loud: false },
    });
    expect(await enable()).toMatchObject({ config: { greeting: 'Moin' }, configRevision: 2 });
  });

  test('a change swaps instances: the next call has it', async () => {
    await enable();
    expect(await configure({ greeting: 'Moin' })).toMatchObject({ configRevision: 2 });
    expect(await greet()).toBe('Moin');
  });

  test('a change fails no call that is under way, nor any that follows', async () => {
    await enable({ config: { waitMs: 20 } });
    const calls: Promise<unknown>[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (let call = 0; call < 4; call += 1) calls.push(greet());
      await configure({ greeting: `Hello ${round}`, waitMs: 20 });
    }
    const answers = await Promise.all(calls);
    expect(answers.every((answer) => typeof answer === 'string' && answer.startsWith('Hello'))).toBe(true);
    expect(await greet()).toBe('Hello 4');
  });

  test.each<[string, JsonObject, object]>([
    [
      'that breaks the schema',
      { greeting: 7 },
      { code: 'CONFIG_INVALID', details: [{ pointer: '/greeting', message: 'must be string' }] },
    ],
    ['with which onLoad throws', { greeting: 'throw' }, { code: 'PLUGIN_LOAD_FAILED' }],
  ])('a config %s changes nothing', async (_what, config, error) => {
    await enable();
    const before = await get();
    await expect(configure(config)).rejects.toMatchObject(error);
    expect(await get()).toEqual(before);
    expect(await greet()).toBe('Hello');
  });

  test('expectedRevision guards against lost updates', async () => {
    await enable();
    await configure({ greeting: 'Moin' }, 1);
    await expect(configure({ greeting: 'Salut' }, 1)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { revision: 2 },
    });
    expect(await greet()).toBe('Moin');
  });

  test('of fifty changes that expect the same revision exactly one wins', async () => {
    await enable();
    const answers = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => configure({ greeting: `g${n}` }, 1)));
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused).toHaveLength(49);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'CONFLICT', details: { revision: 2 } });
  });
});

describe('rows that other programs write', () => {
  const insert = (columns: { version?: string; config?: JsonObject } = {}) => app.database.prisma.$executeRaw`
    INSERT INTO plugin_registrations (id, tenant_id, plugin_name, plugin_version, enabled, config, installed_at, updated_at)
    VALUES (${crypto.randomUUID()}::uuid, ${actor.tenant.id}::uuid, 'greeter', ${columns.version ?? '1.0.0'}, TRUE,
      ${JSON.stringify(columns.config ?? {})}::jsonb, now(), now())`;

  test("an INSERT written for the original's table takes effect", async () => {
    await insert({ config: { greeting: 'Moin' } });
    expect(await get()).toMatchObject({ status: 'ENABLED', config: { greeting: 'Moin' }, configRevision: 1 });
    expect(await greet()).toBe('Moin');
  });

  test('also when the tenant was already in use, within the time of the next look', async () => {
    expect(await get()).toMatchObject({ status: 'AVAILABLE' });
    await insert();
    await expect.poll(async () => (await get()).status, { timeout: 10_000, interval: 250 }).toBe('ENABLED');
    expect(await greet()).toBe('Hello');
  });

  test('a row that is disabled ends the instance', async () => {
    await enable({ config: { greeting: 'Moin' } });
    expect(await greet()).toBe('Moin');
    const before = app.sandbox.health().instances;
    await app.database.prisma.pluginRegistration.updateMany({
      where: { tenantId: actor.tenant.id },
      data: { enabled: false },
    });
    // The status first: instances of tenants before this one may be ending still.
    await expect.poll(async () => (await get()).status, { timeout: 10_000, interval: 250 }).toBe('DISABLED');
    await expect.poll(() => app.sandbox.health().instances, { timeout: 10_000, interval: 250 }).toBeLessThan(before);
  });

  test('the defaults that a row lacks are shown as they are in force', async () => {
    await insert();
    expect(await get()).toMatchObject({ config: { greeting: 'Hello', loud: false }, registration: { config: {} } });
  });

  test('a version that is gone is FAILED, stays enabled, and says which there is', async () => {
    await insert({ version: '0.9.0' });
    expect(await get()).toMatchObject({
      status: 'FAILED',
      enabled: true,
      version: '0.9.0',
      problem: { code: 'PLUGIN_INCOMPATIBLE', message: expect.stringMatching(/0\.9\.0.*1\.0\.0/) as string },
    });
    await expect(configure({ greeting: 'x' })).rejects.toMatchObject({ code: 'PLUGIN_INCOMPATIBLE' });
    expect(await enable()).toMatchObject({ status: 'ENABLED', version: '1.0.0', problem: null });
  });

  test('a config that breaks the schema is FAILED and can be mended', async () => {
    await insert({ config: { greeting: 7 } });
    expect(await get()).toMatchObject({ status: 'FAILED', enabled: true, problem: { code: 'CONFIG_INVALID' } });
    expect(await configure({ greeting: 'Moin' })).toMatchObject({ status: 'ENABLED' });
    expect(await greet()).toBe('Moin');
  });

  test('a plugin that does not load any more is FAILED with an event, and RECOVERED once it loads', async () => {
    await insert({ config: { greeting: 'throw' } });
    const record = await app.useCases.executeTool(actor, { toolName: 'greet', params: {} });
    expect(record).toMatchObject({
      status: 'FAILED',
      error: { code: 'PLUGIN_ERROR', message: expect.stringContaining('did not load') as string },
    });
    expect(await get()).toMatchObject({ status: 'FAILED', enabled: true, problem: { code: 'PLUGIN_LOAD_FAILED' } });
    await configure({ greeting: 'Moin' });
    expect(await get()).toMatchObject({ status: 'ENABLED', problem: null });
    await app.journal.flush();
    await expect
      .poll(async () => (await changes()).map(({ kind }) => kind).sort())
      .toEqual(['CONFIG_UPDATED', 'FAILED', 'RECOVERED']);
  });
});
