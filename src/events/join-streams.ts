/**
 * Where a subscriber stands between the journal and the bus. Always in one of two modes: catching up, it takes pages of
 * the journal and only remembers how far the bus has got; live, it queues what the bus brings as long as the numbers
 * follow each other. A gap sends it back to the journal, so the bus may lose or reorder messages. No I/O.
 */
import { createBoundedQueue } from './bounded-queue.ts';
import type { JournalEvent } from './records.ts';

export interface JoinOptions {
  /** The number after which the subscriber reads. */
  readonly start: number;
  readonly matches: (event: JournalEvent) => boolean;
  readonly maxItems: number;
  readonly maxBytes: number;
}

export interface Join {
  readonly live: boolean;
  /** Every event up to here was delivered, is queued, or is not wanted. */
  readonly joined: number;
  /** Every event up to here was taken by the subscriber, or is not wanted: where to resume. */
  readonly delivered: number;
  /** The next event for the subscriber, if one is at hand. */
  take(): JournalEvent | undefined;
  /** From the bus. False when more waits than may. */
  offer(event: JournalEvent, bytes: number): boolean;
  /** Call before a page is read after `joined`; hand the page to what it returns, which is false when events are missing. */
  beginPage(): (page: readonly JournalEvent[], isLast: boolean) => boolean;
  clear(): void;
}

export function createJoin({ start, matches, maxItems, maxBytes }: JoinOptions): Join {
  const queue = createBoundedQueue<JournalEvent>(maxItems, maxBytes);
  let page: Iterator<JournalEvent, undefined> | undefined;
  let [joined, delivered] = [start, start];
  let live = false;
  /** The newest number the bus brought while catching up. */
  let newest = 0;
  /** What the bus brought since the subscriber last asked: a reader that stalls while catching up is slow, too. */
  let unasked = { items: 0, bytes: 0 };

  return {
    get live() {
      return live;
    },
    get joined() {
      return joined;
    },
    get delivered() {
      return delivered;
    },
    take() {
      unasked = { items: 0, bytes: 0 };
      const event = page?.next().value ?? queue.shift();
      delivered = event?.seq ?? joined;
      return event;
    },
    offer(event, bytes) {
      if (event.seq <= joined) return true;
      if (live && event.seq === joined + 1) {
        joined = event.seq;
        return !matches(event) || queue.push(event, bytes);
      }
      live = false;
      newest = Math.max(newest, event.seq);
      unasked = { items: unasked.items + 1, bytes: unasked.bytes + bytes };
      return unasked.items <= maxItems && unasked.bytes <= maxBytes;
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
