/** What an operator sets of the sandbox's limits, read from the environment. */
import { eachLimit, leastOf, LIMIT_NAMES, SANDBOX_LIMITS, type LimitName, type LimitPolicy } from './sandbox-limits.ts';
import { SettingsError } from './settings-error.ts';

/** `heapMb` is set by `HOOKLINE_LIMIT_HEAP_MB`. */
export function limitSetting(name: LimitName): string {
  return `HOOKLINE_LIMIT_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** `DEFAULT` or `DEFAULT:MOST`, each a whole number. @throws SettingsError */
export function readLimits(env: Readonly<Record<string, string | undefined>>): LimitPolicy {
  const read = Object.fromEntries(LIMIT_NAMES.map((name) => [name, readLimit(name, env)])) as {
    readonly [L in LimitName]: { readonly byDefault: number; readonly most: number };
  };
  return { defaults: eachLimit((name) => read[name].byDefault), most: eachLimit((name) => read[name].most) };
}

function readLimit(name: LimitName, env: Readonly<Record<string, string | undefined>>) {
  const { default: usual, max } = SANDBOX_LIMITS[name];
  const setting = limitSetting(name);
  const value = env[setting]?.trim();
  if (!value) return { byDefault: usual, most: max };
  const min = leastOf(name);
  const [, first = '', second = ''] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(value) ?? [];
  const byDefault = Number(first);
  // One number is meant for every plugin, whatever it wishes for.
  const most = second === '' ? byDefault : Number(second);
  if (first === '' || byDefault < min || byDefault > max || most < min || most > max) {
    throw new SettingsError(
      `${setting} is "${value}"; it must be a whole number from ${min} to ${max}, or two such as ${usual}:${max}, of which the second is the most a plugin may wish for.`,
    );
  }
  if (most < byDefault) {
    throw new SettingsError(
      `${setting} is "${value}"; the second number is the most a plugin may wish for, and cannot be below the first.`,
    );
  }
  return { byDefault, most };
}
