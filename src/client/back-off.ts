const FIRST_MS = 250;
const LONGEST_MS = 15_000;

/**
 * Milliseconds until the next try, after so many failures in a row (0: the first): doubling, and drawn from the upper half
 * so that clients that were cut off together do not come back together. What the server asked for is kept to.
 */
export function backOffMs(failures: number, retryAfterS = 0): number {
  const most = Math.min(FIRST_MS * 2 ** failures, LONGEST_MS);
  return Math.round(retryAfterS * 1_000 + most * (0.5 + Math.random() / 2));
}

/** Waits, or less long when the signal is given; it never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
