/** What a plugin may wish for in `metadata.limits` and `timeoutMs`, and what it gets of that. */
import { leastOf } from '../config/sandbox-limits.ts';
import type { JsonObject } from '../json/json.ts';
import { limitsOf, SANDBOX_LIMITS, wishesBeyond, WISHABLE_LIMITS, type LimitPolicy } from '../sandbox/limits.ts';
import type { PluginLimits, PluginMetadata, ToolDefinition } from '../sdk/index.ts';

/** The shape of `metadata.limits`. Beyond a limit's own end nobody gets it, so that is a mistake and not a wish. */
export const PLUGIN_LIMITS: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(
    WISHABLE_LIMITS.map((name) => [
      name,
      { type: 'integer', minimum: leastOf(name), maximum: SANDBOX_LIMITS[name].max },
    ]),
  ),
};

/** A hook's `priority` is between minus this and this. */
export const MOST_PRIORITY = 1_000_000;

export function boundTimeout(timeoutMs: number, { most }: LimitPolicy): number {
  return Math.min(timeoutMs, most.callMs);
}

/** Calls under way and waiting, in all. */
export function roomOf(limits: PluginLimits, { defaults, most }: LimitPolicy): number {
  const { callsAtOnce, callsWaiting } = limitsOf(defaults, limits, most);
  return callsAtOnce + callsWaiting;
}

export function wishWarnings(limits: PluginLimits, policy: LimitPolicy): readonly string[] {
  return wishesBeyond(limits, policy);
}

export function timeoutWarnings(
  { hooks }: PluginMetadata,
  tools: readonly ToolDefinition[],
  { most }: LimitPolicy,
): readonly string[] {
  const ofTools = tools.map(({ name, timeoutMs }) => [`the tool "${name}"`, timeoutMs] as const);
  const options = hooks && !Array.isArray(hooks) ? Object.entries(hooks) : [];
  const ofHooks = options.map(([hook, { timeoutMs }]) => [hook, timeoutMs] as const);
  return [...ofTools, ...ofHooks].flatMap(([what, timeoutMs]) =>
    timeoutMs === undefined || timeoutMs <= most.callMs
      ? []
      : [`timeoutMs of ${what} is ${timeoutMs}; this server gives at most ${most.callMs}.`],
  );
}
