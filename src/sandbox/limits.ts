/** The limits of one plugin: what the operator gives by default, and what the plugin wishes for, up to the most it may. */
import {
  DEFAULT_POLICY,
  eachLimit,
  leastOf,
  type LimitPolicy,
  type LimitName,
  type SandboxLimits,
} from '../config/sandbox-limits.ts';

export {
  DEFAULT_POLICY,
  LIMIT_NAMES,
  SANDBOX_LIMITS,
  WISHABLE_LIMITS,
  type LimitName,
  type LimitPolicy,
  type SandboxLimits,
} from '../config/sandbox-limits.ts';

export const DEFAULT_LIMITS: SandboxLimits = DEFAULT_POLICY.defaults;

/** `wanted` instead of `base` where given, each between its least and `most`. */
export function limitsOf(
  base: SandboxLimits,
  wanted: Partial<SandboxLimits> = {},
  most: SandboxLimits = DEFAULT_POLICY.most,
): SandboxLimits {
  return eachLimit((name) => Math.min(Math.max(wanted[name] ?? base[name], leastOf(name)), most[name]));
}

/** What of `wanted` is beyond what the operator allows, in words. */
export function wishesBeyond(wanted: Partial<SandboxLimits>, { most }: LimitPolicy): readonly string[] {
  return (Object.entries(wanted) as readonly (readonly [LimitName, number])[])
    .filter(([name, wish]) => wish > most[name])
    .map(([name, wish]) => `metadata.limits.${name} is ${wish}; this server gives at most ${most[name]}.`);
}
