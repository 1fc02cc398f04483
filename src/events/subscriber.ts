/**
 * One subscriber of a shared stream. It reads what came before it joined of the journal, while what is shared meanwhile
 * waits in its queue, and then takes its share live: the numbers tell that nothing is missing, doubled or out of place.
 */
import { HooklineError } from '../errors/hookline-error.ts';
import { atTime } from './at-time.ts';
import { createBoundedQueue } from './bounded-queue.ts';
import { encodeCursor } from './cursor.ts';
import type { FanOutCounts } from './fan-out-counts.ts';
import { eventsAreGone, readPage, type FollowedJournal } from './follow.ts';
import type { Receiver, SharedStream, Sized } from './shared-stream.ts';

/** Where a subscriber's events go. */
export interface Sink<T> {
  /** False: no more until `resume`. */
  write(payload: T): boolean;
  /** The last call, also when it wants no more; not after `close`. */
  end(error?: unknown): void;
}

export interface Subscription {
  /** The sink takes more again. */
  resume(): void;
  /** Nobody wants more. */
  close(): void;
}

export interface SubscriberDeps {
  readonly journal: FollowedJournal;
  readonly counts: FanOutCounts;
}

export interface SubscriberOptions {
  /** The number after which it begins. */
  readonly start: number;
  /** What may wait for it. */
  readonly maxItems: number;
  readonly maxBytes: number;
  /** When the token ends, and with it the subscription: milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  /** The sink takes nothing before the first `resume`. */
  readonly paused?: boolean;
}

interface Waiting<T> {
  readonly payload: T;
  readonly seq: number;
}

/**
 * May end with SLOW_CONSUMER (`details.cursor` to resume from), UNAUTHENTICATED, CURSOR_EXPIRED, or what ended the shared
 * stream.
 */
export function subscribe<T extends Sized>(
  { journal, counts }: SubscriberDeps,
  stream: SharedStream<T>,
  sink: Sink<T>,
  { start, maxItems, maxBytes, expiresAt, paused = false }: SubscriberOptions,
): Subscription {
  const { tenantId } = stream;
  const queue = createBoundedQueue<Waiting<T>>(maxItems, maxBytes);
  /** Every event up to here was written or is not wanted, and so is where to resume; but for those that wait. */
  let written = start;
  /** Up to here the journal is read; after it, the stream is heard. */
  let joinAt = stream.position;
  let catchingUp = joinAt > start;
  let progressed = true;
  let ready = !paused;
  let over = false;
  let wake = () => {};

  function write({ payload, seq }: Waiting<T>): void {
    written = seq;
    counts.deliveries += 1;
    ready = sink.write(payload);
  }

  function drain(): void {
    while (ready && !catchingUp && !over) {
      const next = queue.shift();
      if (!next) return;
      write(next);
    }
  }

  function receive(payload: T, seq: number): void {
    if (over || seq <= written) return;
    if (ready && !catchingUp) write({ payload, seq });
    else if (!queue.push({ payload, seq }, payload.bytes)) overflow();
  }

  /** Who is still reading of the journal will find it there; but who reads nothing at all is slow. */
  function overflow(): void {
    if (!catchingUp || !progressed) {
      counts.slowConsumers += 1;
      return end(slowConsumer(tenantId, written));
    }
    queue.clear();
    joinAt = stream.position;
    progressed = false;
  }

  async function catchUp(): Promise<void> {
    while (!over && written < joinAt) {
      const page = await readPage(journal, tenantId, written, () => over);
      if (over) return;
      if (page[0]?.seq !== written + 1) throw await eventsAreGone(journal, tenantId, written);
      for (const event of page) {
        if (event.seq > joinAt) break;
        if (stream.matches(event)) await writeWhenReady(await stream.render(event), event.seq);
        if (over) return;
        written = event.seq;
        progressed = true;
      }
    }
    catchingUp = false;
    drain();
  }

  async function writeWhenReady(payload: T, seq: number): Promise<void> {
    while (!ready && !over) await new Promise<void>((resolve) => (wake = resolve));
    if (!over) write({ payload, seq });
  }

  function close(): void {
    if (over) return;
    over = true;
    counts.subscribers -= 1;
    stream.delete(receiver);
    forgetExpiry();
    queue.clear();
    wake();
  }

  function end(error: unknown): void {
    if (over) return;
    close();
    sink.end(error);
  }

  const receiver: Receiver<T> = { receive, fail: end };
  const forgetExpiry = expiresAt === undefined ? () => {} : atTime(expiresAt, () => end(tokenExpired()));
  counts.subscribers += 1;
  stream.add(receiver);
  if (catchingUp) void catchUp().catch(end);
  return {
    resume() {
      ready = true;
      wake();
      drain();
    },
    close,
  };
}

function slowConsumer(tenantId: string, written: number): HooklineError {
  return new HooklineError(
    'SLOW_CONSUMER',
    'Events came faster than they were read. Subscribe again after details.cursor.',
    { details: { cursor: encodeCursor(tenantId, written) } },
  );
}

function tokenExpired(): HooklineError {
  return new HooklineError(
    'UNAUTHENTICATED',
    'The token has expired. Get a new one and subscribe again after the last cursor you have.',
  );
}
