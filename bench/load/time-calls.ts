/** Two ways to load something that is called: one call at a time, and many in flight. */

export interface CallTimes {
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Times of single calls that follow each other for `sampleMs`. */
export async function timeAlone(call: () => Promise<void>, sampleMs: number): Promise<CallTimes> {
  const times: number[] = [];
  const end = performance.now() + sampleMs;
  for (let now = performance.now(); now < end;) {
    const startedAt = now;
    await call();
    now = performance.now();
    times.push(now - startedAt);
  }
  return { p50: percentile(times, 0.5) * 1_000, p99: percentile(times, 0.99) * 1_000 };
}

/** Calls per second, with one call of each lane always under way. */
export async function countInFlight(lanes: readonly (() => Promise<void>)[], sampleMs: number): Promise<number> {
  const startedAt = performance.now();
  const end = startedAt + sampleMs;
  let calls = 0;
  const run = async (call: () => Promise<void>) => {
    while (performance.now() < end) {
      await call();
      calls += 1;
    }
  };
  await Promise.all(lanes.map(run));
  return calls / ((performance.now() - startedAt) / 1_000);
}

/** `share` from 0 to 1; NaN of nothing. Sorts `values`. */
export function percentile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(Math.floor(values.length * share), values.length - 1)] ?? NaN;
}
