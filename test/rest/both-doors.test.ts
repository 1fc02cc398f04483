/** GraphQL and REST are two doors to one house: every answer, denial and code is the same at both. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActorTenant } from '../../src/auth/actor.ts';
import type { Json, JsonObject } from '../../src/json/json.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { post } from '../rig/graphql-client.ts';

const NEEDY = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'needy', version: '1.2.0', author: 'Ada', description: 'Has a config that must be given.',
  configSchema: { type: 'object', required: ['word'], additionalProperties: false, properties: { word: { type: 'string', minLength: 2 } } },
});`;
const WISHFUL = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({ name: 'wishful', version: '1.0.0', author: 'Ada', description: 'Wants what is not offered yet.', requiredPermissions: ['secrets:KEY'] });`;
const CROSS = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({ name: 'cross', version: '1.0.0', author: 'Ada', description: 'Throws.', onLoad() { throw new Error('no'); } });`;
const FUTURE = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({ name: 'future', version: '1.0.0', author: 'Ada', description: 'For a later platform.', compatibleVersions: '^99.0.0' });`;
const BROKEN = `import fs from 'node:fs';\nexport default class {}`;

const PLUGIN =
  '{ name version author description enabled status hooks tools { name } requiredPermissions compatibleVersions problem { code message } }';
const CONFIG = '{ name version enabled config configRevision registration { installedAt updatedAt } }';

interface Operation {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below /api/v1/plugins. */
  readonly path: (name: string) => string;
  readonly query: string;
  /** What REST shows of GraphQL's answer. */
  readonly toRest: (data: never) => Json;
}

const OPERATIONS = {
  list: {
    name: 'list',
    method: 'GET',
    path: () => '',
    query: `{ answer: plugins(first: 200) { totalCount edges { node ${PLUGIN} } } }`,
    toRest: ({ totalCount, edges }: { totalCount: number; edges: { node: GraphQLPlugin }[] }) => ({
      plugins: edges.map(({ node }) => toPlugin(node)),
      total: totalCount,
    }),
  },
  get: {
    name: 'get',
    method: 'GET',
    path: (name) => `/${name}`,
    query: `query ($name: String!) { answer: plugin(name: $name) ${PLUGIN} }`,
    toRest: (plugin: GraphQLPlugin) => toPlugin(plugin),
  },
  enable: {
    name: 'enable',
    method: 'POST',
    path: (name) => `/${name}/enable`,
    query: `mutation ($name: String!, $version: String, $config: JSONObject, $grants: [String!]) {
      answer: enablePlugin(input: { name: $name, version: $version, config: $config, grants: $grants }) ${PLUGIN} }`,
    toRest: (plugin: GraphQLPlugin) => toPlugin(plugin),
  },
  disable: {
    name: 'disable',
    method: 'POST',
    path: (name) => `/${name}/disable`,
    query: `mutation ($name: String!) { answer: disablePlugin(input: { name: $name }) ${PLUGIN} }`,
    toRest: (plugin: GraphQLPlugin) => toPlugin(plugin),
  },
  readConfig: {
    name: 'read config',
    method: 'GET',
    path: (name) => `/${name}/config`,
    query: `query ($name: String!) { answer: plugin(name: $name) ${CONFIG} }`,
    toRest: (plugin: GraphQLConfig) => toConfig(plugin),
  },
  writeConfig: {
    name: 'write config',
    method: 'PUT',
    path: (name) => `/${name}/config`,
    query: `mutation ($name: String!, $config: JSONObject!, $expectedRevision: Int) {
      answer: updatePluginConfig(input: { name: $name, config: $config, expectedRevision: $expectedRevision }) ${CONFIG} }`,
    toRest: (plugin: GraphQLConfig) => toConfig(plugin),
  },
} as const satisfies Record<string, Operation>;

interface GraphQLPlugin {
  readonly name: string;
  readonly version: string;
  readonly author: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly status: string;
  readonly hooks: string[];
  readonly tools: { name: string }[];
  readonly requiredPermissions: string[];
  readonly compatibleVersions: string | null;
  readonly problem: { readonly code: string; readonly message: string } | null;
}
interface GraphQLConfig {
  readonly name: string;
  readonly version: string;
  readonly enabled: boolean;
  readonly config: JsonObject;
  readonly configRevision: number;
  readonly registration: { readonly installedAt: string; readonly updatedAt: string } | null;
}

interface Answer {
  readonly code: string | null;
  readonly message: string | null;
  readonly details: Json;
  readonly body: Json;
}
type Fields = {
  readonly version?: string;
  readonly config?: JsonObject;
  readonly grants?: string[];
  readonly expectedRevision?: number;
};

let app: TestApp;
beforeAll(async () => {
  const plugins = {
    'needy.ts': NEEDY,
    'wishful.ts': WISHFUL,
    'cross.ts': CROSS,
    'future.ts': FUTURE,
    'broken.ts': BROKEN,
  };
  app = await createTestApp({ plugins });
});
afterAll(() => app.close());

let tenants = 0;
/** A tenant that has done nothing yet. */
async function newTenant(): Promise<ActorTenant> {
  return app.useCases.createTenant(await app.actor({ roles: ['platform_admin'] }), { slug: `t${(tenants += 1)}` });
}

function registrationsOf({ id }: ActorTenant) {
  return app.database.prisma.pluginRegistration.findMany({
    where: { tenantId: id },
    omit: { id: true, tenantId: true, installedAt: true, updatedAt: true },
  });
}

async function overRest(
  operation: Operation,
  token: string | undefined,
  name: string,
  fields: Fields = {},
): Promise<Answer> {
  const { expectedRevision, ...body } = fields;
  const response = await fetch(`${app.url}/api/v1/plugins${operation.path(encodeURIComponent(name))}`, {
    method: operation.method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(Object.keys(body).length > 0 ? { 'content-type': 'application/json' } : {}),
      ...(expectedRevision === undefined ? {} : { 'if-match': `"${expectedRevision}"` }),
    },
    ...(Object.keys(body).length > 0 ? { body: JSON.stringify(body) } : {}),
  });
  const answer = (await response.json()) as JsonObject;
  if (response.ok) return { code: null, message: null, details: null, body: answer };
  return {
    code: String(answer['code']),
    message: String(answer['detail']),
    details: answer['details'] ?? null,
    body: null,
  };
}

async function overGraphQL(
  operation: Operation,
  token: string | undefined,
  name: string,
  fields: Fields = {},
): Promise<Answer> {
  const response = await post(app.url, token, {
    query: operation.query,
    variables: operation.name === 'list' ? {} : { name, ...fields },
  });
  const { data, errors } = (await response.json()) as {
    data?: { answer: unknown } | null;
    errors?: { message: string; extensions: { code: string; details?: Json } }[];
  };
  const [error] = errors ?? [];
  if (error)
    return {
      code: error.extensions.code,
      message: error.message,
      details: error.extensions.details ?? null,
      body: null,
    };
  // The one difference: what is not there is null here and 404 there.
  if (data?.answer === null) return { code: 'PLUGIN_NOT_FOUND', message: null, details: null, body: null };
  return { code: null, message: null, details: null, body: operation.toRest(data?.answer as never) };
}

describe('who may not is told the same', () => {
  const operations = Object.values(OPERATIONS).map((operation) => [operation.name, operation] as const);

  test.each(operations)('%s', async (_name, operation: Operation) => {
    const callers: [string, string | undefined, string][] = [
      ['nobody', undefined, 'UNAUTHENTICATED'],
      ['a token that is none', 'nonsense', 'UNAUTHENTICATED'],
      ['a token that has ended', await app.token({ expiresInSeconds: -60 }), 'UNAUTHENTICATED'],
      ['a token of a tenant that is not there', await app.token({ tenant: 'nowhere' }), 'UNAUTHENTICATED'],
      ['a token with another signature', `${(await app.token()).slice(0, -6)}AAAAAA`, 'UNAUTHENTICATED'],
      ['an agent', await app.token({ roles: ['agent'] }), 'FORBIDDEN'],
      ['a platform admin', await app.token({ roles: ['platform_admin'] }), 'FORBIDDEN'],
      ['a platform admin without a tenant', await app.token({ roles: ['platform_admin'], tenant: null }), 'FORBIDDEN'],
      ['an admin of no tenant', await app.token({ roles: ['admin'], tenant: null }), 'UNAUTHENTICATED'],
      ['nobody in particular', await app.token({ roles: [] }), 'FORBIDDEN'],
    ];
    const fields: Fields = operation.method === 'PUT' ? { config: {} } : {};
    for (const [who, token, code] of callers) {
      const rest = await overRest(operation, token, 'calculator', fields);
      const graphql = await overGraphQL(operation, token, 'calculator', fields);
      expect({ who, ...rest }).toMatchObject({ who, code });
      expect({ who, ...graphql }).toEqual({ who, ...rest });
    }
    expect(await app.database.prisma.pluginRegistration.count()).toBe(0);
  });
});

describe('what is asked is answered the same', () => {
  const steps: [string, Operation, string, Fields, string | null][] = [
    ['the list', OPERATIONS.list, '', {}, null],
    ['a plugin', OPERATIONS.get, 'calculator', {}, null],
    ['a plugin that failed', OPERATIONS.get, 'broken', {}, null],
    ['a plugin there is none of', OPERATIONS.get, 'nothing', {}, 'PLUGIN_NOT_FOUND'],
    ['a config before a registration', OPERATIONS.readConfig, 'calculator', {}, null],
    ['a config of nothing', OPERATIONS.readConfig, 'nothing', {}, 'PLUGIN_NOT_FOUND'],
    ['enabling', OPERATIONS.enable, 'calculator', {}, null],
    ['enabling with a config', OPERATIONS.enable, 'needy', { config: { word: 'yes' } }, null],
    ['enabling without the config it needs', OPERATIONS.enable, 'needy', {}, 'CONFIG_INVALID'],
    ['enabling with a wrong config', OPERATIONS.enable, 'needy', { config: { word: 'x', other: 1 } }, 'CONFIG_INVALID'],
    ['enabling a version there is none of', OPERATIONS.enable, 'calculator', { version: '7.0.0' }, 'PLUGIN_NOT_FOUND'],
    ['enabling what needs what is not offered', OPERATIONS.enable, 'wishful', {}, 'PLUGIN_INCOMPATIBLE'],
    ['enabling what is for another platform', OPERATIONS.enable, 'future', {}, 'PLUGIN_INCOMPATIBLE'],
    ['enabling what breaks a rule', OPERATIONS.enable, 'broken', {}, 'PLUGIN_VALIDATION_FAILED'],
    ['enabling what throws when it loads', OPERATIONS.enable, 'cross', {}, 'PLUGIN_LOAD_FAILED'],
    ['enabling nothing', OPERATIONS.enable, 'nothing', {}, 'PLUGIN_NOT_FOUND'],
    ['enabling by a path', OPERATIONS.enable, '../calculator', {}, 'PLUGIN_NOT_FOUND'],
    ['enabling in another case', OPERATIONS.enable, 'Calculator', {}, 'PLUGIN_NOT_FOUND'],
    ['enabling with a NUL', OPERATIONS.enable, 'calculator\u0000', {}, 'PLUGIN_NOT_FOUND'],
    ['enabling in Unicode', OPERATIONS.enable, '计算', {}, 'PLUGIN_NOT_FOUND'],
    ['disabling what never was', OPERATIONS.disable, 'calculator', {}, null],
    ['disabling nothing', OPERATIONS.disable, 'nothing', {}, 'PLUGIN_NOT_FOUND'],
    ['writing a config', OPERATIONS.writeConfig, 'calculator', { config: { precision: 3 } }, null],
    ['writing the first revision', OPERATIONS.writeConfig, 'calculator', { config: {}, expectedRevision: 0 }, null],
    ['writing another revision', OPERATIONS.writeConfig, 'calculator', { config: {}, expectedRevision: 5 }, 'CONFLICT'],
    ['writing a wrong config', OPERATIONS.writeConfig, 'calculator', { config: { precision: 'x' } }, 'CONFIG_INVALID'],
    ['writing a config of nothing', OPERATIONS.writeConfig, 'nothing', { config: {} }, 'PLUGIN_NOT_FOUND'],
  ];

  test.each(steps)('%s', async (_what, operation, name, fields, code) => {
    const [left, right] = [await newTenant(), await newTenant()];
    const rest = await overRest(operation, await app.token({ tenant: left.slug }), name, fields);
    const graphql = await overGraphQL(operation, await app.token({ tenant: right.slug }), name, fields);

    expect(rest.code).toBe(code);
    if (graphql.message === null && code !== null) expect(graphql.code).toBe(code);
    else expect(withoutTimes(graphql)).toEqual(withoutTimes(rest));
    expect(await registrationsOf(right)).toEqual(await registrationsOf(left));
    if (code !== null) expect(await registrationsOf(left)).toEqual([]);
  });

  test('each door sees what the other has done', async () => {
    const token = await app.token({ tenant: (await newTenant()).slug });
    await overRest(OPERATIONS.enable, token, 'calculator', { config: { precision: 2 } });
    expect(await overGraphQL(OPERATIONS.readConfig, token, 'calculator')).toEqual(
      await overRest(OPERATIONS.readConfig, token, 'calculator'),
    );
    await overGraphQL(OPERATIONS.writeConfig, token, 'calculator', { config: { precision: 7 } });
    expect((await overRest(OPERATIONS.readConfig, token, 'calculator')).body).toMatchObject({
      config: { precision: 7 },
      config_revision: 2,
      enabled: true,
    });
    await overGraphQL(OPERATIONS.disable, token, 'calculator');
    for (const operation of [OPERATIONS.list, OPERATIONS.get, OPERATIONS.readConfig]) {
      expect(await overGraphQL(operation, token, 'calculator')).toEqual(await overRest(operation, token, 'calculator'));
    }
  });

  test('another tenant sees nothing of it', async () => {
    const [acme, globex] = [
      await app.token({ tenant: (await newTenant()).slug }),
      await app.token({ tenant: 'globex' }),
    ];
    const before = await overRest(OPERATIONS.readConfig, globex, 'needy');
    await overRest(OPERATIONS.enable, acme, 'needy', { config: { word: 'secret' } });
    for (const door of [overRest, overGraphQL]) {
      expect(await door(OPERATIONS.readConfig, globex, 'needy')).toEqual(before);
      expect(JSON.stringify(await door(OPERATIONS.list, globex, ''))).not.toContain('ENABLED');
    }
  });
});

function toPlugin(plugin: GraphQLPlugin): JsonObject {
  const { requiredPermissions, compatibleVersions, tools, ...same } = plugin;
  return {
    ...same,
    tools: tools.map(({ name }) => name),
    required_permissions: requiredPermissions,
    compatible_versions: compatibleVersions,
  };
}

function toConfig({ name, version, enabled, config, configRevision, registration }: GraphQLConfig): JsonObject {
  return {
    plugin_name: name,
    plugin_version: version,
    enabled,
    config,
    config_revision: configRevision,
    installed_at: registration?.installedAt ?? null,
    updated_at: registration?.updatedAt ?? null,
  };
}

/** The two doors were used one after the other. */
function withoutTimes(answer: Answer): unknown {
  const show = (key: string, value: unknown) => (/_at$/.test(key) && typeof value === 'string' ? 'a time' : value);
  return JSON.parse(JSON.stringify(answer, show));
}
