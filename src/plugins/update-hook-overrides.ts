import type { TenantActor } from '../auth/actor.ts';
import { HooklineError, type ErrorDetail } from '../errors/hookline-error.ts';
import { changeRegistration } from './change-registration.ts';
import type { Host } from './host.ts';
import { hookOverridesJson, readHookOverrides, type HookOverride } from './hook-overrides.ts';
import type { HookBinding } from './parsed-plugin.ts';
import { MOST_PRIORITY } from './plugin-limits.ts';
import type { PluginView } from './plugin-view.ts';
import { requireRevision } from './require-revision.ts';
import { requireSound } from './require-sound.ts';
import type { UseCaseInput } from './use-cases.ts';

/**
 * Replaces what an admin set for a plugin's hooks, before the first enable too. It opens no instance, holds for the next
 * invocation, and stays when the plugin is disabled or moves to another version. What is already so changes nothing.
 * @throws HooklineError PLUGIN_NOT_FOUND, the code of a FAILED plugin's problem, INVALID_INPUT (with pointers), CONFLICT (the
 * revision is not the expected one); nothing is changed then.
 */
export function updateHookOverrides(
  host: Host,
  actor: TenantActor,
  input: UseCaseInput<'updateHookOverrides'>,
): Promise<PluginView> {
  return changeRegistration(host, actor.tenant.id, input.name, (found, row) => {
    const { parsed } = requireSound(found, input.name);
    requireRevision(row, input);
    requireOverrides(input, parsed.hooks, host.hookLimits.stepMs);
    const json = hookOverridesJson(input.overrides);
    const hookOverrides = readHookOverrides(json);
    if (JSON.stringify(hookOverrides) === JSON.stringify(row?.hookOverrides ?? [])) return null;
    const { pluginVersion, enabled, config, grants, disabledReason } = row ?? {
      pluginVersion: parsed.version,
      enabled: false,
      config: parsed.config.withDefaults({}),
      grants: null,
      disabledReason: null,
    };
    return {
      kind: 'CONFIG_UPDATED',
      sameInstance: true,
      next: { pluginVersion, enabled, config, grants, disabledReason, hookOverrides },
    };
  });
}

function requireOverrides(
  { name, overrides }: UseCaseInput<'updateHookOverrides'>,
  hooks: readonly HookBinding[],
  mostMs: number,
): void {
  const taking = hooks.map(({ hook }) => hook);
  const issues = overrides.flatMap((override, index) => {
    const twice = overrides.findIndex(({ hook }) => hook === override.hook) < index;
    return [...issuesOf(override, { name, taking, twice, mostMs })].map(([field, message]): ErrorDetail => ({
      pointer: `/overrides/${index}/${field}`,
      message,
    }));
  });
  const [first] = issues;
  if (!first) return;
  const where = 'pointer' in first ? first.pointer : '';
  throw new HooklineError('INVALID_INPUT', `The overrides cannot be used: ${where} ${first.message}.`, {
    details: issues,
  });
}

interface Asked {
  readonly name: string;
  readonly taking: readonly string[];
  readonly twice: boolean;
  readonly mostMs: number;
}

/** Fields of one override, each with what is wrong with it. */
function* issuesOf(
  { hook, priority, timeoutMs }: HookOverride,
  { name, taking, twice, mostMs }: Asked,
): Generator<readonly [field: string, message: string]> {
  if (twice) yield ['hook', `is there twice: ${hook}`];
  if (!taking.includes(hook)) {
    const hooks = taking.length === 0 ? 'none' : taking.join(', ');
    yield ['hook', `names ${hook}, in which "${name}" takes no part; it takes part in ${hooks}`];
  }
  if (priority !== null && Math.abs(priority) > MOST_PRIORITY)
    yield ['priority', `must be from ${-MOST_PRIORITY} to ${MOST_PRIORITY}`];
  if (timeoutMs !== null && (timeoutMs < 1 || timeoutMs > mostMs))
    yield ['timeoutMs', `must be from 1 to ${mostMs}, the most that this server gives a call`];
}
