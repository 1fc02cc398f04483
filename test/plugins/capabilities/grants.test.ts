/** What a tenant grants is what its plugin may ask, at each request; the same in the sandbox and in process. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTenant } from '../../../src/auth/tenants.ts';
import { createAskApp, sandboxedAsker, type AskApp } from './ask-plugin.ts';

const KINDS = [
  { kind: 'sandboxed', name: 'asker', tool: 'ask' },
  { kind: 'in process', name: 'insider', tool: 'ask_inside' },
] as const;

let app: AskApp;
let tenant = '';
let tenants = 0;
beforeAll(async () => {
  app = await createAskApp(['kv'], { plugins: { 'other.ts': sandboxedAsker(['kv'], 'other', 'ask_other') } });
});
afterAll(() => app.close());
beforeEach(async () => {
  tenant = `tenant-${(tenants += 1)}`;
  await createTenant(app.database.prisma, { slug: tenant });
});

const restEnable = async (name: string, body: object) => {
  const headers = { authorization: `Bearer ${await app.token({ tenant })}`, 'content-type': 'application/json' };
  const response = await fetch(`${app.url}/api/v1/plugins/${name}/enable`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    body: (await response.json()) as { code?: string; detail?: string; status?: string },
  };
};
const view = async (name: string) => app.useCases.getPlugin(await app.actor({ tenant }), { name });

describe.each(KINDS)('a plugin $kind', ({ name, tool }) => {
  const ask = (what: string, args: Parameters<AskApp['ask']>[1]) => app.ask(what, args, { tool, tenant });

  test('cannot be enabled without what it requires: PERMISSION_DENIED at both doors, and nothing changed', async () => {
    for (const grants of [[], ['events:emit'], ['http:example.org']]) {
      const { errors } = await app.grant(name, grants, tenant);
      expect(errors).toMatchObject([
        { extensions: { code: 'PERMISSION_DENIED' }, message: expect.stringContaining('needs kv') as string },
      ]);
      expect(await restEnable(name, { grants })).toMatchObject({
        status: 403,
        body: { code: 'PERMISSION_DENIED', detail: expect.stringContaining('needs kv') as string },
      });
    }
    expect(await view(name)).toMatchObject({ enabled: false, registration: null });
  });

  test('gets what it requires when no grants are given', async () => {
    expect(await app.grant(name, null, tenant)).toMatchObject({ data: { enablePlugin: { status: 'ENABLED' } } });
    expect(await ask('set', ['k', 1])).toMatchObject({ status: 'SUCCEEDED', data: { success: true, version: 1 } });
    expect(await ask('get', ['k'])).toMatchObject({ data: { key: 'k', value: 1, version: 1 } });
    expect(await ask('list', [])).toMatchObject({ data: [{ key: 'k' }] });
    expect(await ask('delete', ['k', { ifVersion: 1 }])).toMatchObject({ data: { success: true, version: 0 } });
  });

  test('without a grant a request is PERMISSION_DENIED, and is carried out by nobody', async () => {
    await app.grant(name, null, tenant);
    for (const [what, ...args] of [
      ['emit', 'hello'],
      ['fetch', 'https://example.org/'],
    ] as const) {
      expect(await ask(what, args)).toMatchObject({
        status: 'FAILED',
        error: { code: 'PERMISSION_DENIED', message: expect.stringContaining('permission') as string },
      });
    }
    const actor = await app.actor({ tenant });
    const events = await app.journal.read(actor.tenant.id, 0, 100);
    expect(events.filter(({ type }) => type === 'PLUGIN_EMITTED')).toEqual([]);
  });

  test('may be granted more than it requires, and uses it', async () => {
    expect(await restEnable(name, { grants: ['kv', 'events:emit'] })).toMatchObject({ status: 200 });
    expect(await ask('emit', ['hello', { n: 1 }])).toMatchObject({ status: 'SUCCEEDED' });
    expect(await ask('fetch', ['https://example.org/'])).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
  });

  test('a grant that changes takes effect at the next call, both ways', async () => {
    await app.grant(name, ['kv', 'events:emit'], tenant);
    expect(await ask('emit', ['one'])).toMatchObject({ status: 'SUCCEEDED' });
    await app.grant(name, ['kv'], tenant);
    expect(await ask('emit', ['two'])).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
    await app.grant(name, ['kv', 'events:emit'], tenant);
    expect(await ask('emit', ['three'])).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('what it kept is there again after it was disabled and enabled', async () => {
    await app.grant(name, null, tenant);
    await ask('set', ['k', 'kept']);
    await app.useCases.disablePlugin(await app.actor({ tenant }), { name });
    await app.grant(name, null, tenant);
    expect(await ask('get', ['k'])).toMatchObject({ data: { value: 'kept', version: 1 } });
  });

  test('a permission that is denied and caught does not fail the call', async () => {
    await app.grant(name, null, tenant);
    expect(await ask('caught', [])).toMatchObject({ status: 'SUCCEEDED', data: 'went on' });
  });

  test.each([
    ['its own tenant', { tenantId: 'self' }],
    ['another tenant', { tenantId: '6f1f6a3e-5d0b-4f5e-9d0e-111111111111' }],
    ['a tenant by its slug', { tenant: 'acme' }],
    ['another plugin', { pluginName: 'other' }],
    ['more grants', { grants: ['http:*'] }],
  ])('it acts for itself alone: naming %s is PERMISSION_DENIED', async (_title, options) => {
    await app.grant(name, null, tenant);
    expect(await ask('set', ['k', 1, options])).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
    expect(await ask('list', [options])).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
  });

  test('a registration whose row grants too little does not run', async () => {
    const actor = await app.actor({ tenant });
    await app.database.prisma.pluginRegistration.create({
      data: {
        id: crypto.randomUUID(),
        tenantId: actor.tenant.id,
        pluginName: name,
        pluginVersion: '1.0.0',
        installedAt: new Date(),
        updatedAt: new Date(),
        grants: ['events:emit'],
      },
    });
    expect(await view(name)).toMatchObject({ status: 'FAILED', problem: { code: 'PERMISSION_DENIED' } });
    await expect(ask('get', ['k'])).rejects.toThrow(/PLUGIN_NOT_ENABLED|PERMISSION_DENIED|TOOL_NOT_FOUND/);
  });
});

test('neither tenants nor plugins meet in what they keep', async () => {
  const second = `${tenant}-b`;
  await createTenant(app.database.prisma, { slug: second });
  const all = [tenant, second].flatMap((slug) => [
    { tenant: slug, tool: 'ask', name: 'asker' },
    { tenant: slug, tool: 'ask_other', name: 'other' },
    { tenant: slug, tool: 'ask_inside', name: 'insider' },
  ]);
  for (const { name, tenant: slug } of all) await app.grant(name, null, slug);
  for (const [index, one] of all.entries()) await app.ask('set', ['same key', index], one);
  for (const [index, one] of all.entries()) {
    expect(await app.ask('list', [], one)).toMatchObject({ data: [{ key: 'same key', value: index, version: 1 }] });
  }
});

test('what is granted is no permission unless it is one', async () => {
  for (const grant of [
    'kv ',
    'KV',
    '*',
    'http:',
    'http:*',
    'http:https://example.org',
    'http:example.org/x',
    'http:a b',
    'events:*',
    'log',
  ]) {
    const { errors } = await app.grant('asker', ['kv', grant], tenant);
    expect(errors, grant).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
  }
});

test('requests are counted by tenant, plugin, capability and outcome', async () => {
  const { id } = (await app.actor({ tenant })).tenant;
  await app.grant('asker', null, tenant);
  await app.ask('get', ['k'], { tenant });
  await app.ask('get', [''], { tenant });
  await app.ask('emit', ['x'], { tenant });
  const text = await app.metrics.text();
  const count = (capability: string, outcome: string) =>
    text.includes(
      `hookline_plugin_requests_total{tenant="${id}",plugin="asker",capability="${capability}",outcome="${outcome}"} 1`,
    );
  expect([count('kv', 'answered'), count('kv', 'refused'), count('events', 'denied')]).toEqual([true, true, true]);
});
