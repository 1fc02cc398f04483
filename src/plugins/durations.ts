/** Quantiles of durations of the last hours, in a fixed amount of memory: two histograms with logarithmic buckets. */

export interface Durations {
  /** `at`: milliseconds since the epoch. Costs a logarithm and an addition. */
  record(durationMs: number, at: number): void;
  /** Milliseconds that the share of durations does not exceed, at most 9 % too much; null when there was none. */
  quantile(share: number, at: number): number | null;
}

/** Quantiles are of this hour and the one before. */
export const DURATIONS_WINDOW_MS = 3_600_000;
/** The upper bound of the first bucket. */
const LEAST_MS = 0.01;
/** Buckets for each doubling: each bound is 2^(1/8), about 9 %, above the one before. */
const PER_DOUBLING = 8;
/** Up to 0.01 ms * 2^23, a minute and a quarter: no step may take longer. */
const BUCKETS = 23 * PER_DOUBLING + 1;

export function createDurations(): Durations {
  let window = 0;
  let current: Uint32Array | undefined;
  let before: Uint32Array | undefined;

  function turn(at: number): void {
    const now = Math.floor(at / DURATIONS_WINDOW_MS);
    if (now === window) return;
    before = now === window + 1 ? current : undefined;
    current = undefined;
    window = now;
  }

  return {
    record(durationMs, at) {
      turn(at);
      current ??= new Uint32Array(BUCKETS);
      const bucket = bucketOf(durationMs);
      current[bucket] = (current[bucket] ?? 0) + 1;
    },
    quantile(share, at) {
      turn(at);
      const counts = Array.from({ length: BUCKETS }, (_, bucket) => (current?.[bucket] ?? 0) + (before?.[bucket] ?? 0));
      const total = counts.reduce((sum, count) => sum + count, 0);
      if (total === 0) return null;
      const wanted = Math.ceil(total * share);
      let seen = 0;
      const bucket = counts.findIndex((count) => (seen += count) >= wanted);
      return Math.round(LEAST_MS * 2 ** (bucket / PER_DOUBLING) * 1_000) / 1_000;
    },
  };
}

function bucketOf(durationMs: number): number {
  const bucket = Math.ceil(Math.log2(durationMs / LEAST_MS) * PER_DOUBLING);
  return Math.min(Math.max(bucket, 0), BUCKETS - 1);
}
