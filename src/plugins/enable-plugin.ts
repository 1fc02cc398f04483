import type { TenantActor } from '../auth/actor.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import { canonicalJson } from '../json/canonical-json.ts';
import { changeRegistration, type Alongside, type Change } from './change-registration.ts';
import type { CatalogEntry, SoundEntry } from './catalog-entry.ts';
import type { Host } from './host.ts';
import type { ParsedPlugin } from './parsed-plugin.ts';
import { capabilityOf } from './platform.ts';
import type { PluginView, RegistrationView } from './plugin-view.ts';
import { problemError, requireSound } from './require-sound.ts';
import { requireConfig } from './require-config.ts';
import { instanceSpec } from './tenant-plugins.ts';
import { toPluginView } from './to-plugin-view.ts';
import type { UseCaseInput } from './use-cases.ts';

type EnablePluginInput = UseCaseInput<'enablePlugin'>;

/**
 * Enables a plugin for the actor's tenant: loads an instance, then registers it. Enabling what is enabled changes nothing.
 * @throws HooklineError PLUGIN_NOT_FOUND, the code of a FAILED plugin's problem, CONFIG_INVALID, INVALID_INPUT (a grant that
 * is no permission), PERMISSION_DENIED, PLUGIN_LOAD_FAILED; the registration is then as it was.
 */
export async function enablePlugin(host: Host, actor: TenantActor, input: EnablePluginInput): Promise<PluginView> {
  const tenantId = actor.tenant.id;
  const { name, version = null, config = null, grants = null, idempotencyKey: key = null } = input;
  const { ended } = await host.once.enablePlugin.run({
    tenantId,
    key,
    input: { name, version, config, grants },
    begin: (_id, claim) => {
      const done = enable(host, tenantId, input, async (tx, view) => {
        if (claim) await host.once.keepEnabled(claim, view, tx);
      });
      return Promise.resolve({ started: done, ended: done });
    },
  });
  return ended;
}

async function enable(
  host: Host,
  tenantId: string,
  input: EnablePluginInput,
  alongside: Alongside,
): Promise<PluginView> {
  const choose = (found: CatalogEntry | undefined, row: RegistrationView | null) => {
    const entry = requireSound(found, input.name);
    requireVersion(entry.parsed, input.version ?? null);
    return decide(entry, row, input);
  };
  return ensureLoaded(host, tenantId, await changeRegistration(host, tenantId, input.name, choose, alongside));
}

function decide({ parsed }: SoundEntry, row: RegistrationView | null, input: EnablePluginInput): Change | null {
  const grants = requireGrants(parsed, input.grants ?? null);
  const next = {
    pluginVersion: parsed.version,
    enabled: true,
    config: requireConfig(parsed, input.config ?? row?.config ?? {}),
    grants: input.grants ? grants : null,
    disabledReason: null,
  };
  return row && sameRegistration(row, next) ? null : { kind: 'ENABLED', next };
}

function requireVersion(parsed: ParsedPlugin, version: string | null): void {
  if (version === null || version === parsed.version) return;
  throw new HooklineError(
    'PLUGIN_NOT_FOUND',
    `There is no version ${version} of "${parsed.name}"; the catalog has ${parsed.version}.`,
  );
}

function requireGrants(parsed: ParsedPlugin, given: readonly string[] | null): readonly string[] {
  const grants = given ?? parsed.requiredPermissions;
  const [unknown] = grants.filter((grant) => !capabilityOf(grant));
  if (unknown !== undefined) {
    throw new HooklineError(
      'INVALID_INPUT',
      `"${unknown}" is not a permission; there are kv, http:HOST and events:emit.`,
      {
        details: [{ pointer: `/grants/${grants.indexOf(unknown)}`, message: 'is not a permission' }],
      },
    );
  }
  const missing = parsed.requiredPermissions.filter((permission) => !grants.includes(permission));
  if (missing.length === 0) return grants;
  throw new HooklineError(
    'PERMISSION_DENIED',
    `"${parsed.name}" needs ${missing.join(', ')}. Add it to grants, or leave grants out to give what the plugin requires.`,
  );
}

function sameRegistration(row: RegistrationView, next: Change['next']): boolean {
  const fields = ({ pluginVersion, enabled, config, grants }: Change['next'] | RegistrationView) =>
    // JSONB does not keep the order in which a config was sent.
    canonicalJson([pluginVersion, enabled, config, grants]);
  return fields(row) === fields(next);
}

/** Enabling again is also how an admin tries a plugin that stopped loading. */
async function ensureLoaded(host: Host, tenantId: string, view: PluginView): Promise<PluginView> {
  const entry = requireSound(host.registry.find(tenantId, view.name), view.name);
  const { registration } = view;
  if (!registration) return view;
  const spec = instanceSpec(tenantId, entry, registration);
  if (host.pool.current(spec)) return view;
  const loaded = await host.pool.acquire(spec);
  if (!loaded.success) {
    const problem = host.pool.problemOf(tenantId, view.name);
    throw problem
      ? problemError(problem)
      : new HooklineError('PLUGIN_LOAD_FAILED', loaded.error.message, { details: { cause: loaded.error.code } });
  }
  return toPluginView(entry, registration);
}
