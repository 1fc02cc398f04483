/** Runs work one after the other for each key, side by side for different keys. */
export interface KeyLock {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export function createKeyLock(): KeyLock {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(key, work) {
      const before = tails.get(key) ?? Promise.resolve();
      const done = before.then(work, work);
      tails.set(key, done);
      const forget = () => {
        if (tails.get(key) === done) tails.delete(key);
      };
      done.then(forget, forget);
      return done;
    },
  };
}
