import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTenant, findTenant, listTenants } from '../../src/auth/tenants.ts';
import type { Database } from '../../src/db/database.ts';
import { openTestDatabase } from '../rig/open-test-database.ts';

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
  for (const slug of ['b', 'a-1', 'a', 'c', 'a1']) await createTenant(database.prisma, { slug });
});
afterAll(async () => {
  await database.close();
});

describe('a tenant', () => {
  test('is found by slug and by id, with its slug as its name unless one is given', async () => {
    const made = await createTenant(database.prisma, { slug: 'z', name: 'Zed & Söhne' });
    expect(made).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), slug: 'z', name: 'Zed & Söhne' });
    expect(await findTenant(database.prisma, 'z')).toEqual(made);
    expect(await findTenant(database.prisma, made.id)).toEqual(made);
    expect(await findTenant(database.prisma, `Tenant:${made.id}`)).toEqual(made);
    expect(await findTenant(database.prisma, 'b')).toMatchObject({ name: 'b' });
    await database.prisma.tenant.delete({ where: { id: made.id } });
  });

  test.each(['nobody', 'Z', '', '11111111-1111-4111-8111-111111111111', "' OR 1=1", 'a\0', '../a'])(
    '%j is nobody',
    async (name) => {
      expect(await findTenant(database.prisma, name)).toBeNull();
    },
  );

  test('whose slug is taken is CONFLICT', async () => {
    await expect(createTenant(database.prisma, { slug: 'a' })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test.each(['', 'A', '-a', 'a-', 'a_b', 'ä', 'a b', 'x'.repeat(64), '11111111-1111-4111-8111-111111111111', 'a\n'])(
    'with the slug %j is INVALID_INPUT',
    async (slug) => {
      await expect(createTenant(database.prisma, { slug })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    },
  );

  test.each(['', '  ', 'a\0b', 'line\nbreak', 'x'.repeat(201), '\ud800'])(
    'with the name %j is INVALID_INPUT',
    async (name) => {
      await expect(createTenant(database.prisma, { slug: 'fine', name })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
    },
  );
});

describe('the list of tenants', () => {
  const slugs = async (page: Parameters<typeof listTenants>[1]) => {
    const { edges } = await listTenants(database.prisma, page);
    return edges.map(({ node }) => node.slug);
  };

  test('is ordered by slug, in pages from either end', async () => {
    const all = await listTenants(database.prisma, {});
    expect(all.edges.map(({ node }) => node.slug)).toEqual(['a', 'a-1', 'a1', 'b', 'c']);
    expect(all).toMatchObject({ totalCount: 5, pageInfo: { hasNextPage: false, hasPreviousPage: false } });
    const first = await listTenants(database.prisma, { first: 2 });
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(await slugs({ first: 2, after: first.pageInfo.endCursor })).toEqual(['a1', 'b']);
    expect(await slugs({ last: 2 })).toEqual(['b', 'c']);
    expect(await slugs({ last: 1, before: first.pageInfo.endCursor })).toEqual(['a']);
  });

  test.each([
    { first: 201 },
    { first: 1, last: 1 },
    { after: 'x' },
    { after: '' },
    { before: Buffer.from("t1:' OR").toString('base64url') },
  ])('%j is INVALID_INPUT', async (page) => {
    await expect(listTenants(database.prisma, page)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});
