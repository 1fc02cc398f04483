/**
 * Lets requests begin in turns of the event loop, one tenant after the other. A hundred that one tenant sends at once would
 * hold the loop until the last of them has begun; so others, whose requests are read in between, wait for a few of them at most.
 */

/** Of all tenants, in one turn. */
const STARTS_PER_TURN = 4;

export interface FairTurns {
  /** Resolves when one of the tenant's requests may begin; undefined when that is now. */
  take(tenant: string): Promise<void> | undefined;
}

export function createFairTurns(): FairTurns {
  /** Who waits, by tenant; the tenant whose turn is next comes first. */
  const waiting = new Map<string, (() => void)[]>();
  let started = 0;
  let turnEnds = false;

  function begin(): void {
    started += 1;
    if (turnEnds) return;
    turnEnds = true;
    setImmediate(nextTurn);
  }

  function nextTurn(): void {
    turnEnds = false;
    started = 0;
    for (const [tenant, starts] of waiting) {
      if (started === STARTS_PER_TURN) return;
      waiting.delete(tenant);
      const [start, ...rest] = starts;
      // Behind the others; this loop comes to it again when there is no other.
      if (rest.length > 0) waiting.set(tenant, rest);
      begin();
      start?.();
    }
  }

  return {
    take(tenant) {
      if (started < STARTS_PER_TURN && waiting.size === 0) return void begin();
      const { promise, resolve } = Promise.withResolvers<void>();
      const starts = waiting.get(tenant);
      if (starts) starts.push(resolve);
      else waiting.set(tenant, [resolve]);
      return promise;
    },
  };
}
