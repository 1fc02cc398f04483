import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

const NEEDY = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'needy', version: '1.2.0', author: 'Ada', description: 'Has a config that must be given.',
  configSchema: {
    type: 'object', required: ['word'], additionalProperties: false,
    properties: { word: { type: 'string', minLength: 2 }, times: { type: 'integer', default: 3 } },
  },
  hooks: { ON_ERROR: { mode: 'observe', handle() {} } },
});`;
const BROKEN = `import fs from 'node:fs';\nexport default class {}`;

let app: TestApp;
let token: string;
let tenantId: string;
let tenants = 0;
beforeAll(async () => {
  app = await createTestApp({
    plugins: { 'needy.ts': NEEDY, 'broken.ts': BROKEN, 'twin.ts': BROKEN, 'twin.js': BROKEN },
  });
});
afterAll(() => app.close());
// A tenant of its own for each test.
beforeEach(async () => {
  const tenant = await app.useCases.createTenant(await app.actor({ roles: ['platform_admin'] }), {
    slug: `t${(tenants += 1)}`,
  });
  tenantId = tenant.id;
  token = await app.token({ tenant: tenant.slug });
});

type Method = 'GET' | 'POST' | 'PUT';

async function call(method: Method, path: string, body?: JsonObject | string, headers: Record<string, string> = {}) {
  const response = await fetch(`${app.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    type: response.headers.get('content-type'),
    body: (await response.json()) as JsonObject,
  };
}

describe('reading', () => {
  test('the list has every plugin of the catalog, in the shapes of the original', async () => {
    const { status, body } = await call('GET', '/plugins');
    expect(status).toBe(200);
    const { plugins, total } = body as { plugins: JsonObject[]; total: number };
    expect(total).toBe(plugins.length);
    expect(plugins.map(({ name }) => name)).toEqual([
      'broken',
      'calculator',
      'needy',
      'pii-redactor',
      'run-recorder',
      'tool-guard',
      'twin',
      'usage-budget',
    ]);
    expect(plugins[1]).toEqual({
      name: 'calculator',
      version: '1.0.0',
      author: 'Hookline',
      description: expect.any(String),
      enabled: false,
      status: 'AVAILABLE',
      hooks: [],
      tools: expect.arrayContaining(['add', 'divide']),
      required_permissions: [],
      compatible_versions: null,
      problem: null,
    });
    expect(plugins[0]).toMatchObject({
      status: 'FAILED',
      version: '',
      hooks: [],
      tools: [],
      problem: { code: 'PLUGIN_VALIDATION_FAILED', message: expect.any(String) },
    });
  });

  test('it can be searched and filtered', async () => {
    await call('POST', '/plugins/calculator/enable');
    const names = async (query: string) => {
      const { body } = await call('GET', `/plugins?${query}`);
      return (body['plugins'] as JsonObject[]).map(({ name }) => name);
    };
    expect(await names('enabled=true')).toEqual(['calculator']);
    expect(await names('enabled=false&search=NEED')).toEqual(['needy']);
  });

  test('a config before there is a registration', async () => {
    const { status, etag, body } = await call('GET', '/plugins/calculator/config');
    expect({ status, etag }).toEqual({ status: 200, etag: '"0"' });
    expect(body).toEqual({
      plugin_name: 'calculator',
      plugin_version: '1.0.0',
      enabled: false,
      config: { precision: 10 },
      config_revision: 0,
      installed_at: null,
      updated_at: null,
    });
  });
});

describe('enabling and disabling', () => {
  test.each([
    ['without a body', undefined],
    ['with an empty one', ''],
    ['with nothing in it', {}],
    ['with what would be taken anyway', { version: '1.0.0', config: { precision: 4 }, grants: [] }],
    ['with nulls, as good as absent', { version: null, config: null, grants: null }],
  ])('%s', async (_how, body) => {
    const { status, body: plugin } = await call('POST', '/plugins/calculator/enable', body);
    expect({ status, plugin }).toMatchObject({
      status: 200,
      plugin: { name: 'calculator', enabled: true, status: 'ENABLED' },
    });
    expect(await call('POST', '/plugins/calculator/enable', body)).toMatchObject({
      status: 200,
      body: { enabled: true },
    });
  });

  test('disabling is idempotent and keeps the config', async () => {
    await call('POST', '/plugins/calculator/enable', { config: { precision: 2 } });
    for (let n = 0; n < 2; n += 1) {
      expect(await call('POST', '/plugins/calculator/disable')).toMatchObject({
        status: 200,
        body: { enabled: false, status: 'DISABLED' },
      });
    }
    expect(await call('GET', '/plugins/calculator/config')).toMatchObject({
      body: { config: { precision: 2 }, enabled: false },
    });
  });
});

describe('writing a config', () => {
  const put = (config: JsonObject, headers: Record<string, string> = {}) =>
    call('PUT', '/plugins/calculator/config', { config }, headers);

  test('answers it, with defaults filled in and its revision as ETag', async () => {
    const { status, etag, body } = await put({});
    expect({ status, etag }).toEqual({ status: 200, etag: '"1"' });
    expect(body).toMatchObject({
      config: { precision: 10 },
      config_revision: 1,
      enabled: false,
      installed_at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    });
    expect(await put({ precision: 1 })).toMatchObject({ etag: '"2"', body: { config: { precision: 1 } } });
  });

  test.each([
    ['the tag that was read', '"1"', 200],
    ['an older tag', '"0"', 412],
    ['a newer tag', '"2"', 412],
    ['any', '*', 200],
    ['a list with the tag in it', '"0", "1"', 200],
    ['a list without it', '"0","7"', 412],
    ['a tag that is no revision', '"abc"', 412],
    ['the tag as a weak one', 'W/"1"', 412],
    ['no tag', '1', 400],
    ['a list that breaks off', '"1",', 400],
    ['the number written otherwise', '"01"', 412],
    ['two tags without a comma', '"1" "0"', 400],
  ])('If-Match: %s (%s) gives %i', async (_what, ifMatch, status) => {
    await put({ precision: 5 });
    const answer = await put({ precision: 6 }, { 'if-match': ifMatch });
    expect(answer.status).toBe(status);
    const { body } = await call('GET', '/plugins/calculator/config');
    expect(body).toMatchObject(
      status === 200
        ? { config: { precision: 6 }, config_revision: 2 }
        : { config: { precision: 5 }, config_revision: 1 },
    );
    if (status === 412) expect(answer.body).toMatchObject({ code: 'CONFLICT', status: 412, details: { revision: 1 } });
    if (status === 400) expect(answer.body).toMatchObject({ code: 'INVALID_INPUT' });
  });

  test('of fifty at once with the same tag, one wins', async () => {
    await put({ precision: 0 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => put({ precision: n % 15 }, { 'if-match': '"1"' })),
    );
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([200, ...Array.from({ length: 49 }, () => 412)]);
  });
});

test.each([[{}], [{ 'if-match': '"0"' }], [{ 'if-match': '*' }]])(
  'a conflict that is not of the revision is 409, with %j',
  async (headers: Record<string, string>) => {
    const answer = await call('PUT', '/plugins/twin/config', { config: {} }, headers);
    expect(answer).toMatchObject({ status: 409, body: { status: 409, code: 'CONFLICT' } });
  },
);

describe('what is refused', () => {
  test.each<[string, Method, string, JsonObject | string | undefined, number, string, unknown]>([
    ['an unknown plugin', 'GET', '/plugins/nothing', undefined, 404, 'PLUGIN_NOT_FOUND', undefined],
    [
      'a name of another alphabet',
      'POST',
      '/plugins/%E8%AE%A1%E7%AE%97/enable',
      undefined,
      404,
      'PLUGIN_NOT_FOUND',
      undefined,
    ],
    [
      'a path in a name',
      'POST',
      '/plugins/..%2f..%2fetc%2fpasswd/enable',
      undefined,
      404,
      'PLUGIN_NOT_FOUND',
      undefined,
    ],
    ['dots as a name', 'GET', '/plugins/%2e%2e%2fcalculator', undefined, 404, 'PLUGIN_NOT_FOUND', undefined],
    ['a NUL in a name', 'POST', '/plugins/calculator%00/enable', undefined, 404, 'PLUGIN_NOT_FOUND', undefined],
    ['another case', 'GET', '/plugins/Calculator', undefined, 404, 'PLUGIN_NOT_FOUND', undefined],
    ['a name of 256 characters', 'GET', `/plugins/${'x'.repeat(256)}`, undefined, 404, 'PLUGIN_NOT_FOUND', undefined],
    [
      'an unknown query parameter',
      'GET',
      '/plugins?enabld=true',
      undefined,
      400,
      'INVALID_INPUT',
      [{ pointer: '/enabld' }],
    ],
    [
      'a boolean that is none',
      'GET',
      '/plugins?enabled=yes',
      undefined,
      400,
      'INVALID_INPUT',
      [{ pointer: '/enabled' }],
    ],
    [
      'a parameter given twice',
      'GET',
      '/plugins?search=a&search=b',
      undefined,
      400,
      'INVALID_INPUT',
      [{ pointer: '/search' }],
    ],
    ['half a JSON', 'POST', '/plugins/calculator/enable', '{"config"', 400, 'INVALID_INPUT', undefined],
    ['a list as a body', 'POST', '/plugins/calculator/enable', '[]', 400, 'INVALID_INPUT', [{ pointer: '' }]],
    [
      'an unknown field',
      'POST',
      '/plugins/calculator/enable',
      { confg: {} },
      400,
      'INVALID_INPUT',
      [{ pointer: '/confg' }],
    ],
    [
      'three wrong fields, each named',
      'POST',
      '/plugins/calculator/enable',
      { version: 1, config: [], grants: 'kv' },
      400,
      'INVALID_INPUT',
      [{ pointer: '/version' }, { pointer: '/config' }, { pointer: '/grants' }],
    ],
    [
      'a body for disabling',
      'POST',
      '/plugins/calculator/disable',
      { force: true },
      400,
      'INVALID_INPUT',
      [{ pointer: '/force' }],
    ],
    [
      'a version there is none of',
      'POST',
      '/plugins/calculator/enable',
      { version: '9.9.9' },
      404,
      'PLUGIN_NOT_FOUND',
      undefined,
    ],
    [
      'no config where one is needed',
      'POST',
      '/plugins/needy/enable',
      undefined,
      422,
      'CONFIG_INVALID',
      expect.any(Array),
    ],
    [
      'a plugin that is broken',
      'POST',
      '/plugins/broken/enable',
      undefined,
      422,
      'PLUGIN_VALIDATION_FAILED',
      expect.arrayContaining([expect.objectContaining({ line: 1 })]),
    ],
    [
      'a config that breaks the schema',
      'PUT',
      '/plugins/needy/config',
      { config: { word: 'x' } },
      422,
      'CONFIG_INVALID',
      [{ pointer: '/word' }],
    ],
    ['no config', 'PUT', '/plugins/calculator/config', {}, 400, 'INVALID_INPUT', [{ pointer: '/config' }]],
    ['an empty body', 'PUT', '/plugins/calculator/config', '', 400, 'INVALID_INPUT', [{ pointer: '/config' }]],
    [
      'a config that is null',
      'PUT',
      '/plugins/calculator/config',
      { config: null },
      400,
      'INVALID_INPUT',
      [{ pointer: '/config' }],
    ],
    [
      '`__proto__` in a config',
      'PUT',
      '/plugins/calculator/config',
      '{"config":{"__proto__":{"a":1}}}',
      400,
      'INVALID_INPUT',
      [{ pointer: '/config/__proto__' }],
    ],
    [
      '257 KiB',
      'PUT',
      '/plugins/calculator/config',
      JSON.stringify({ config: { text: 'x'.repeat(257 * 1024) } }),
      413,
      'PAYLOAD_TOO_LARGE',
      undefined,
    ],
  ])('%s', async (_what, method, path, body, status, code, details) => {
    const answer = await call(method, path, body);
    expect(answer.type).toMatch('application/problem+json');
    expect(answer.body).toMatchObject({
      type: expect.any(String),
      title: expect.any(String),
      detail: expect.any(String),
      status,
      code,
    });
    expect(answer.status).toBe(status);
    if (details) expect(answer.body['details']).toMatchObject(details);
    expect(await app.database.prisma.pluginRegistration.count({ where: { tenantId } })).toBe(0);
  });

  test.each([
    ['text/plain', '{"config":{}}'],
    ['application/x-www-form-urlencoded', 'config='],
    ['multipart/form-data; boundary=x', '--x--'],
  ])('%s', async (contentType, body) => {
    expect(await call('PUT', '/plugins/calculator/config', body, { 'content-type': contentType })).toMatchObject({
      status: 415,
      body: { code: 'UNSUPPORTED_MEDIA_TYPE' },
    });
  });

  test.each([
    ['DELETE', '/plugins/calculator', 'GET, HEAD'],
    ['GET', '/plugins/calculator/enable', 'POST'],
    ['POST', '/plugins/calculator/config', 'GET, PUT, HEAD'],
    ['PATCH', '/plugins', 'GET, HEAD'],
  ])('%s %s is 405 and says what is allowed', async (method, path, allowed) => {
    const response = await fetch(`${app.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allowed);
    expect(await response.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });
});
