import type { TenantActor } from '../auth/actor.ts';
import { changeRegistration } from './change-registration.ts';
import type { Host } from './host.ts';
import type { PluginView } from './plugin-view.ts';
import { registrationProblem } from './registration-problem.ts';
import { requireConfig } from './require-config.ts';
import { requireRevision } from './require-revision.ts';
import { problemError, requireSound } from './require-sound.ts';
import type { UseCaseInput } from './use-cases.ts';

/**
 * Replaces a plugin's config for the actor's tenant, before the first enable too. An enabled plugin gets a second instance
 * with the new config, which takes over once it has loaded.
 * @throws HooklineError PLUGIN_NOT_FOUND, CONFIG_INVALID, CONFLICT (the revision is not the expected one),
 * PLUGIN_INCOMPATIBLE (the registered version is gone), PLUGIN_LOAD_FAILED; nothing is changed then.
 */
export function updatePluginConfig(
  host: Host,
  actor: TenantActor,
  input: UseCaseInput<'updatePluginConfig'>,
): Promise<PluginView> {
  return changeRegistration(host, actor.tenant.id, input.name, (found, row) => {
    const { parsed, ...entry } = requireSound(found, input.name);
    requireRevision(row, input);
    const config = requireConfig(parsed, input.config);
    if (!row)
      return {
        kind: 'CONFIG_UPDATED',
        next: { pluginVersion: parsed.version, enabled: false, config, grants: null, disabledReason: null },
      };
    const problem = registrationProblem({ ...entry, parsed }, { ...row, config });
    if (problem) throw problemError(problem);
    const { pluginVersion, enabled, grants, disabledReason } = row;
    return { kind: 'CONFIG_UPDATED', next: { pluginVersion, enabled, grants, disabledReason, config } };
  });
}
