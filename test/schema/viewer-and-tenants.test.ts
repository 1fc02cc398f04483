import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CreateTenantDocument,
  FindNodeDocument,
  TenantsDocument,
  ViewerDocument,
} from '../../generated/graphql/graphql.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { request } from '../rig/graphql-client.ts';

let app: TestApp;
let platform: string;
beforeAll(async () => {
  app = await createTestApp();
  platform = await app.token({ roles: ['platform_admin'], tenant: null, subject: 'operator' });
});
afterAll(() => app.close());

test('the viewer is who the token says', async () => {
  expect(await request(app.url, await app.token({ roles: ['agent', 'admin'] }), ViewerDocument)).toEqual({
    data: {
      viewer: {
        subject: 'tester',
        roles: ['admin', 'agent'],
        latestCursor: expect.any(String),
        tenant: { id: expect.stringMatching(/^Tenant:[0-9a-f-]{36}$/), slug: 'acme', name: 'acme' },
      },
    },
  });
  expect(await request(app.url, platform, ViewerDocument)).toEqual({
    data: { viewer: { subject: 'operator', roles: ['platform_admin'], latestCursor: null, tenant: null } },
  });
});

test('tenants are made once, listed by slug, and found by id', async () => {
  const create = (slug: string, name?: string) =>
    request(app.url, platform, CreateTenantDocument, { input: { slug, ...(name ? { name } : {}) } });
  const made = await create('initech', 'Initech Ltd');
  expect(made.data?.createTenant).toMatchObject({ slug: 'initech', name: 'Initech Ltd' });
  expect((await create('initech')).errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
  expect((await create('Not a slug')).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);

  const first = await request(app.url, platform, TenantsDocument, { first: 2 });
  expect(first.data?.tenants).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
  const rest = await request(app.url, platform, TenantsDocument, {
    after: first.data?.tenants.pageInfo.endCursor ?? null,
  });
  const slugs = [...(first.data?.tenants.edges ?? []), ...(rest.data?.tenants.edges ?? [])].map(
    ({ node }) => node.slug,
  );
  expect(slugs).toEqual(['acme', 'globex', 'initech']);

  const id = made.data?.createTenant.id ?? '';
  expect(await request(app.url, platform, FindNodeDocument, { id })).toEqual({
    data: { node: { __typename: 'Tenant', id } },
  });
  expect(await request(app.url, await app.token({ tenant: 'initech' }), FindNodeDocument, { id })).toMatchObject({
    data: { node: { id } },
  });
  expect(await request(app.url, await app.token(), FindNodeDocument, { id })).toEqual({ data: { node: null } });
});
