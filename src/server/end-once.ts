/**
 * A stream that ends when `signal` says so, even while it waits, and is over after its first error: who reads it cannot
 * be told the same error for ever. Read it one at a time.
 */
export function endOnce<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterableIterator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let over = false;
  let release = (_result: IteratorResult<T>) => {};
  const finish = () => {
    if (over) return;
    over = true;
    signal.removeEventListener('abort', finish);
    release({ done: true, value: undefined });
    // Not waited for: a generator answers only once the value it waits for has come.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  };
  signal.addEventListener('abort', finish);
  if (signal.aborted) finish();

  async function next(): Promise<IteratorResult<T>> {
    if (over) return { done: true, value: undefined };
    const ended = new Promise<IteratorResult<T>>((resolve) => (release = resolve));
    try {
      // `ended` is new each time: a race leaves a reaction on each of its promises until that one settles.
      const result = await Promise.race([iterator.next(), ended]);
      if (result.done) finish();
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
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
