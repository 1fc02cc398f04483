/**
 * A stream that ends when `signal` says so, even while it waits, and is over after its first error: who reads it cannot
 * be told the same error for ever.
 */
export function endOnce<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterableIterator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const { promise: ended, resolve: end } = Promise.withResolvers<IteratorResult<T, undefined>>();
  let over = false;
  const finish = () => {
    if (over) return;
    over = true;
    signal.removeEventListener('abort', finish);
    end({ done: true, value: undefined });
    // Not waited for: a generator answers only once the value it waits for has come.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  };
  signal.addEventListener('abort', finish);
  if (signal.aborted) finish();
  return {
    async next() {
      if (over) return ended;
      try {
        const result = await Promise.race([iterator.next(), ended]);
        if (result.done) finish();
        return result;
      } catch (error) {
        finish();
        throw error;
      }
    },
    async return() {
      finish();
      return ended;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
