import type { TenantActor } from '../auth/actor.ts';
import { changeRegistration } from './change-registration.ts';
import type { Host } from './host.ts';
import type { PluginView } from './plugin-view.ts';
import { pluginNotFound } from './require-sound.ts';
import type { UseCaseInput } from './use-cases.ts';

/** Disables a plugin for the actor's tenant and keeps its config. Disabling what is not enabled changes nothing. */
export function disablePlugin(
  host: Host,
  actor: TenantActor,
  { name }: UseCaseInput<'disablePlugin'>,
): Promise<PluginView> {
  return changeRegistration(host, actor.tenant.id, name, (entry, row) => {
    if (!entry && !row) throw pluginNotFound(name);
    if (!row?.enabled) return null;
    const { pluginVersion, config, grants } = row;
    return { kind: 'DISABLED', next: { pluginVersion, config, grants, enabled: false, disabledReason: null } };
  });
}
