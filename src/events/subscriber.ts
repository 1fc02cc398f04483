/**
 * One subscriber of a shared stream. It reads what came before it joined of the journal, while what is shared meanwhile
 * waits in its queue, and then takes its share live: the numbers tell that nothing is missing, doubled or out of place.
 */
import { HooklineError } from '../errors/hookline-error.ts';
import { expireAt, forgetExpiry, type Expiring } from './at-time.ts';
import { BoundedQueue } from './bounded-queue.ts';
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
  /** Where to go on from: all that came before was written or is not wanted. Null once it is over. */
  readonly cursor: string | null;
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
  deps: SubscriberDeps,
  stream: SharedStream<T>,
  sink: Sink<T>,
  options: SubscriberOptions,
): Subscription {
  const subscriber = new Subscriber(deps, stream, sink, options);
  subscriber.begin();
  return subscriber;
}

/** A class, because there are many at a time: what several functions would hold is one object. */
class Subscriber<T extends Sized> implements Subscription, Receiver<T>, Expiring {
  readonly #deps: SubscriberDeps;
  readonly #stream: SharedStream<T>;
  readonly #sink: Sink<T>;
  readonly #expiresAt: number | undefined;
  readonly #queue: BoundedQueue<Waiting<T>>;
  /** Every event up to here was written or is not wanted, and so is where to resume; but for those that wait. */
  #written: number;
  /** Up to here the journal is read; after it, the stream is heard. */
  #joinAt: number;
  #catchingUp: boolean;
  #progressed = true;
  #ready: boolean;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(
    deps: SubscriberDeps,
    stream: SharedStream<T>,
    sink: Sink<T>,
    { start, maxItems, maxBytes, expiresAt, paused = false }: SubscriberOptions,
  ) {
    this.#deps = deps;
    this.#stream = stream;
    this.#sink = sink;
    this.#expiresAt = expiresAt;
    this.#queue = new BoundedQueue(maxItems, maxBytes);
    this.#written = start;
    this.#joinAt = stream.position;
    this.#catchingUp = this.#joinAt > start;
    this.#ready = !paused;
  }

  get cursor(): string | null {
    if (this.#over) return null;
    const { position, tenantId } = this.#stream;
    if (!this.#catchingUp && this.#queue.length === 0) this.#written = Math.max(this.#written, position);
    return encodeCursor(tenantId, this.#written);
  }

  begin(): void {
    this.#deps.counts.subscribers += 1;
    if (this.#expiresAt !== undefined) expireAt(this.#expiresAt, this);
    this.#stream.add(this);
    if (this.#catchingUp) void this.#catchUp().catch((error: unknown) => this.fail(error));
  }

  receive(payload: T, seq: number): void {
    if (this.#over || seq <= this.#written) return;
    if (this.#ready && !this.#catchingUp) this.#write(payload, seq);
    else if (!this.#queue.push({ payload, seq }, payload.bytes)) this.#overflow();
  }

  fail(error: unknown): void {
    if (this.#over) return;
    this.close();
    this.#sink.end(error);
  }

  expire(): void {
    this.fail(tokenExpired());
  }

  resume(): void {
    this.#ready = true;
    this.#wake?.();
    this.#drain();
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#deps.counts.subscribers -= 1;
    this.#stream.delete(this);
    if (this.#expiresAt !== undefined) forgetExpiry(this.#expiresAt, this);
    this.#queue.clear();
    this.#wake?.();
  }

  #write(payload: T, seq: number): void {
    this.#written = seq;
    this.#deps.counts.deliveries += 1;
    this.#ready = this.#sink.write(payload);
  }

  #drain(): void {
    while (this.#ready && !this.#catchingUp && !this.#over) {
      const next = this.#queue.shift();
      if (!next) return;
      this.#write(next.payload, next.seq);
    }
  }

  /** Who is still reading of the journal will find it there; but who reads nothing at all is slow. */
  #overflow(): void {
    if (!this.#catchingUp || !this.#progressed) {
      this.#deps.counts.slowConsumers += 1;
      return this.fail(slowConsumer(this.#stream.tenantId, this.#written));
    }
    this.#queue.clear();
    this.#joinAt = this.#stream.position;
    this.#progressed = false;
  }

  async #catchUp(): Promise<void> {
    const { tenantId } = this.#stream;
    const { journal } = this.#deps;
    while (!this.#over && this.#written < this.#joinAt) {
      const page = await readPage(journal, tenantId, this.#written, () => this.#over);
      if (this.#over) return;
      if (page[0]?.seq !== this.#written + 1) throw await eventsAreGone(journal, tenantId, this.#written);
      for (const event of page) {
        if (event.seq > this.#joinAt) break;
        if (this.#stream.matches(event)) await this.#writeWhenReady(await this.#stream.render(event), event.seq);
        if (this.#over) return;
        this.#written = event.seq;
        this.#progressed = true;
      }
    }
    this.#catchingUp = false;
    this.#drain();
  }

  async #writeWhenReady(payload: T, seq: number): Promise<void> {
    while (!this.#ready && !this.#over) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (!this.#over) this.#write(payload, seq);
  }
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
