/**
 * A stream that ends with `reason` when `signal` says so, even while it waits, and is over after its first error: who
 * reads it cannot be told the same error for ever. Read it one at a time.
 */
export function endOnce<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
  reason: Error,
  onEnd?: (() => void) | null,
): AsyncIterableIterator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const done: IteratorResult<T> = { done: true, value: undefined };
  let over = false;
  let wake = () => {};
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);

  /** Returns whether this was the end; what it ends is told, and not waited for. */
  function finish(): boolean {
    if (over) return false;
    over = true;
    signal.removeEventListener('abort', onAbort);
    wake();
    onEnd?.();
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
    return true;
  }

  async function next(): Promise<IteratorResult<T>> {
    if (over) return done;
    // New each time: a race leaves a reaction on each of its promises until that one settles.
    const woken = new Promise<typeof done>((resolve) => (wake = () => resolve(done)));
    if (signal.aborted) wake();
    try {
      const result = await Promise.race([woken, iterator.next()]);
      if (result.done && finish() && signal.aborted) throw reason;
      return result;
    } catch (error) {
      finish();
      throw error;
    }
  }

  return {
    next,
    return: () => {
      finish();
      return Promise.resolve(done);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
