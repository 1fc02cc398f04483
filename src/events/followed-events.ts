/** The events somebody may have, from a position on. Nothing is read or listened to before they are asked for. */
import { subscribe, type Sink, type SubscriberOptions, type Subscription } from './subscriber.ts';
import { createSharedStream, type SharedStream, type SharedStreamDeps, type Sized } from './shared-stream.ts';
import type { JournalEvent } from './records.ts';

export interface FollowedOptions extends SubscriberOptions {
  readonly tenantId: string;
  /** The number of the newest event. */
  readonly latest: number;
  readonly matches: (event: JournalEvent) => boolean;
}

export class FollowedEvents implements AsyncIterable<JournalEvent> {
  readonly #deps: SharedStreamDeps;
  readonly #options: FollowedOptions;

  constructor(deps: SharedStreamDeps, options: FollowedOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /**
   * A stream that all may join who follow with the same filter and for whom `render` has the same result.
   * @param onEnd from then on it cannot be joined.
   */
  share<T extends Sized>(
    render: (event: JournalEvent) => T | Promise<T>,
    onEnd: () => void = () => {},
  ): SharedStream<T> {
    const { tenantId, latest, matches } = this.#options;
    return createSharedStream(this.#deps, { tenantId, latest, matches, render, onEnd });
  }

  join<T extends Sized>(
    stream: SharedStream<T>,
    sink: Sink<T>,
    options: { readonly paused?: boolean } = {},
  ): Subscription {
    if (stream.tenantId !== this.#options.tenantId) throw new Error("A subscriber came to another tenant's stream.");
    return subscribe(this.#deps, stream, sink, { ...this.#options, ...options });
  }

  /** For programs: an event is taken when it is asked for. */
  [Symbol.asyncIterator](): AsyncIterableIterator<JournalEvent> {
    const readers: PromiseWithResolvers<IteratorResult<JournalEvent>>[] = [];
    const done = { done: true, value: undefined } as const;
    const over = Promise.resolve(done);
    /** What the next reader is told, once it has ended. */
    let ended: Promise<IteratorResult<JournalEvent>> | undefined;
    const end = (error?: unknown) => {
      const [first, ...others] = readers.splice(0);
      const told = first ?? Promise.withResolvers<IteratorResult<JournalEvent>>();
      // It may be that nobody asks again.
      told.promise.catch(() => {});
      if (error === undefined) told.resolve(done);
      else told.reject(error);
      for (const reader of others) reader.resolve(done);
      ended = first ? over : told.promise;
    };
    const write = ({ event }: SizedEvent) => {
      readers.shift()?.resolve({ done: false, value: event });
      return readers.length > 0;
    };
    const subscription = this.join(this.share(sizeOf), { write, end }, { paused: true });
    return {
      next() {
        if (ended) {
          const told = ended;
          ended = over;
          return told;
        }
        const reader = Promise.withResolvers<IteratorResult<JournalEvent>>();
        readers.push(reader);
        subscription.resume();
        return reader.promise;
      },
      return() {
        subscription.close();
        end();
        return Promise.resolve(done);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

interface SizedEvent extends Sized {
  readonly event: JournalEvent;
}

function sizeOf(event: JournalEvent): SizedEvent {
  return { event, bytes: Buffer.byteLength(JSON.stringify(event)) };
}
