import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonObject } from '../../src/json/json.ts';
import { REST_ROUTES } from '../../src/rest/rest-routes.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

let app: TestApp;
let document: {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonObject> };
};
interface Operation {
  readonly operationId: string;
  readonly responses: Record<
    string,
    { readonly content: Record<string, { readonly schema: { readonly $ref: string } }> }
  >;
}
beforeAll(async () => {
  app = await createTestApp();
  document = await (await fetch(`${app.url}/api/v1/openapi.json`)).json();
});
afterAll(() => app.close());

test('anybody may read it, and it says 3.1', () => {
  expect(document.openapi).toBe('3.1.0');
});

test('it has the routes of the table, and no other', () => {
  const described = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described).toEqual(REST_ROUTES.map(({ method, path }) => `${method} /api/v1${path}`));
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
    ([, name]) => name,
  );
  expect(references.length).toBeGreaterThan(10);
  expect(references.filter((name) => !document.components.schemas[name ?? ''])).toEqual([]);
});

describe('what the server answers is what it says', () => {
  test.each([
    ['GET', '/plugins', '/plugins', undefined],
    ['GET', '/plugins/{name}', '/plugins/calculator', undefined],
    ['GET', '/plugins/{name}', '/plugins/nothing', undefined],
    ['PUT', '/plugins/{name}/config', '/plugins/calculator/config', { config: { precision: 3 } }],
    ['PUT', '/plugins/{name}/config', '/plugins/calculator/config', { config: { precision: 'many' } }],
    ['POST', '/plugins/{name}/enable', '/plugins/calculator/enable', {}],
    ['GET', '/plugins/{name}/config', '/plugins/calculator/config', undefined],
    ['POST', '/plugins/{name}/disable', '/plugins/calculator/disable', undefined],
  ])('%s %s (%s)', async (method, path, actual, body) => {
    const response = await fetch(`${app.url}/api/v1${actual}`, {
      method,
      headers: {
        authorization: `Bearer ${await app.token()}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const described = document.paths[`/api/v1${path}`]?.[method.toLowerCase()]?.responses[response.status];
    const mediaType = response.headers.get('content-type')?.split(';')[0] ?? '';
    const reference = described?.content[mediaType]?.schema.$ref ?? 'nothing';
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    ajv.addSchema({ $id: 'api', components: document.components });
    const validate = ajv.getSchema(`api${reference}`);
    await validate?.(await response.json());
    expect(validate?.errors).toBeNull();
  });
});

test.each(['/api/v1/docs', '/api/v1/docs/'])('its page works at %s, without any other host', async (path) => {
  const page = await fetch(app.url + path);
  expect(page.status).toBe(200);
  const html = await page.text();
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'self'/);
  expect(page.headers.get('content-security-policy')).not.toMatch(/https|insecure/);
  const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => new URL(address, page.url));
  expect(new URL(page.url).pathname).toBe('/api/v1/docs/');
  expect(addresses.length).toBeGreaterThan(3);
  for (const address of addresses) {
    expect(address.origin).toBe(new URL(app.url).origin);
    const response = await fetch(address);
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  }
  expect(await (await fetch(`${app.url}/api/v1/docs/json`)).json()).toEqual(document);
  const start = await (await fetch(`${app.url}/api/v1/docs/static/swagger-initializer.js`)).text();
  expect(start).toContain('"validatorUrl":null');
});
