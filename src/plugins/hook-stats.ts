/** What each plugin's hooks did on this server since it started: counted in memory, as invocations end. */
import type { ExecutionErrorCode } from '../errors/execution-error.ts';
import type { HookStep } from '../events/records.ts';
import type { PluginHook } from '../sdk/index.ts';
import { createDurations, type Durations } from './durations.ts';

export interface HookStat {
  readonly hook: PluginHook;
  /** Steps that began; SKIPPED ones did not. */
  readonly firedCount: number;
  /** Of these, FAILED and TIMED_OUT. */
  readonly failedCount: number;
  /** RFC 3339; null: never. */
  readonly lastFiredAt: string | null;
  readonly lastFailedAt: string | null;
  readonly lastFailureCode: ExecutionErrorCode | null;
  /** Milliseconds of a step, by the bounds of `createDurations`; null when there was none lately. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export interface HookStats {
  record(tenantId: string, hook: PluginHook, steps: readonly HookStep[]): void;
  of(tenantId: string, pluginName: string, hook: PluginHook): HookStat;
  /** The plugin has left the catalog; null: of all tenants. */
  forget(plugin: { readonly name: string; readonly tenantId: string | null }): void;
}

/** Tenants, plugins and hooks that are counted at a time, of up to two kilobytes each. Beyond them those that fired longest ago are forgotten. */
export const HOOK_STATS_MAX = 20_000;
/** How many are forgotten at once, so that finding them costs little for each. */
const FORGET_SHARE = 0.1;

interface Counted {
  readonly key: string;
  firedCount: number;
  failedCount: number;
  /** Milliseconds since the epoch; 0: never. */
  lastFiredAt: number;
  lastFailedAt: number;
  lastFailureCode: ExecutionErrorCode | null;
  readonly durations: Durations;
}

/** `now`: milliseconds since the epoch. */
export function createHookStats({
  most = HOOK_STATS_MAX,
  now = Date.now,
}: {
  readonly most?: number;
  readonly now?: () => number;
} = {}): HookStats {
  const counted = new Map<string, Counted>();

  function countedOf(key: string): Counted {
    const known = counted.get(key);
    if (known) return known;
    if (counted.size >= most) forgetOldest(counted, Math.ceil(most * FORGET_SHARE));
    const fresh = { key, firedCount: 0, failedCount: 0, lastFiredAt: 0, lastFailedAt: 0, lastFailureCode: null };
    const entry: Counted = { ...fresh, durations: createDurations() };
    counted.set(key, entry);
    return entry;
  }

  return {
    record(tenantId, hook, steps) {
      if (steps.length === 0) return;
      const at = now();
      for (const step of steps) {
        if (step.outcome === 'SKIPPED') continue;
        const entry = countedOf(keyOf(tenantId, step.pluginName, hook));
        entry.firedCount += 1;
        entry.lastFiredAt = at;
        entry.durations.record(step.durationMs, at);
        if (!step.error) continue;
        entry.failedCount += 1;
        entry.lastFailedAt = at;
        entry.lastFailureCode = step.error.code;
      }
    },
    of(tenantId, pluginName, hook) {
      const entry = counted.get(keyOf(tenantId, pluginName, hook));
      const at = now();
      return {
        hook,
        firedCount: entry?.firedCount ?? 0,
        failedCount: entry?.failedCount ?? 0,
        lastFiredAt: timeOf(entry?.lastFiredAt),
        lastFailedAt: timeOf(entry?.lastFailedAt),
        lastFailureCode: entry?.lastFailureCode ?? null,
        p50Ms: entry?.durations.quantile(0.5, at) ?? null,
        p99Ms: entry?.durations.quantile(0.99, at) ?? null,
      };
    },
    forget({ name, tenantId }) {
      for (const key of counted.keys()) {
        const [tenant, plugin] = key.split(' ');
        if (plugin === name && (tenantId === null || tenant === tenantId)) counted.delete(key);
      }
    },
  };
}

/** Neither a UUID nor a plugin's name has a space in it. */
function keyOf(tenantId: string, pluginName: string, hook: PluginHook): string {
  return `${tenantId} ${pluginName} ${hook}`;
}

function forgetOldest(counted: Map<string, Counted>, count: number): void {
  const oldest = [...counted.values()].sort((a, b) => a.lastFiredAt - b.lastFiredAt).slice(0, count);
  for (const { key } of oldest) counted.delete(key);
}

function timeOf(milliseconds: number | undefined): string | null {
  return milliseconds ? new Date(milliseconds).toISOString() : null;
}
