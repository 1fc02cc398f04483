/** A Yoga plugin: subscribers with the same document, variables and rights share each event's execution and its text. */
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { FollowedEvents } from '../events/followed-events.ts';
import type { SharedStream } from '../events/shared-stream.ts';
import type { Subscription } from '../events/subscriber.ts';
import type { SchemaContext } from '../schema/context.ts';
import type { DoorContext } from './door-context.ts';
import type { EventPayload } from './event-payload.ts';
import { renderEvents } from './render-events.ts';
import type { ServerDeps } from './server-deps.ts';
import { shareKey } from './share-key.ts';

/** Where a transport takes the events of one subscription. */
export interface EventSink {
  /** False: no more until `resume` of the subscription. */
  write(payload: EventPayload): boolean;
  /** Before the first event. */
  begin(subscription: Subscription): void;
}

/**
 * What subscribing gives brings no results. Those go straight to the transport's sink; only the end comes this way, so that
 * what Yoga and its plugins do when a subscription ends goes on as before.
 */
export function shareSubscriptions(deps: ServerDeps): Plugin<DoorContext & SchemaContext> {
  const streams = new Map<string, SharedStream<EventPayload>>();

  function streamFor(
    args: ExecutionArgs,
    context: SchemaContext,
    followed: FollowedEvents,
  ): SharedStream<EventPayload> {
    const key = shareKey(args, context.caller);
    const known = streams.get(key);
    if (known) return known;
    const stream = followed.share(renderEvents(deps, args, context.caller), () => streams.delete(key));
    streams.set(key, stream);
    return stream;
  }

  async function subscribe(
    args: ExecutionArgs,
    context: DoorContext & SchemaContext,
  ): Promise<AsyncIterable<never> | ExecutionResult> {
    const { sink } = context;
    // With a context of its own: what Pothos keeps for a context is kept as long as that, and this one is done in a moment.
    const followed = await createSourceEventStream({ ...args, contextValue: { ...context } });
    if (!(Symbol.asyncIterator in followed)) return followed;
    if (!(followed instanceof FollowedEvents) || !sink)
      throw new Error('There is nothing to follow, or nobody who would.');
    return untilEnd((end) => {
      const subscription = followed.join(streamFor(args, context, followed), {
        write: (payload) => sink.write(payload),
        end,
      });
      sink.begin(subscription);
      return subscription;
    });
  }

  return {
    onSubscribe: ({ args, setSubscribeFn }) =>
      setSubscribeFn((given: ExecutionArgs) => subscribe(given, args.contextValue)),
  };
}

/** Begins when it is first asked, and answers at the end. */
function untilEnd(begin: (end: (error?: unknown) => void) => Subscription): AsyncIterableIterator<never> {
  const ended = Promise.withResolvers<IteratorResult<never>>();
  const done = { done: true, value: undefined } as const;
  let subscription: Subscription | undefined;
  let over = false;
  // Whoever has left is told of nothing any more.
  ended.promise.catch(() => {});
  return {
    next() {
      if (!over) subscription ??= begin((error) => (error === undefined ? ended.resolve(done) : ended.reject(error)));
      return ended.promise;
    },
    return() {
      over = true;
      subscription?.close();
      ended.resolve(done);
      return Promise.resolve(done);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
