/** One subscriber's stream: the journal from a cursor on, then live, without a gap, a repetition or a change of order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HooklineError } from '../errors/hookline-error.ts';
import { atTime } from './at-time.ts';
import type { Bus } from './bus.ts';
import { encodeCursor } from './cursor.ts';
import { createEnding, type Ending } from './ending.ts';
import { cursorExpired, followStart } from './follow-start.ts';
import { createJoin } from './join-streams.ts';
import type { Journal } from './journal.ts';
import type { JournalEvent } from './records.ts';

/** What may wait for one subscriber; beyond it the stream ends with SLOW_CONSUMER. */
export const FOLLOW_QUEUE_MAX_ITEMS = 1_000;
export const FOLLOW_QUEUE_MAX_BYTES = 8 * 1024 * 1024;
const PAGE_EVENTS = 100;
const RETRY_MS = 500;

export interface FollowOptions {
  readonly tenantId: string;
  /** A cursor, "start", or null for live only. */
  readonly after: string | null;
  readonly matches: (event: JournalEvent) => boolean;
  readonly maxItems?: number;
  readonly maxBytes?: number;
  /** Ends the stream without an error. */
  readonly signal?: AbortSignal;
  /** When the token ends, and with it the stream (UNAUTHENTICATED): milliseconds since the epoch. */
  readonly expiresAt?: number;
}

type FollowedJournal = Pick<Journal, 'latestSeq' | 'oldestSeq' | 'read'>;

/**
 * Resolves once the cursor is checked and the subscriber is connected: nothing that is appended later is missed.
 * @throws HooklineError INVALID_INPUT, CURSOR_EXPIRED; the stream itself may end with SLOW_CONSUMER (`details.cursor`
 * to resume from), UNAUTHENTICATED or CURSOR_EXPIRED.
 */
export async function followJournal(
  journal: FollowedJournal,
  bus: Bus,
  options: FollowOptions,
): Promise<AsyncIterableIterator<JournalEvent>> {
  const { tenantId, matches, maxItems = FOLLOW_QUEUE_MAX_ITEMS, maxBytes = FOLLOW_QUEUE_MAX_BYTES } = options;
  const start = await followStart(journal, tenantId, options.after);
  const join = createJoin({ start, matches, maxItems, maxBytes });
  const ending = createEnding();
  let wake = () => {};
  ending.onEnd(() => join.clear());
  ending.onEnd(() => wake());
  ending.onEnd(
    bus.subscribe(tenantId, (event, bytes) => {
      if (!join.offer(event, bytes)) ending.end(slowConsumer(tenantId, join.delivered));
      wake();
    }),
  );
  endWithTokenOrSignal(ending, options);

  async function catchUp(): Promise<void> {
    const accept = join.beginPage();
    const page = await readPatiently(journal, tenantId, join.joined, ending.signal);
    if (ending.signal.aborted || accept(page, page.length < PAGE_EVENTS)) return;
    ending.end(cursorExpired(tenantId, ((await journal.oldestSeq(tenantId)) ?? join.joined + 1) - 1));
  }

  async function pull(): Promise<IteratorResult<JournalEvent>> {
    while (!ending.signal.aborted) {
      const event = join.take();
      if (event) return { done: false, value: event };
      if (!join.live) await catchUp();
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    ending.throwOnce();
    return { done: true, value: undefined };
  }
  return toIterator(pull, ending);
}

function endWithTokenOrSignal(ending: Ending, { expiresAt, signal }: FollowOptions): void {
  if (expiresAt !== undefined) ending.onEnd(atTime(expiresAt, () => ending.end(tokenExpired())));
  if (!signal) return;
  const onAbort = () => ending.end();
  signal.addEventListener('abort', onAbort, { once: true });
  ending.onEnd(() => signal.removeEventListener('abort', onAbort));
  if (signal.aborted) onAbort();
}

/** Calls of `next` that overlap wait for each other; `return` waits for nobody. */
function toIterator(
  pull: () => Promise<IteratorResult<JournalEvent>>,
  ending: Ending,
): AsyncIterableIterator<JournalEvent> {
  let pulls: Promise<unknown> = Promise.resolve();
  return {
    next() {
      const result = pulls.then(pull).catch((error: unknown) => {
        ending.end();
        throw error;
      });
      pulls = result.catch(() => {});
      return result;
    },
    return() {
      ending.end();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** A database that does not answer for a while delays a subscriber; it does not cut it off. */
async function readPatiently(
  journal: FollowedJournal,
  tenantId: string,
  afterSeq: number,
  stopped: AbortSignal,
): Promise<readonly JournalEvent[]> {
  for (;;) {
    try {
      return await journal.read(tenantId, afterSeq, PAGE_EVENTS);
    } catch (error) {
      if (!(error instanceof HooklineError && error.code === 'SERVICE_UNAVAILABLE')) throw error;
      await sleep(RETRY_MS, undefined, { signal: stopped }).catch(() => {});
      if (stopped.aborted) return [];
    }
  }
}

function slowConsumer(tenantId: string, delivered: number): HooklineError {
  return new HooklineError(
    'SLOW_CONSUMER',
    'Events came faster than they were read. Subscribe again after details.cursor.',
    {
      details: { cursor: encodeCursor(tenantId, delivered) },
    },
  );
}

function tokenExpired(): HooklineError {
  return new HooklineError(
    'UNAUTHENTICATED',
    'The token has expired. Get a new one and subscribe again after the last cursor you have.',
  );
}
