/** One stream of events for all who want the same of it: an event is rendered once, and each is handed the result. */
import type { Bus } from './bus.ts';
import type { FanOutCounts } from './fan-out-counts.ts';
import { followJournal, type FollowedJournal, type Following } from './follow.ts';
import type { JournalEvent } from './records.ts';

/** What is handed to subscribers; `bytes` is what it counts for while it waits for one of them. */
export interface Sized {
  readonly bytes: number;
}

export interface Receiver<T> {
  /** In the order of the journal. */
  receive(payload: T, seq: number): void;
  /** The stream is over, and why. */
  fail(error: unknown): void;
}

export interface SharedStream<T extends Sized> {
  readonly tenantId: string;
  /** Every event up to here has been handed out, or is not wanted. */
  readonly position: number;
  matches(event: JournalEvent): boolean;
  /** Once for an event that is given twice. */
  render(event: JournalEvent): Promise<T>;
  /** From the next event on. With the first it begins to listen. */
  add(receiver: Receiver<T>): void;
  /** After the last one it is over. */
  delete(receiver: Receiver<T>): void;
}

export interface SharedStreamDeps {
  readonly journal: FollowedJournal;
  readonly bus: Bus;
  readonly counts: FanOutCounts;
}

export interface SharedStreamOptions<T> {
  readonly tenantId: string;
  /** The number of the newest event. */
  readonly latest: number;
  readonly matches: (event: JournalEvent) => boolean;
  readonly render: (event: JournalEvent) => T | Promise<T>;
  /** Nobody may be added any more. */
  readonly onEnd: () => void;
}

/** What may wait to be rendered; beyond that it is read of the journal again when its turn comes. */
const WAITING_EVENTS = 1_000;
const WAITING_BYTES = 8 * 1024 * 1024;

export function createSharedStream<T extends Sized>(
  { journal, bus, counts }: SharedStreamDeps,
  { tenantId, latest, matches, render, onEnd }: SharedStreamOptions<T>,
): SharedStream<T> {
  const receivers = new Set<Receiver<T>>();
  // Those who catch up together read the same pages, and so the same objects.
  const rendered = new WeakMap<JournalEvent, Promise<T>>();
  let source: Following | undefined;
  let position = latest;

  function renderOnce(event: JournalEvent): Promise<T> {
    const known = rendered.get(event);
    if (known) return known;
    counts.payloads += 1;
    const payload = Promise.resolve(render(event));
    rendered.set(event, payload);
    return payload;
  }

  async function handOut(events: AsyncIterable<JournalEvent>): Promise<void> {
    try {
      for await (const event of events) {
        const payload = await renderOnce(event);
        position = event.seq;
        for (const receiver of receivers) receiver.receive(payload, event.seq);
      }
    } catch (error) {
      for (const receiver of receivers) receiver.fail(error);
    }
  }

  return {
    tenantId,
    get position() {
      position = Math.max(position, source?.standing ?? 0);
      return position;
    },
    matches,
    render: renderOnce,
    add(receiver) {
      receivers.add(receiver);
      if (source) return;
      source = followJournal(journal, bus, {
        tenantId,
        start: latest,
        matches,
        maxItems: WAITING_EVENTS,
        maxBytes: WAITING_BYTES,
      });
      void handOut(source);
    },
    delete(receiver) {
      if (!receivers.delete(receiver) || receivers.size > 0) return;
      onEnd();
      void source?.return?.();
    },
  };
}
