/** The journal from a number on, then live, without a gap, a repetition or a change of order: what is wanted of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HooklineError } from '../errors/hookline-error.ts';
import type { Bus } from './bus.ts';
import { createEnding, type Ending } from './ending.ts';
import { cursorExpired } from './follow-start.ts';
import { createJoin } from './join-streams.ts';
import type { Journal } from './journal.ts';
import type { JournalEvent } from './records.ts';

const PAGE_EVENTS = 100;
const RETRY_MS = 500;

export interface FollowOptions {
  readonly tenantId: string;
  /** The number after which it begins. */
  readonly start: number;
  readonly matches: (event: JournalEvent) => boolean;
  /** What may wait for the reader; what comes beyond it is read of the journal, later. */
  readonly maxItems: number;
  readonly maxBytes: number;
}

export type FollowedJournal = Pick<Journal, 'latestSeq' | 'oldestSeq' | 'read'>;

export interface Following extends AsyncIterableIterator<JournalEvent> {
  /** While a reader waits for the next event: everything up to here was given, or is not wanted. */
  readonly standing: number | null;
}

/**
 * Listens from now on, so nothing that is appended later is missed, however slowly it is read.
 * @throws HooklineError CURSOR_EXPIRED, by `next`, when retention has taken what comes next.
 */
export function followJournal(journal: FollowedJournal, bus: Bus, { tenantId, ...options }: FollowOptions): Following {
  const join = createJoin(options);
  const ending = createEnding();
  let wake = () => {};
  let waits = false;
  ending.onEnd(() => join.clear());
  ending.onEnd(() => wake());
  ending.onEnd(
    bus.subscribe(tenantId, (event, bytes) => {
      join.offer(event, bytes);
      wake();
    }),
  );

  async function catchUp(): Promise<void> {
    const accept = join.beginPage();
    const page = await readPage(journal, tenantId, join.joined, () => ending.signal.aborted);
    if (ending.signal.aborted || accept(page, page.length < PAGE_EVENTS)) return;
    ending.end(await eventsAreGone(journal, tenantId, join.joined));
  }

  async function pull(): Promise<IteratorResult<JournalEvent>> {
    while (!ending.signal.aborted) {
      const event = join.take();
      if (event) return { done: false, value: event };
      if (!join.live) await catchUp();
      else await next();
    }
    ending.throwOnce();
    return { done: true, value: undefined };
  }

  async function next(): Promise<void> {
    waits = true;
    await new Promise<void>((resolve) => (wake = resolve));
    waits = false;
  }

  return {
    ...toIterator(pull, ending),
    get standing() {
      return waits && join.idle ? join.joined : null;
    },
  };
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

/** A database that does not answer for a while delays a reader; it does not cut it off. Empty once nobody waits. */
export async function readPage(
  journal: Pick<Journal, 'read'>,
  tenantId: string,
  afterSeq: number,
  nobodyWaits: () => boolean,
): Promise<readonly JournalEvent[]> {
  for (;;) {
    try {
      return await journal.read(tenantId, afterSeq, PAGE_EVENTS);
    } catch (error) {
      if (!(error instanceof HooklineError && error.code === 'SERVICE_UNAVAILABLE')) throw error;
      await sleep(RETRY_MS);
      if (nobodyWaits()) return [];
    }
  }
}

/** For a reader of `afterSeq` whose next event is not there any more. */
export async function eventsAreGone(
  journal: Pick<Journal, 'oldestSeq'>,
  tenantId: string,
  afterSeq: number,
): Promise<HooklineError> {
  return cursorExpired(tenantId, ((await journal.oldestSeq(tenantId)) ?? afterSeq + 1) - 1);
}
