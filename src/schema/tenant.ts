import { builder } from './builder.ts';
import { mayCall } from './may-call.ts';
import { isUuid } from './node-id.ts';
import { present } from './present.ts';
import { TenantRef } from './refs.ts';

builder.node(TenantRef, {
  description: 'Who owns registrations, config and events.',
  authScopes: mayCall('getTenant'),
  id: { resolve: (tenant) => tenant.id },
  loadOne: (id, { caller, useCases }) => (isUuid(id) ? useCases.getTenant(caller, { id }) : null),
  fields: (t) => ({
    slug: t.exposeString('slug', { description: 'The short name, unique on this server.' }),
    name: t.exposeString('name', { description: 'The name people read.' }),
  }),
});

builder.queryField('tenants', (t) =>
  t.connection(
    {
      type: TenantRef,
      description: 'Every tenant of this server, by slug. Needs the role platform_admin.',
      authScopes: mayCall('listTenants'),
      resolve: (_root, args, { caller, useCases }) => useCases.listTenants(caller, present(args)),
    },
    {
      name: 'TenantConnection',
      description: 'A page of tenants.',
      authScopes: mayCall('listTenants'),
      fields: (connection) => ({
        totalCount: connection.int({ description: 'How many tenants there are.', resolve: (page) => page.totalCount }),
      }),
    },
    { name: 'TenantEdge', description: 'A tenant on a page.', authScopes: mayCall('listTenants') },
  ),
);

const CreateTenantInput = builder.inputType('CreateTenantInput', {
  description: 'A new tenant.',
  fields: (t) => ({
    slug: t.string({
      required: true,
      description: 'Short and unique: lower case letters, digits and `-`, at most 63.',
    }),
    name: t.string({ description: 'The name people read; left out, the slug.' }),
  }),
});

builder.mutationField('createTenant', (t) =>
  t.field({
    type: TenantRef,
    description: 'Makes a tenant. Needs the role platform_admin. CONFLICT when the slug is taken.',
    authScopes: mayCall('createTenant'),
    args: { input: t.arg({ type: CreateTenantInput, required: true, description: 'The tenant to make.' }) },
    resolve: (_root, { input }, { caller, useCases }) => useCases.createTenant(caller, present(input)),
  }),
);
