export interface Sample {
  /** Of `performance.now()`. */
  readonly startedAt: number;
  readonly ms: number;
  /** Why it failed. */
  readonly problem?: string;
}

export interface Samples {
  readonly samples: readonly Sample[];
  /** Those that began then. */
  between(from: number, to: number): readonly Sample[];
}

/** Over a list that grows. */
export function among(samples: readonly Sample[]): Samples {
  return {
    samples,
    between: (from, to) => samples.filter(({ startedAt }) => startedAt >= from && startedAt < to),
  };
}

/** Does something again and again, whether or not the last one has ended, and tells how long each took. */
export function startProbe(
  everyMs: number,
  work: () => Promise<void> | void,
  tell?: (sample: Sample) => void,
): Disposable {
  async function once(): Promise<void> {
    const startedAt = performance.now();
    let problem: string | undefined;
    try {
      await work();
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    const ms = performance.now() - startedAt;
    tell?.({ startedAt, ms, ...(problem === undefined ? {} : { problem }) });
  }
  const timer = setInterval(() => void once(), everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** The value that 99 in a hundred do not exceed; of fewer than a hundred the largest, and 0 of none. */
export function p99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
}
