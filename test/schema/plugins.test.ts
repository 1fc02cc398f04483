import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DisablePluginDocument,
  EnablePluginDocument,
  FindNodeDocument,
  PluginChangedConfigDocument,
  PluginChangedDocument,
  PluginDocument,
  PluginNodeDocument,
  PluginsDocument,
  RegistrationNodeDocument,
  ToolsDocument,
  UpdatePluginConfigDocument,
} from '../../generated/graphql/graphql.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { follow, openSocket, request } from '../rig/graphql-client.ts';

const BROKEN = `import fs from 'node:fs';\nexport default class {}`;

let app: TestApp;
let token: string;
let other: string;
beforeAll(async () => {
  app = await createTestApp({ plugins: { 'broken.ts': BROKEN } });
  token = await app.token();
  other = await app.token({ tenant: 'globex' });
});
afterAll(() => app.close());

test('a plugin from its first look to its last', async () => {
  const before = await request(app.url, token, PluginDocument, { name: 'calculator' });
  expect(before).toMatchObject({
    data: {
      plugin: {
        id: 'Plugin:calculator',
        name: 'calculator',
        version: '1.0.0',
        trust: 'SANDBOXED',
        scope: 'GLOBAL',
        status: 'AVAILABLE',
        enabled: false,
        problem: null,
        hooks: [],
        config: { precision: 10 },
        configRevision: 0,
        grants: [],
        registration: null,
      },
    },
  });

  const enabled = await request(app.url, token, EnablePluginDocument, {
    input: { name: 'calculator', config: { precision: 3 } },
  });
  const registration = enabled.data?.enablePlugin.registration;
  expect(enabled.data?.enablePlugin).toMatchObject({
    status: 'ENABLED',
    enabled: true,
    config: { precision: 3 },
    configRevision: 1,
    registration: {
      pluginName: 'calculator',
      pluginVersion: '1.0.0',
      enabled: true,
      config: { precision: 3 },
      configRevision: 1,
      grants: [],
    },
  });
  expect(registration?.id).toMatch(/^PluginRegistration:[0-9a-f-]{36}$/);
  expect(registration?.installedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

  const updated = await request(app.url, token, UpdatePluginConfigDocument, {
    input: { name: 'calculator', config: {}, expectedRevision: 1 },
  });
  expect(updated.data?.updatePluginConfig).toMatchObject({ config: { precision: 10 }, configRevision: 2 });
  const stale = await request(app.url, token, UpdatePluginConfigDocument, {
    input: { name: 'calculator', config: {}, expectedRevision: 1 },
  });
  expect(stale.errors).toMatchObject([
    { path: ['updatePluginConfig'], extensions: { code: 'CONFLICT', details: { revision: 2 } } },
  ]);

  const node = await request(app.url, token, RegistrationNodeDocument, { id: registration?.id ?? '' });
  expect(node.data?.node).toMatchObject({
    id: registration?.id,
    pluginName: 'calculator',
    config: { precision: 10 },
    grants: [],
  });

  const disabled = await request(app.url, token, DisablePluginDocument, { input: { name: 'calculator' } });
  expect(disabled.data?.disablePlugin).toMatchObject({ status: 'DISABLED', enabled: false, configRevision: 3 });
});

test('a file that fails is in the catalog, with its problem', async () => {
  const { data } = await request(app.url, token, PluginDocument, { name: 'broken' });
  expect(data?.plugin).toMatchObject({
    status: 'FAILED',
    version: '',
    tools: [],
    problem: {
      code: 'PLUGIN_VALIDATION_FAILED',
      line: 1,
      rule: expect.any(String),
      message: expect.any(String),
      at: expect.any(String),
    },
  });
});

test('what is not there is null', async () => {
  expect(await request(app.url, token, PluginDocument, { name: 'nothing' })).toEqual({ data: { plugin: null } });
  expect(await request(app.url, token, PluginNodeDocument, { id: 'Plugin:nothing' })).toEqual({ data: { node: null } });
});

describe('node', () => {
  test.each([
    'Plugin:nothing',
    'HookInvocation:nothing',
    'HookInvocation:00000000-0000-4000-8000-000000000000',
    'ToolExecution:00000000-0000-4000-8000-000000000000',
    'PluginRegistration:nothing',
    'PluginRegistration:00000000-0000-4000-8000-000000000000',
    'Tenant:acme',
    'Tenant:00000000-0000-4000-8000-000000000000',
    'Tool:add',
    'Query:1',
    'Unicorn:1',
    'Plugin:a\u0000b',
    'Plugin:__proto__',
  ])('%s is null', async (id) => {
    expect(await request(app.url, token, FindNodeDocument, { id })).toEqual({ data: { node: null } });
  });

  test.each(['', 'calculator', 'Plugin:', ':calculator', 'plugin:calculator', `Plugin:${'x'.repeat(600)}`])(
    '"%s" is no id',
    async (id) => {
      const { errors } = await request(app.url, token, FindNodeDocument, { id });
      expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
    },
  );

  test('another tenant’s registration is as if it were not there, byte for byte', async () => {
    const { data } = await request(app.url, token, EnablePluginDocument, { input: { name: 'run-recorder' } });
    const id = data?.enablePlugin.registration?.id ?? '';
    const own = await request(app.url, token, RegistrationNodeDocument, { id });
    expect(own.data?.node?.id).toBe(id);
    const absent = await request(app.url, other, RegistrationNodeDocument, {
      id: 'PluginRegistration:00000000-0000-4000-8000-000000000000',
    });
    expect(await request(app.url, other, RegistrationNodeDocument, { id })).toEqual(absent);
    expect(absent).toEqual({ data: { node: null } });
  });
});

describe('lists', () => {
  test('plugins are in the order of their names, and pages meet', async () => {
    const names = ['broken', 'calculator', 'pii-redactor', 'run-recorder', 'tool-guard', 'usage-budget'];
    const all = await request(app.url, token, PluginsDocument);
    expect(all.data?.plugins.totalCount).toBe(6);
    expect(all.data?.plugins.edges.map(({ node }) => node.name)).toEqual(names);

    const first = await request(app.url, token, PluginsDocument, { first: 2 });
    expect(first.data?.plugins).toMatchObject({
      totalCount: 6,
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    const rest = await request(app.url, token, PluginsDocument, {
      first: 9,
      after: first.data?.plugins.pageInfo.endCursor ?? null,
    });
    expect(
      [...(first.data?.plugins.edges ?? []), ...(rest.data?.plugins.edges ?? [])].map(({ node }) => node.name),
    ).toEqual(names);
    const last = await request(app.url, token, PluginsDocument, { last: 2 });
    expect(last.data?.plugins.edges.map(({ node }) => node.name)).toEqual(names.slice(-2));
  });

  test('tools are those of the enabled plugins', async () => {
    await request(app.url, token, EnablePluginDocument, { input: { name: 'calculator' } });
    const { data } = await request(app.url, token, ToolsDocument, { pluginName: 'calculator' });
    expect(data?.tools.totalCount).toBe(data?.tools.edges.length);
    expect(data?.tools.edges.map(({ node }) => node.name)).toContain('divide');
    expect(data?.tools.edges[0]?.node).toMatchObject({
      parameters: { type: 'object' },
      timeoutMs: expect.any(Number),
      plugin: { name: 'calculator' },
    });
    expect(await request(app.url, other, ToolsDocument)).toMatchObject({ data: { tools: { totalCount: 0 } } });
  });
});

test('changes are followed as they were, and agents see no config in them', async () => {
  const admin = openSocket(app.url, token);
  const agent = openSocket(app.url, await app.token({ roles: ['agent'] }));
  const events = follow(admin, PluginChangedDocument, { after: 'start' });
  const configs = follow(admin, PluginChangedConfigDocument, { after: 'start' });
  const hidden = follow(agent, PluginChangedConfigDocument, { after: 'start' });

  expect((await events.next()).value).toMatchObject({
    data: {
      pluginChanged: {
        kind: 'ENABLED',
        pluginName: 'calculator',
        plugin: { name: 'calculator', enabled: true, status: 'ENABLED' },
      },
    },
  });
  // It has been changed and disabled since: the event shows the state at the event.
  expect((await configs.next()).value).toEqual({
    data: {
      pluginChanged: { kind: 'ENABLED', plugin: { name: 'calculator', config: { precision: 3 }, configRevision: 1 } },
    },
  });
  expect((await configs.next()).value).toMatchObject({
    data: { pluginChanged: { kind: 'CONFIG_UPDATED', plugin: { config: { precision: 10 }, configRevision: 2 } } },
  });
  const seen = (await hidden.next()).value;
  expect(seen).toMatchObject({
    data: { pluginChanged: { kind: 'ENABLED', plugin: { name: 'calculator', config: null, configRevision: null } } },
    errors: [{ extensions: { code: 'FORBIDDEN' } }, { extensions: { code: 'FORBIDDEN' } }],
  });
  await Promise.all([admin.dispose(), agent.dispose()]);
});
