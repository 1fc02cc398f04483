/** Events between a socket that pushes and a reader that pulls. It is bounded: a socket has no way to make it wait. */
export interface EventQueue<Item> {
  /** False when it is full, or has ended: the item was not taken. */
  offer(item: Item): boolean;
  /** The next item, once there is one; undefined after the end. Rejects once with what it ended with. */
  take(): Promise<Item | undefined>;
  /** What waits is still given. */
  end(error?: Error): void;
  /** Ends and drops what waits. */
  clear(): void;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
}

interface Reader<Item> {
  resolve(item: Item | undefined): void;
  reject(error: Error): void;
}

export function createEventQueue<Item>(maxItems: number): EventQueue<Item> {
  let waiting: Item[] = [];
  let readers: Reader<Item>[] = [];
  let onDrained: (() => void)[] = [];
  let ended = false;
  let failure: Error | undefined;

  function settleReaders(): void {
    const left = readers;
    readers = [];
    for (const reader of left) reader.resolve(undefined);
  }

  function tellDrained(): void {
    if (waiting.length > 0) return;
    const told = onDrained;
    onDrained = [];
    for (const tell of told) tell();
  }

  function end(error?: Error): void {
    if (ended) return;
    ended = true;
    const reader = error ? readers.shift() : undefined;
    if (reader && error) reader.reject(error);
    else failure = error;
    settleReaders();
  }

  return {
    offer(item) {
      if (ended) return false;
      const reader = readers.shift();
      if (reader) reader.resolve(item);
      else if (waiting.length < maxItems) waiting.push(item);
      else return false;
      return true;
    },
    async take() {
      if (waiting.length > 0) {
        const item = waiting.shift();
        tellDrained();
        return item;
      }
      if (!ended) return new Promise((resolve, reject) => readers.push({ resolve, reject }));
      const error = failure;
      failure = undefined;
      if (error) throw error;
      return undefined;
    },
    end,
    clear() {
      waiting = [];
      failure = undefined;
      end();
      tellDrained();
    },
    drained: () => new Promise((resolve) => void (onDrained.push(resolve), tellDrained())),
  };
}
