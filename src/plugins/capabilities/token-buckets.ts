/** Rates by key: what is saved up while nobody asks may be used at once. */
export interface TokenBuckets {
  /** False, and nothing is taken, when the bucket of `key` does not hold a token. */
  take(key: string): boolean;
}

/** Full buckets are the same as none, so they are forgotten now and then. */
const SWEEP_MS = 60_000;

export function createTokenBuckets(
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
  now: () => number = () => performance.now(),
): TokenBuckets {
  const buckets = new Map<string, { tokens: number; at: number }>();
  let sweptAt = now();

  const filled = ({ tokens, at }: { tokens: number; at: number }, time: number) =>
    Math.min(burst, tokens + ((time - at) * perSecond) / 1_000);

  function sweep(time: number): void {
    if (time - sweptAt < SWEEP_MS) return;
    sweptAt = time;
    for (const [key, bucket] of buckets) if (filled(bucket, time) >= burst) buckets.delete(key);
  }

  return {
    take(key) {
      const time = now();
      sweep(time);
      const bucket = buckets.get(key);
      const tokens = bucket ? filled(bucket, time) : burst;
      buckets.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, at: time });
      return tokens >= 1;
    },
  };
}
