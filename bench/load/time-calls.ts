/** Two ways to load something that is called: one call at a time, and many in flight. */

/** Median time of one call, in microseconds, over calls that follow each other for `sampleMs`. */
export async function timeAlone(call: () => Promise<void>, sampleMs: number): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + sampleMs;
  for (let now = performance.now(); now < end;) {
    const startedAt = now;
    await call();
    now = performance.now();
    times.push(now - startedAt);
  }
  times.sort((a, b) => a - b);
  return (times[Math.floor(times.length / 2)] ?? NaN) * 1_000;
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
