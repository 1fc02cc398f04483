/**
 * Where a reader stands between the journal and the bus. Always in one of two modes: catching up, it takes pages of the
 * journal and only remembers how far the bus has got; live, it queues what the bus brings as long as the numbers follow
 * each other and there is room. A gap, or no room, sends it back to the journal, so the bus may lose or reorder messages
 * and nothing is lost for a reader that is slow. No I/O.
 */
import { BoundedQueue } from './bounded-queue.ts';
import type { JournalEvent } from './records.ts';

export interface JoinOptions {
  /** The number after which the reader begins. */
  readonly start: number;
  readonly matches: (event: JournalEvent) => boolean;
  readonly maxItems: number;
  readonly maxBytes: number;
}

export interface Join {
  readonly live: boolean;
  /** Every event up to here was taken, is queued, or is not wanted. */
  readonly joined: number;
  /** Live, and nothing is at hand: every event up to `joined` was taken or is not wanted. */
  readonly idle: boolean;
  /** The next event for the reader, if one is at hand. */
  take(): JournalEvent | undefined;
  /** From the bus. */
  offer(event: JournalEvent, bytes: number): void;
  /** Call before a page is read after `joined`; hand the page to what it returns, which is false when events are missing. */
  beginPage(): (page: readonly JournalEvent[], isLast: boolean) => boolean;
  clear(): void;
}

export function createJoin({ start, matches, maxItems, maxBytes }: JoinOptions): Join {
  const queue = new BoundedQueue<JournalEvent>(maxItems, maxBytes);
  let page: Iterator<JournalEvent, undefined> | undefined;
  let joined = start;
  let live = false;
  /** The newest number the bus brought while catching up. */
  let newest = 0;

  return {
    get live() {
      return live;
    },
    get joined() {
      return joined;
    },
    get idle() {
      return live && !page && queue.length === 0;
    },
    take() {
      const event = page?.next().value;
      if (event) return event;
      page = undefined;
      return queue.shift();
    },
    offer(event, bytes) {
      if (event.seq <= joined) return;
      const follows = live && event.seq === joined + 1;
      if (follows && (!matches(event) || queue.push(event, bytes))) {
        joined = event.seq;
        return;
      }
      live = false;
      newest = Math.max(newest, event.seq);
    },
    beginPage() {
      const known = newest;
      return (events, isLast) => {
        const [first] = events;
        if (first ? first.seq !== joined + 1 : known > joined) return false;
        page = events.filter(matches).values();
        joined = events.at(-1)?.seq ?? joined;
        live = isLast && newest <= joined;
        return true;
      };
    },
    clear() {
      queue.clear();
      page = undefined;
    },
  };
}
