/** At most so many at once for each key; the others wait in turn. */
import { refused } from './refusal.ts';

export interface Slots {
  /** Waits for a slot, runs, gives it back. A Refusal when too many wait already, or when `signal` aborts first. */
  run<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export interface SlotCounts {
  readonly atOnce: number;
  /** How many may wait for each key. */
  readonly waiting: number;
}

interface Lane {
  underWay: number;
  readonly waiting: Set<() => void>;
}

export function createSlots({ atOnce, waiting }: SlotCounts): Slots {
  const lanes = new Map<string, Lane>();

  async function enter(lane: Lane, signal: AbortSignal): Promise<void> {
    if (lane.underWay < atOnce) {
      lane.underWay += 1;
      return;
    }
    if (lane.waiting.size >= waiting) throw refused(`There are ${waiting} requests waiting already.`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const give = () => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    const leave = () => {
      lane.waiting.delete(give);
      reject(refused('It took too long, or the call has ended.'));
    };
    signal.addEventListener('abort', leave, { once: true });
    lane.waiting.add(give);
    await promise;
  }

  function exit(key: string, lane: Lane): void {
    const [next] = lane.waiting;
    if (next) {
      // The slot goes from hand to hand, so nobody who comes now can take it.
      lane.waiting.delete(next);
      next();
      return;
    }
    lane.underWay -= 1;
    if (lane.underWay === 0) lanes.delete(key);
  }

  return {
    async run(key, signal, work) {
      if (signal.aborted) throw refused('It took too long, or the call has ended.');
      const lane = lanes.get(key) ?? { underWay: 0, waiting: new Set() };
      lanes.set(key, lane);
      await enter(lane, signal);
      try {
        return await work();
      } finally {
        exit(key, lane);
      }
    },
  };
}
