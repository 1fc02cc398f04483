/** The facade's snake_case shapes. */
import type { PluginView } from '../plugins/plugin-view.ts';

export function toPluginBody(plugin: PluginView) {
  return {
    name: plugin.name,
    version: plugin.version,
    author: plugin.author,
    description: plugin.description,
    enabled: plugin.enabled,
    status: plugin.status,
    hooks: plugin.hooks,
    tools: plugin.tools.map(({ name }) => name),
    required_permissions: plugin.requiredPermissions,
    compatible_versions: plugin.compatibleVersions,
    problem: plugin.problem && { code: plugin.problem.code, message: plugin.problem.message },
  };
}

export function toConfigBody(plugin: PluginView) {
  return {
    plugin_name: plugin.name,
    plugin_version: plugin.version,
    enabled: plugin.enabled,
    config: plugin.config,
    config_revision: plugin.configRevision,
    installed_at: plugin.registration?.installedAt ?? null,
    updated_at: plugin.registration?.updatedAt ?? null,
  };
}
