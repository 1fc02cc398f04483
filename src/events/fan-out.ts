/** Makes followers of the journal, alone or of streams that several share. */
import type { Bus } from './bus.ts';
import type { FanOutCounts } from './fan-out-counts.ts';
import { followStart } from './follow-start.ts';
import type { FollowedJournal } from './follow.ts';
import { FollowedEvents } from './followed-events.ts';
import type { JournalEvent } from './records.ts';

export interface FanOut {
  /**
   * Resolves once the cursor is checked; nothing that is appended later is missed.
   * @throws HooklineError INVALID_INPUT for a cursor that cannot be read, CURSOR_EXPIRED for one older than retention.
   */
  follow(options: FollowEventsOptions): Promise<FollowedEvents>;
}

export interface FollowEventsOptions {
  readonly tenantId: string;
  /** A cursor, "start", or null for live only. */
  readonly after: string | null;
  readonly matches: (event: JournalEvent) => boolean;
  readonly maxItems?: number;
  readonly maxBytes?: number;
  /** When the token ends, and with it the stream (UNAUTHENTICATED): milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** What may wait for one subscriber; beyond it the subscription ends with SLOW_CONSUMER. */
export const SUBSCRIBER_QUEUE_MAX_ITEMS = 1_000;
export const SUBSCRIBER_QUEUE_MAX_BYTES = 8 * 1024 * 1024;

export function createFanOut(journal: FollowedJournal, bus: Bus, counts: FanOutCounts): FanOut {
  const deps = { journal: sharingReads(journal, bus), bus, counts };
  return {
    async follow({ tenantId, after, matches, expiresAt, ...limits }) {
      const { start, latest } = await followStart(journal, tenantId, after);
      const { maxItems = SUBSCRIBER_QUEUE_MAX_ITEMS, maxBytes = SUBSCRIBER_QUEUE_MAX_BYTES } = limits;
      return new FollowedEvents(deps, { tenantId, start, latest, matches, expiresAt, maxItems, maxBytes });
    },
  };
}

/**
 * Who reads the same page at the same time gets the same events: after a restart, everybody does. But nobody joins a read that
 * began before an event was published: it may not hold that event, and who came after it has not heard of it either.
 */
function sharingReads({ latestSeq, oldestSeq, read }: FollowedJournal, bus: Bus): FollowedJournal {
  const underWay = new Map<string, Promise<readonly JournalEvent[]>>();

  function begin(key: string, tenantId: string, afterSeq: number, limit: number): Promise<readonly JournalEvent[]> {
    function forget(): void {
      if (underWay.get(key) === page) underWay.delete(key);
    }
    const stopHearing = bus.subscribe(tenantId, forget);
    const page = read(tenantId, afterSeq, limit).finally(() => {
      forget();
      stopHearing();
    });
    underWay.set(key, page);
    return page;
  }

  return {
    latestSeq,
    oldestSeq,
    read(tenantId, afterSeq, limit) {
      const key = `${tenantId} ${afterSeq} ${limit}`;
      return underWay.get(key) ?? begin(key, tenantId, afterSeq, limit);
    },
  };
}
