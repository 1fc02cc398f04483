/** Walks the schema for what no single field can show: that none forgot its scopes, its tenant or its cap. */
import { graphql, isIntrospectionType, isObjectType, type GraphQLField, type GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/auth/actor.ts';
import type { SchemaContext } from '../../src/schema/context.ts';
import { buildSchema } from '../../src/schema/build-schema.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { post } from '../rig/graphql-client.ts';

const schema = buildSchema();
const objects = Object.values(schema.getTypeMap())
  .filter((type) => !isIntrospectionType(type))
  .filter((type) => isObjectType(type));
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(isObjectType);
const connections = objects.flatMap((type) =>
  Object.values(type.getFields())
    .filter((field) => /Connection!?$/.test(String(field.type)))
    .map((field) => ({ type: type.name, field: field.name })),
);
const prismaNodes = objects.filter((type) => type.extensions['pothosPrismaModel'] !== undefined);

describe('scopes', () => {
  test.each(
    roots.flatMap((type) => Object.values(type.getFields()).map((field) => [type.name, field.name, field] as const)),
  )('%s.%s decides who may ask', (_type, _name, field) => {
    expect(scopesOf(field)).toMatchObject(expect.anything());
  });

  test.each(objects.filter((type) => !roots.includes(type)).map((type) => [type.name, type] as const))(
    '%s decides who may see it, as a whole or field by field',
    (_name, type) => {
      const undecided = Object.values(type.getFields()).filter((field) => !scopesOf(field));
      expect(scopesOf(type) ?? undecided).toEqual(scopesOf(type) ?? []);
    },
  );
});

describe('rows that tenants own', () => {
  const id = 'a0000000-0000-4000-8000-00000000000a';
  const tenantId = 'b0000000-0000-4000-8000-00000000000b';

  test('are there', () => {
    expect(prismaNodes.map(({ name }) => name)).toContain('PluginRegistration');
  });

  test.each(prismaNodes.map(({ name }) => name))(
    '%s is looked up with the tenant beside the id, and may be null',
    async (name) => {
      const { result, wheres } = await findNode(name, admin(tenantId));
      expect(wheres).toEqual([{ id, tenantId }]);
      expect(result).toEqual({ data: { node: null } });
    },
  );

  test.each(prismaNodes.map(({ name }) => name))('%s is not looked up for anybody else', async (name) => {
    const callers = [null, { ...admin(tenantId), roles: ['agent'] as const }, { ...admin(tenantId), tenant: null }];
    for (const caller of callers) {
      const { result, wheres } = await findNode(name, caller);
      expect(wheres).toEqual([]);
      expect(result.errors).toHaveLength(1);
    }
  });

  async function findNode(name: string, caller: Actor | null) {
    const wheres: unknown[] = [];
    const findUnique = async ({ where }: { where: unknown }) => {
      wheres.push(where);
      return null;
    };
    // Every model of the client answers that there is no such row, and tells what it was asked.
    const prisma = new Proxy({}, { get: () => ({ findUnique }), has: () => true });
    const contextValue = { caller, prisma, useCases: {} } as unknown as SchemaContext;
    const result = await graphql({ schema, source: `{ node(id: "${name}:${id}") { id } }`, contextValue });
    return { result, wheres };
  }

  function admin(tenant: string): Actor {
    return {
      subject: 'walker',
      tenant: { id: tenant, slug: 'acme', name: 'acme' },
      roles: ['admin'],
      agentId: null,
      expiresAt: Date.now() + 60_000,
    };
  }
});

describe('connections', () => {
  let app: TestApp;
  beforeAll(async () => (app = await createTestApp()));
  afterAll(() => app.close());

  test('are all at the root, where their arguments are checked', () => {
    expect(new Set(connections.map(({ type }) => type))).toEqual(new Set(['Query']));
  });

  test.each(connections)('$type.$field is capped, both ways', async ({ field }) => {
    const token = await app.token({ roles: ['admin', 'platform_admin'] });
    for (const argument of ['first', 'last']) {
      const answer = async (count: number) => {
        const response = await post(app.url, token, {
          query: `{ ${field}(${argument}: ${count}) { edges { cursor } } }`,
        });
        return response.json();
      };
      expect(await answer(200)).toHaveProperty(`data.${field}.edges`);
      expect(await answer(201)).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] });
      expect(await answer(-1)).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] });
    }
  });
});

function scopesOf(part: GraphQLObjectType | GraphQLField<unknown, unknown>): unknown {
  const options: unknown = part.extensions['pothosOptions'];
  return typeof options === 'object' && options !== null && 'authScopes' in options ? options.authScopes : undefined;
}
