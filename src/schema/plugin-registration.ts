import { requireRole } from '../auth/require-role.ts';
import { isJsonObject } from '../json/json.ts';
import { USE_CASE_ROLES } from '../plugins/use-cases.ts';
import { builder } from './builder.ts';
import { mayCall } from './may-call.ts';
import { isUuid } from './node-id.ts';

/** What no row has. */
const NO_UUID = '00000000-0000-0000-0000-000000000000';

export const PluginRegistrationRef = builder.prismaNode('PluginRegistration', {
  description: 'The row saying that the tenant has a plugin. Needs the role admin.',
  nullable: true,
  authScopes: mayCall('getPlugin'),
  id: { field: 'id' },
  // The tenant beside the id: by id alone, a row of any tenant would be found.
  findUnique: (id, { caller }) => ({
    id: isUuid(id) ? id : NO_UUID,
    tenantId: requireRole(caller, USE_CASE_ROLES.getPlugin).tenant.id,
  }),
  fields: (t) => ({
    pluginName: t.exposeString('pluginName', { description: 'The plugin.' }),
    pluginVersion: t.exposeString('pluginVersion', { description: 'The version the tenant has.' }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether it is to take part.' }),
    config: t.field({
      type: 'JSONObject',
      description: 'The stored config.',
      // Rows are also written by other programs, and the column takes any JSON.
      resolve: ({ config }) => (isJsonObject(config) ? config : {}),
    }),
    configRevision: t.exposeInt('configRevision', { description: 'Counts every change of the row.' }),
    grants: t.stringList({
      description: 'The permissions in force: those granted or, where none were named, what the plugin requires.',
      resolve: async ({ pluginName, grants }, _args, { caller, useCases }) =>
        Array.isArray(grants)
          ? grants.map(String)
          : [...(await useCases.getPlugin(caller, { name: pluginName })).grants],
    }),
    installedAt: t.expose('installedAt', { type: 'DateTime', description: 'When the row was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});
