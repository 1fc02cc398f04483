/** What an admin sets in the place of a plugin's own hook options, for one tenant: as the row keeps it, and applied. */
import { isJsonObject, type Json, type JsonObject } from '../json/json.ts';
import { FAILURE_POLICIES, PLUGIN_HOOKS, type FailurePolicy, type PluginHook } from '../sdk/hooks.ts';
import type { HookBinding } from './parsed-plugin.ts';
import { MOST_PRIORITY } from './plugin-limits.ts';

/** Null, for each value: as the plugin says. */
export interface HookOverride {
  readonly hook: PluginHook;
  /** False: the plugin takes no part in this hook. */
  readonly enabled: boolean | null;
  readonly priority: number | null;
  readonly timeoutMs: number | null;
  readonly onFailure: FailurePolicy | null;
}

const HOOK_NAMES = Object.keys(PLUGIN_HOOKS) as readonly PluginHook[];

/** Other programs may have written the row: what cannot be understood is left out. */
export function readHookOverrides(column: unknown): readonly HookOverride[] {
  if (!isJsonObject(column)) return [];
  return HOOK_NAMES.flatMap((hook) => {
    const given = column[hook];
    return isJsonObject(given) ? [readOverride(hook, given)] : [];
  }).filter(saysSomething);
}

type OverrideJson = Partial<Record<'enabled' | 'priority' | 'timeoutMs' | 'onFailure', string | number | boolean>>;

/** By hook, only what is set; null when there is nothing to keep. */
export function hookOverridesJson(overrides: readonly HookOverride[]): Record<string, OverrideJson> | null {
  const entries = overrides.filter(saysSomething).map(({ hook, enabled, priority, timeoutMs, onFailure }) => {
    const json: OverrideJson = {
      ...(enabled === null ? {} : { enabled }),
      ...(priority === null ? {} : { priority }),
      ...(timeoutMs === null ? {} : { timeoutMs }),
      ...(onFailure === null ? {} : { onFailure }),
    };
    return [hook, json] as const;
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** `mostMs` bounds the time, since the operator may have lowered it after the override was made. */
export function withOverride(binding: HookBinding, override: HookOverride | undefined, mostMs: number): HookBinding {
  if (!override) return binding;
  return {
    ...binding,
    priority: override.priority ?? binding.priority,
    timeoutMs: Math.min(override.timeoutMs ?? binding.timeoutMs, mostMs),
    onFailure: override.onFailure ?? binding.onFailure,
  };
}

function readOverride(hook: PluginHook, { enabled, priority, timeoutMs, onFailure }: JsonObject): HookOverride {
  return {
    hook,
    enabled: typeof enabled === 'boolean' ? enabled : null,
    priority: wholeNumber(priority, -MOST_PRIORITY, MOST_PRIORITY),
    timeoutMs: wholeNumber(timeoutMs, 1, Number.MAX_SAFE_INTEGER),
    onFailure: FAILURE_POLICIES.find((policy) => policy === onFailure) ?? null,
  };
}

function wholeNumber(value: Json | undefined, min: number, max: number): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : null;
}

function saysSomething({ enabled, priority, timeoutMs, onFailure }: HookOverride): boolean {
  return [enabled, priority, timeoutMs, onFailure].some((value) => value !== null);
}
