import type { JsonObject } from '../json/json.ts';
import { problem, scopeOf, type CatalogEntry } from './catalog-entry.ts';
import type { Host } from './host.ts';
import type { PluginProblem, PluginStatus, PluginView, RegistrationView, ToolSummary } from './plugin-view.ts';
import { registrationProblem } from './registration-problem.ts';
import type { ParsedTool } from './parsed-plugin.ts';

/** A plugin as one tenant sees it. `loadProblem`: why its instance did not load, if that was tried. */
export function toPluginView(
  entry: CatalogEntry,
  registration: RegistrationView | null,
  loadProblem: PluginProblem | null = null,
): PluginView {
  const parsed = entry.parsed;
  const inUse = registration ? registrationProblem(entry, registration) : entry.problem;
  // A row that another program wrote may lack what the schema has defaults for; an instance gets them.
  const withDefaults = (config: JsonObject) => parsed?.config.withDefaults(config) ?? config;
  const failed = inUse ?? (registration?.enabled ? loadProblem : null);
  return {
    name: entry.name,
    version: registration?.pluginVersion ?? parsed?.version ?? '',
    author: parsed?.author ?? '',
    description: parsed?.description ?? '',
    trust: entry.trust,
    scope: scopeOf(entry),
    status: statusOf(failed, registration),
    enabled: registration?.enabled ?? false,
    problem: failed ?? disabledBecause(registration),
    hooks: [...new Set(parsed?.hooks.map(({ hook }) => hook))],
    tools: parsed?.tools.map(toToolSummary) ?? [],
    requiredPermissions: parsed?.requiredPermissions ?? [],
    compatibleVersions: parsed?.compatibleVersions ?? null,
    configSchema: parsed?.configSchema ?? null,
    config: withDefaults(registration?.config ?? {}),
    configRevision: registration?.configRevision ?? 0,
    grants: registration ? (registration.grants ?? parsed?.requiredPermissions ?? []) : [],
    hookOverrides: registration?.hookOverrides ?? [],
    registration,
  };
}

/** Why the host disabled it; null when it is enabled, or an admin wanted it so. */
function disabledBecause(registration: RegistrationView | null): PluginProblem | null {
  if (!registration || registration.enabled || registration.disabledReason === null) return null;
  return problem('PLUGIN_LOAD_FAILED', registration.disabledReason, { at: registration.updatedAt });
}

/** A registration whose plugin has left the catalog: shown, so that it can be disabled. */
export function orphanView(registration: RegistrationView): PluginView {
  const gone: CatalogEntry = {
    name: registration.pluginName,
    trust: 'SANDBOXED',
    tenantId: null,
    parsed: null,
    problem: registrationProblem(undefined, registration)!,
  };
  return toPluginView(gone, registration);
}

export function toToolSummary(tool: ParsedTool): ToolSummary {
  const { name, description, parameters, result, timeoutMs, maxConcurrent } = tool;
  return { name, description, parameters, result, timeoutMs, maxConcurrent };
}

/** With what is known of it besides its row. */
export function viewOf(
  { pool }: Pick<Host, 'pool'>,
  tenantId: string,
  entry: CatalogEntry,
  row: RegistrationView | null,
): PluginView {
  return toPluginView(entry, row, pool.problemOf(tenantId, entry.name));
}

/** Every plugin the tenant can see, ordered by name: its catalog, and registrations that have left it. */
export async function readPluginViews(host: Host, tenantId: string): Promise<readonly PluginView[]> {
  const rows = await host.registrations.of(tenantId);
  const entries = host.registry.list(tenantId);
  const known = new Set(entries.map(({ name }) => name));
  const orphans = [...rows.values()].filter(({ pluginName }) => !known.has(pluginName)).map(orphanView);
  const views = entries.map((entry) => viewOf(host, tenantId, entry, rows.get(entry.name) ?? null));
  return [...views, ...orphans].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function readPluginView(host: Host, tenantId: string, name: string): Promise<PluginView | null> {
  const row = (await host.registrations.of(tenantId)).get(name) ?? null;
  const entry = host.registry.find(tenantId, name);
  if (entry) return viewOf(host, tenantId, entry, row);
  return row && orphanView(row);
}

function statusOf(problem: PluginProblem | null, registration: RegistrationView | null): PluginStatus {
  if (problem) return 'FAILED';
  if (!registration) return 'AVAILABLE';
  return registration.enabled ? 'ENABLED' : 'DISABLED';
}
