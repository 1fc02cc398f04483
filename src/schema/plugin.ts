import type { Prisma } from '../../generated/prisma/client.ts';
import { requireRole } from '../auth/require-role.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import { hookOverridesJson } from '../plugins/hook-overrides.ts';
import {
  PLUGIN_SCOPES,
  PLUGIN_STATUSES,
  PLUGIN_TRUSTS,
  type PluginProblem,
  type PluginView,
} from '../plugins/plugin-view.ts';
import { USE_CASE_ROLES } from '../plugins/use-cases.ts';
import { builder } from './builder.ts';
import type { SchemaContext } from './context.ts';
import { enumValues } from './enum-values.ts';
import { PluginHookEnum } from './hook-enums.ts';
import { HookOverrideRef } from './hook-override.ts';
import { HookStatRef } from './hook-stat.ts';
import { mayCall } from './may-call.ts';
import { PluginRegistrationRef } from './plugin-registration.ts';
import { present } from './present.ts';
import { PluginRef, ToolRef } from './refs.ts';

const PluginTrustEnum = builder.enumType('PluginTrust', {
  description: "Where a plugin's code runs.",
  values: enumValues(
    {
      SANDBOXED: 'In an isolate of its own, in another process.',
      IN_PROCESS: 'In the server, as code of the program that embeds it.',
    },
    PLUGIN_TRUSTS,
  ),
});

const PluginScopeEnum = builder.enumType('PluginScope', {
  description: 'Who can enable a plugin.',
  values: enumValues({ GLOBAL: 'Every tenant.', TENANT: 'Your tenant alone.' }, PLUGIN_SCOPES),
});

const PluginStatusEnum = builder.enumType('PluginStatus', {
  description: 'How a plugin stands for your tenant.',
  values: enumValues(
    {
      AVAILABLE: 'It could be enabled and never was.',
      ENABLED: 'It takes part.',
      DISABLED: 'It has a registration and takes no part.',
      FAILED: 'It cannot take part; see `problem`.',
    },
    PLUGIN_STATUSES,
  ),
});

const PluginProblemRef = builder.objectRef<PluginProblem>('PluginProblem').implement({
  description: 'Why a plugin is FAILED, or why the server disabled it.',
  authScopes: mayCall('describePlugin'),
  fields: (t) => ({
    code: t.exposeString('code', {
      description:
        'The error code that enabling it would give; PLUGIN_LOAD_FAILED when the server disabled it: enabling it tries again.',
    }),
    message: t.exposeString('message', { description: 'A sentence for its author.' }),
    rule: t.exposeString('rule', { nullable: true, description: 'The rule of the validator it broke.' }),
    line: t.exposeInt('line', { nullable: true, description: 'The line in its source, from 1.' }),
    column: t.exposeInt('column', { nullable: true, description: 'The column in that line, from 1.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was found.' }),
  }),
});

builder.node(PluginRef, {
  description: 'A plugin of the catalog, as your tenant sees it.',
  authScopes: mayCall('describePlugin'),
  id: { resolve: (plugin) => plugin.name },
  loadOne: (name, { caller, useCases }) => nullWhenUnknown(useCases.describePlugin(caller, { name })),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    version: t.exposeString('version', { description: 'The registered version; before there is one, the newest.' }),
    author: t.exposeString('author', { description: 'Who wrote it.' }),
    description: t.exposeString('description', { description: 'What it does.' }),
    trust: t.expose('trust', { type: PluginTrustEnum, description: 'Where its code runs.' }),
    scope: t.expose('scope', { type: PluginScopeEnum, description: 'Who can enable it.' }),
    status: t.expose('status', { type: PluginStatusEnum, description: 'How it stands.' }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether the registration says that it is to take part.' }),
    problem: t.expose('problem', {
      type: PluginProblemRef,
      nullable: true,
      description: 'Why it is FAILED, or why the server disabled it.',
    }),
    hooks: t.field({
      type: [PluginHookEnum],
      description: 'The hooks it takes part in.',
      resolve: ({ hooks }) => [...hooks],
    }),
    tools: t.field({
      type: [ToolRef],
      description: 'The tools it offers.',
      resolve: (plugin) => plugin.tools.map((tool) => ({ ...tool, plugin })),
    }),
    requiredPermissions: t.stringList({
      description: 'What it cannot do without.',
      resolve: ({ requiredPermissions }) => [...requiredPermissions],
    }),
    compatibleVersions: t.exposeString('compatibleVersions', {
      nullable: true,
      description: 'The platform versions it works with, as a semver range.',
    }),
    configSchema: t.expose('configSchema', {
      type: 'JSONObject',
      nullable: true,
      description: 'JSON Schema of its config.',
    }),
    config: t.expose('config', {
      type: 'JSONObject',
      nullable: true,
      authScopes: mayCall('getPlugin'),
      description:
        'The config in force; before there is a registration, the defaults of the schema. Needs the role admin.',
    }),
    configRevision: t.exposeInt('configRevision', {
      nullable: true,
      authScopes: mayCall('getPlugin'),
      description:
        'Counts every change of the registration, 0 before there is one; give it as `expectedRevision`. Needs the role admin.',
    }),
    grants: t.stringList({
      nullable: true,
      authScopes: mayCall('getPlugin'),
      description: 'The permissions in force. Needs the role admin.',
      resolve: ({ grants }) => [...grants],
    }),
    hookOverrides: t.field({
      type: [HookOverrideRef],
      nullable: true,
      authScopes: mayCall('getPlugin'),
      description: "What an admin set in the place of the plugin's own hook options. Needs the role admin.",
      // The journal has views of before there were any.
      resolve: ({ hookOverrides }: Pick<Partial<PluginView>, 'hookOverrides'>) => [...(hookOverrides ?? [])],
    }),
    hookStats: t.field({
      type: [HookStatRef],
      description:
        'For each of its hooks, what this server counted since it started: of today, also where the plugin is shown as it was at an event. Other servers of the same database count for themselves.',
      resolve: ({ name, hooks }, _args, { caller, useCases }) =>
        useCases.readHookStats(caller, { pluginName: name, hooks }),
    }),
    registration: t.field({
      type: PluginRegistrationRef,
      nullable: true,
      authScopes: mayCall('getPlugin'),
      description: 'The row saying that your tenant has it; null before there is one. Needs the role admin.',
      resolve: (plugin, _args, context) => registrationRow(plugin, context),
    }),
  }),
});

/** The registration in the shape of its row, which is what its type is made of. */
function registrationRow({ registration }: PluginView, { caller }: SchemaContext) {
  if (!registration) return null;
  const { tenant } = requireRole(caller, USE_CASE_ROLES.getPlugin);
  return {
    ...registration,
    tenantId: tenant.id,
    // Prisma's JSON types are the mutable ones.
    config: registration.config as Prisma.JsonObject,
    grants: registration.grants && [...registration.grants],
    hookOverrides: hookOverridesJson(registration.hookOverrides),
    installedAt: new Date(registration.installedAt),
    updatedAt: new Date(registration.updatedAt),
  };
}

async function nullWhenUnknown(plugin: Promise<PluginView>): Promise<PluginView | null> {
  try {
    return await plugin;
  } catch (error) {
    if (error instanceof HooklineError && error.code === 'PLUGIN_NOT_FOUND') return null;
    throw error;
  }
}

builder.queryField('plugin', (t) =>
  t.field({
    type: PluginRef,
    nullable: true,
    description: 'One plugin of the catalog, or null. Needs the role admin.',
    authScopes: mayCall('getPlugin'),
    args: { name: t.arg.string({ required: true, description: 'Its name.' }) },
    resolve: (_root, { name }, { caller, useCases }) => nullWhenUnknown(useCases.getPlugin(caller, { name })),
  }),
);

builder.queryField('plugins', (t) =>
  t.connection(
    {
      type: PluginRef,
      description: 'The catalog: the plugins your tenant has or could enable, by name. Needs the role admin.',
      authScopes: mayCall('listPlugins'),
      args: {
        enabled: t.arg.boolean({ description: 'Only those that are enabled, or only those that are not.' }),
        search: t.arg.string({ description: 'Only those with this in their name or description, in any case.' }),
      },
      resolve: (_root, args, { caller, useCases }) => useCases.listPlugins(caller, present(args)),
    },
    {
      name: 'PluginConnection',
      description: 'A page of plugins.',
      authScopes: mayCall('listPlugins'),
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many there are on all pages.',
          resolve: (page) => page.totalCount,
        }),
      }),
    },
    { name: 'PluginEdge', description: 'A plugin on a page.', authScopes: mayCall('listPlugins') },
  ),
);
