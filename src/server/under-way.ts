/** Operations that are owed an answer; what waits for the last of them is told. */
export interface UnderWay {
  begin(operation: object): void;
  /** Does nothing for one that has ended. */
  end(operation: object): void;
  /** Resolves once there are none, or after so many milliseconds. */
  settled(withinMs: number): Promise<void>;
}

export function createUnderWay(): UnderWay {
  const operations = new Set<object>();
  let nothingLeft = () => {};
  return {
    begin: (operation) => void operations.add(operation),
    end(operation) {
      if (operations.delete(operation) && operations.size === 0) nothingLeft();
    },
    async settled(withinMs) {
      if (operations.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      nothingLeft = resolve;
      const clock = setTimeout(resolve, withinMs);
      await promise;
      clearTimeout(clock);
    },
  };
}
