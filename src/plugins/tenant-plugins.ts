/** A tenant's enabled plugins, arranged for hooks and tool calls; made anew only when something changed. */
import type { PluginHook } from '../sdk/index.ts';
import type { SoundEntry } from './catalog-entry.ts';
import { withOverride } from './hook-overrides.ts';
import { specKey, type InstanceSpec } from './instance-pool.ts';
import type { HookBinding, ParsedPlugin, ParsedTool } from './parsed-plugin.ts';
import type { RegistrationView } from './plugin-view.ts';
import type { Registry } from './registry.ts';
import { registrationProblem } from './registration-problem.ts';
import type { RegistrationSnapshot, TenantRegistrations } from './registrations.ts';

export interface EnabledPlugin {
  readonly entry: SoundEntry;
  readonly spec: InstanceSpec;
  /** The hooks it takes part in, with what an admin set in the place of its own options. */
  readonly hooks: readonly HookBinding[];
}

/** A plugin's part in one hook. */
export interface HookTaker {
  readonly plugin: EnabledPlugin;
  readonly binding: HookBinding;
}

export interface TenantPlugins {
  /** Ordered by name. */
  readonly enabled: readonly EnabledPlugin[];
  readonly hooks: ReadonlyMap<PluginHook, readonly HookTaker[]>;
  /** More than one where two plugins offer a tool of one name. */
  readonly tools: ReadonlyMap<string, readonly { readonly plugin: EnabledPlugin; readonly tool: ParsedTool }[]>;
}

export interface TenantPluginsReader {
  of(tenantId: string): Promise<TenantPlugins>;
}

export function createTenantPluginsReader(deps: {
  registry: Registry;
  registrations: RegistrationSnapshot;
  /** Milliseconds; the most that an override may give a step. */
  mostMs: number;
}): TenantPluginsReader {
  // Weak: a snapshot that is replaced takes its arrangement with it.
  const arranged = new WeakMap<TenantRegistrations, { revision: number; plugins: TenantPlugins }>();
  return {
    async of(tenantId) {
      const rows = await deps.registrations.of(tenantId);
      const known = arranged.get(rows);
      if (known?.revision === deps.registry.revision) return known.plugins;
      const plugins = arrange(deps, tenantId, rows);
      arranged.set(rows, { revision: deps.registry.revision, plugins });
      return plugins;
    },
  };
}

/** What an instance of a registered plugin is made of; defaults that the row lacks are filled in. */
export function instanceSpec(
  tenantId: string,
  entry: SoundEntry,
  { config, grants, configRevision }: Pick<RegistrationView, 'config' | 'grants' | 'configRevision'>,
): InstanceSpec {
  const filled = { config: entry.parsed.config.withDefaults(config), grants, configRevision };
  return { tenantId, entry, registration: filled, key: specKey(filled) };
}

/** In effect for a tenant; a hook that an admin took the plugin out of is not there. */
export function hooksInEffect(
  { hooks }: ParsedPlugin,
  { hookOverrides }: Pick<RegistrationView, 'hookOverrides'>,
  mostMs: number,
): readonly HookBinding[] {
  if (hookOverrides.length === 0) return hooks;
  return hooks.flatMap((binding) => {
    const override = hookOverrides.find(({ hook }) => hook === binding.hook);
    return override?.enabled === false ? [] : [withOverride(binding, override, mostMs)];
  });
}

function arrange(
  { registry, mostMs }: { readonly registry: Registry; readonly mostMs: number },
  tenantId: string,
  rows: TenantRegistrations,
): TenantPlugins {
  const enabled: EnabledPlugin[] = [];
  for (const entry of registry.list(tenantId)) {
    const row = rows.get(entry.name);
    if (!row?.enabled || entry.problem || registrationProblem(entry, row)) continue;
    const hooks = hooksInEffect(entry.parsed, row, mostMs);
    enabled.push({ entry, spec: instanceSpec(tenantId, entry, row), hooks });
  }
  const bindings = enabled.flatMap((plugin) => plugin.hooks.map((binding) => ({ plugin, binding })));
  const tools = enabled.flatMap((plugin) => plugin.entry.parsed.tools.map((tool) => ({ plugin, tool })));
  return {
    enabled,
    hooks: Map.groupBy(bindings, ({ binding }) => binding.hook),
    tools: Map.groupBy(tools, ({ tool }) => tool.name),
  };
}
