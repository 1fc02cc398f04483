import { problem, type CatalogEntry } from './catalog-entry.ts';
import type { PluginProblem, RegistrationView } from './plugin-view.ts';

/** Why a registration cannot be used as it stands, or null. Rows come from other programs too, so all of it is looked at. */
export function registrationProblem(
  entry: CatalogEntry | undefined,
  registration: RegistrationView,
): PluginProblem | null {
  const { pluginName, pluginVersion, config, grants, updatedAt: at } = registration;
  if (!entry)
    return problem(
      'PLUGIN_NOT_FOUND',
      `${pluginName} ${pluginVersion} is registered, but no such plugin is in the catalog. Put its file back, or disable it.`,
      { at },
    );
  if (entry.problem) return entry.problem;
  const { parsed } = entry;
  if (parsed.version !== pluginVersion) {
    const message = `Registered is ${pluginName} ${pluginVersion}; the catalog has ${parsed.version}. Enable it again to move to ${parsed.version}.`;
    return problem('PLUGIN_INCOMPATIBLE', message, { at });
  }
  const issues = parsed.config.check(parsed.config.withDefaults(config));
  const [first] = issues;
  if (first) {
    return problem(
      'CONFIG_INVALID',
      `The stored config does not fit the plugin: ${first.pointer || 'it'} ${first.message}.`,
      { at, details: issues },
    );
  }
  const missing = parsed.requiredPermissions.filter((permission) => grants !== null && !grants.includes(permission));
  if (missing.length > 0)
    return problem('PERMISSION_DENIED', `${pluginName} needs ${missing.join(', ')}, which is not granted.`, { at });
  return null;
}
