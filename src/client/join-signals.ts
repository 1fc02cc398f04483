export interface JoinedSignals {
  readonly signal: AbortSignal;
  /** Lets go of the clock and of the signals; what was joined is over. */
  release(): void;
}

/**
 * One signal for several and, where one is set, a clock. Not by `AbortSignal.any` and `AbortSignal.timeout`: Node may
 * collect what they make while somebody still waits for it (nodejs/node#54614).
 */
export function joinSignals(signals: readonly (AbortSignal | undefined)[], timeoutMs?: number): JoinedSignals {
  const joined = new AbortController();
  const abort = () => joined.abort();
  const timer = timeoutMs === undefined ? undefined : setTimeout(abort, timeoutMs);
  for (const signal of signals) {
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
  }
  return {
    signal: joined.signal,
    release() {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener('abort', abort);
    },
  };
}
