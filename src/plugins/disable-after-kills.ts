import type { Logger } from 'pino';
import type { Kill } from './breaker.ts';
import { changeRegistration } from './change-registration.ts';
import type { Host } from './host.ts';

/** Disables a plugin that had to be killed too often, for its tenant; row and event tell why. Never rejects. */
export async function disableAfterKills(
  { host, log }: { readonly host: Host; readonly log: Logger },
  kill: Kill,
  why: string,
): Promise<void> {
  const { tenantId, pluginName } = kill;
  try {
    let wasEnabled = false;
    const { enabled } = await changeRegistration(host, tenantId, pluginName, (_entry, row) => {
      wasEnabled = row?.enabled === true;
      if (!row?.enabled) return null;
      const { pluginVersion, config, grants } = row;
      return { kind: 'DISABLED', next: { pluginVersion, config, grants, enabled: false, disabledReason: why } };
    });
    // It may have ended its process while it was being enabled, or an admin was quicker.
    if (!wasEnabled || enabled) return;
    log.warn({ tenantId: `Tenant:${tenantId}`, pluginName, problem: why }, 'A plugin was disabled');
  } catch (error) {
    // It stays enabled, and its next kill comes here again.
    log.error({ err: error, pluginName }, 'A plugin that was killed too often could not be disabled');
  }
}
