/** Counts how often each plugin of each tenant had to be killed, and says when that is enough. */

export interface BreakerSettings {
  /** So many kills within the window are enough. */
  readonly kills: number;
  readonly windowMs: number;
}

/** A plugin that killed its process, or for which it had to be killed. */
export interface Kill {
  /** UUID. */
  readonly tenantId: string;
  readonly pluginName: string;
  readonly reason: string;
}

export interface Breaker {
  record(kill: Kill): void;
  /** Called with each kill. Returns the way to stop. */
  onKill(listener: (kill: Kill) => void): () => void;
  /** Called with each kill that is one too many. Returns the way to stop. */
  onTripped(listener: (kill: Kill, why: string) => void): () => void;
  /** Somebody has enabled it again: it starts afresh. */
  reset(tenantId: string, pluginName: string): void;
}

export function createBreaker({ kills, windowMs }: BreakerSettings, now: () => number = () => Date.now()): Breaker {
  const recent = new Map<string, readonly number[]>();
  const onlookers = new Set<(kill: Kill) => void>();
  const listeners = new Set<(kill: Kill, why: string) => void>();
  return {
    record(kill) {
      for (const onlooker of onlookers) onlooker(kill);
      const key = keyOf(kill.tenantId, kill.pluginName);
      const times = [...(recent.get(key) ?? []).filter((time) => now() - time < windowMs), now()].slice(-kills);
      recent.delete(key);
      recent.set(key, times);
      forgetOldest(recent);
      if (times.length < kills) return;
      const why = tooManyKills(kill, { kills, windowMs });
      for (const listener of listeners) listener(kill, why);
    },
    onKill(listener) {
      onlookers.add(listener);
      return () => void onlookers.delete(listener);
    },
    onTripped(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reset: (tenantId, pluginName) => void recent.delete(keyOf(tenantId, pluginName)),
  };
}

const MAX_KNOWN = 10_000;

function keyOf(tenantId: string, pluginName: string): string {
  return `${tenantId}/${pluginName}`;
}

function forgetOldest(known: Map<string, unknown>): void {
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
}

function tooManyKills({ pluginName, reason }: Kill, { kills, windowMs }: BreakerSettings): string {
  const seconds = windowMs / 1_000;
  const times = kills === 1 ? 'once' : `${kills} times`;
  return (
    `"${pluginName}" was disabled for this tenant: its process had to be replaced ${times} within ${seconds} seconds, ` +
    `the last time because ${reason}. Repair it, then enable it again.`
  );
}
