import { HooklineError } from '../errors/hookline-error.ts';
import type { Host } from './host.ts';
import type { ParsedTool } from './parsed-plugin.ts';
import type { EnabledPlugin } from './tenant-plugins.ts';
import { readPluginView } from './to-plugin-view.ts';

export interface FoundTool {
  readonly plugin: EnabledPlugin;
  readonly tool: ParsedTool;
}

/**
 * The one tool a call means.
 * @throws HooklineError TOOL_NOT_FOUND, PLUGIN_NOT_FOUND, PLUGIN_NOT_ENABLED, or CONFLICT when two enabled plugins offer it.
 */
export async function findTool(
  host: Host,
  tenantId: string,
  toolName: string,
  pluginName: string | null,
): Promise<FoundTool> {
  const offered = (await host.tenantPlugins.of(tenantId)).tools.get(toolName) ?? [];
  const found = pluginName === null ? offered : offered.filter(({ plugin }) => plugin.entry.name === pluginName);
  const [one, ...others] = found;
  if (!one) throw await notOffered(host, tenantId, toolName, pluginName);
  if (others.length === 0) return one;
  const names = found.map(({ plugin }) => plugin.entry.name).join(' and ');
  throw new HooklineError('CONFLICT', `The tool "${toolName}" is offered by ${names}. Name one of them as pluginName.`);
}

async function notOffered(
  host: Host,
  tenantId: string,
  toolName: string,
  pluginName: string | null,
): Promise<HooklineError> {
  if (pluginName !== null && !host.registry.find(tenantId, pluginName)) {
    return new HooklineError('PLUGIN_NOT_FOUND', `There is no plugin "${pluginName}" for this tenant.`);
  }
  const owner = host.registry
    .list(tenantId)
    .find(
      ({ name, parsed }) =>
        (pluginName === null || name === pluginName) && parsed?.tools.some((tool) => tool.name === toolName),
    );
  if (owner) {
    const why = (await readPluginView(host, tenantId, owner.name))?.problem?.message ?? 'An admin can enable it.';
    return new HooklineError(
      'PLUGIN_NOT_ENABLED',
      `The tool "${toolName}" belongs to the plugin "${owner.name}", which is not in use for this tenant. ${why}`,
    );
  }
  const where = pluginName === null ? 'No plugin of this tenant has a' : `The plugin "${pluginName}" has no`;
  return new HooklineError(
    'TOOL_NOT_FOUND',
    `${where} tool "${toolName}". The query "tools" lists what can be called.`,
  );
}
