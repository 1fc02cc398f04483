/** What the journal has up to a position, which is known to be its end for now. */
import type { HooklineClient, HooklineEvent } from '../../client/index.ts';
import { cursorAt, placeOf, type JournalPlace } from './journal-place.ts';

export interface HistoryOptions {
  /** The event there is the last one. */
  readonly until: JournalPlace;
  readonly signal: AbortSignal;
  /** Whether what is no longer kept may be left out. */
  readonly mayMiss: boolean;
}

/** Every event after `after`, not only those that match: the last one is known by its number, whatever it is. */
export async function* readHistory(
  client: HooklineClient,
  after: JournalPlace,
  { until, signal, mayMiss }: HistoryOptions,
): AsyncGenerator<HooklineEvent, void, undefined> {
  if (after.seq >= until.seq) return;
  const stream = client.events({
    after: cursorAt(after),
    signal,
    onExpired: mayMiss ? 'oldest' : 'throw',
    onInterruption({ error: { details } }) {
      const nothingKept = details && 'oldest' in details && placeOf(details.oldest).seq >= until.seq;
      if (nothingKept) void stream.return();
    },
  });
  for await (const event of stream) {
    const { seq } = placeOf(event.cursor);
    if (seq <= until.seq) yield event;
    if (seq >= until.seq) return;
  }
}

const FIRST_WINDOW_EVENTS = 250;
const WINDOW_GROWTH = 8;

/** The newest `count` that match, oldest first: looked for in windows that go back further and further. */
export async function readLast(
  client: HooklineClient,
  count: number,
  { matches, until, signal }: Omit<HistoryOptions, 'mayMiss'> & { matches: (event: HooklineEvent) => boolean },
): Promise<readonly HooklineEvent[]> {
  let found: HooklineEvent[] = [];
  let end = until.seq;
  for (let size = Math.max(FIRST_WINDOW_EVENTS, count); end > 0 && found.length < count; size *= WINDOW_GROWTH) {
    const start = Math.max(end - size, 0);
    const window: HooklineEvent[] = [];
    const options = { until: { ...until, seq: end }, signal, mayMiss: true };
    for await (const event of readHistory(client, { ...until, seq: start }, options)) {
      if (matches(event)) window.push(event);
      if (window.length > count) window.shift();
    }
    found = [...window, ...found].slice(-count);
    end = start;
  }
  return found;
}
