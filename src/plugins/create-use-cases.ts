/** Binds the use cases to a host; each checks its role, from the one table, before anything else. */
import { requireRole } from '../auth/require-role.ts';
import type { Actor, TenantActor } from '../auth/actor.ts';
import { createTenant, findTenant, listTenants } from '../auth/tenants.ts';
import { cancelToolExecution } from './cancel-tool-execution.ts';
import { disablePlugin } from './disable-plugin.ts';
import { enablePlugin } from './enable-plugin.ts';
import { executeTool } from './execute-tool.ts';
import { explainHookPipeline } from './explain-hook-pipeline.ts';
import { followEvents } from './follow-events.ts';
import type { Host } from './host.ts';
import { invokeHook } from './invoke-hook.ts';
import { getPlugin, listPlugins } from './list-plugins.ts';
import { listTools } from './list-tools.ts';
import { updateHookOverrides } from './update-hook-overrides.ts';
import { updatePluginConfig } from './update-plugin-config.ts';
import { USE_CASE_ROLES, type Caller, type UseCases, type Waiting } from './use-cases.ts';
import { viewer } from './viewer.ts';

export function createUseCases(host: Host): UseCases {
  const { journal, prisma } = host;
  const tenantId = (actor: TenantActor) => actor.tenant.id;
  return {
    viewer: async (caller) => viewer(host, requireRole(caller, USE_CASE_ROLES.viewer)),
    async getTenant(caller, { id }) {
      const actor = requireRole(caller, USE_CASE_ROLES.getTenant);
      if (actor.tenant?.id === id) return actor.tenant;
      return actor.roles.includes('platform_admin') ? findTenant(prisma, id) : null;
    },
    listPlugins: inTenant('listPlugins', (actor, input) => listPlugins(host, actor, input)),
    getPlugin: inTenant('getPlugin', (actor, input) => getPlugin(host, actor, input)),
    describePlugin: inTenant('describePlugin', (actor, input) => getPlugin(host, actor, input)),
    readHookStats: inTenant('readHookStats', async (actor, { pluginName, hooks }) =>
      hooks.map((hook) => host.hookStats.of(tenantId(actor), pluginName, hook)),
    ),
    listTools: inTenant('listTools', (actor, input) => listTools(host, actor, input)),
    explainHookPipeline: inTenant('explainHookPipeline', (actor, input) => explainHookPipeline(host, actor, input)),
    listHookInvocations: inTenant('listHookInvocations', (actor, { filter, ...page }) =>
      journal.hookInvocations(tenantId(actor), page, filter ?? {}),
    ),
    listToolExecutions: inTenant('listToolExecutions', (actor, { filter, ...page }) =>
      journal.toolExecutions(tenantId(actor), page, filter ?? {}),
    ),
    getHookInvocation: inTenant('getHookInvocation', (actor, { id }) =>
      journal.findHookInvocation(tenantId(actor), id),
    ),
    getToolExecution: inTenant('getToolExecution', (actor, { id }) => journal.findToolExecution(tenantId(actor), id)),
    getToolExecutions: inTenant('getToolExecutions', (actor, { ids, atSeq }) =>
      journal.toolExecutionsByIds(tenantId(actor), ids, atSeq),
    ),
    listInvocationsOfExecutions: inTenant('listInvocationsOfExecutions', (actor, { ids }) =>
      journal.invocationsOfExecutions(tenantId(actor), ids),
    ),
    followEvents: inTenant('followEvents', (actor, input) => followEvents(host, actor, input)),
    enablePlugin: inTenant('enablePlugin', (actor, input) => enablePlugin(host, actor, input)),
    disablePlugin: inTenant('disablePlugin', (actor, input) => disablePlugin(host, actor, input)),
    updatePluginConfig: inTenant('updatePluginConfig', (actor, input) => updatePluginConfig(host, actor, input)),
    updateHookOverrides: inTenant('updateHookOverrides', (actor, input) => updateHookOverrides(host, actor, input)),
    invokeHook: inTenant('invokeHook', (actor, input, waiting) => invokeHook(host, actor, input, waiting)),
    executeTool: inTenant('executeTool', (actor, input, waiting) => executeTool(host, actor, input, waiting)),
    cancelToolExecution: inTenant('cancelToolExecution', (actor, input) => cancelToolExecution(host, actor, input)),
    listTenants: forPlatform('listTenants', (_actor, input) => listTenants(prisma, input)),
    createTenant: forPlatform('createTenant', (_actor, input) => createTenant(prisma, input)),
  };
}

type NamesWith<Role> = { [N in keyof UseCases]: (typeof USE_CASE_ROLES)[N] extends Role ? N : never }[keyof UseCases];

// `async` on purpose: a refusal is a rejected promise, as every other failure of a use case.
function inTenant<Input, T>(
  name: NamesWith<'member' | 'admin'>,
  run: (actor: TenantActor, input: Input, waiting: Waiting) => Promise<T>,
) {
  return async (caller: Caller, input: Input, waiting: Waiting = {}) =>
    run(requireRole(caller, USE_CASE_ROLES[name]), input, waiting);
}

function forPlatform<Input, T>(name: NamesWith<'platform_admin'>, run: (actor: Actor, input: Input) => Promise<T>) {
  return async (caller: Caller, input: Input) => run(requireRole(caller, USE_CASE_ROLES[name]), input);
}
