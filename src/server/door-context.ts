import type { Actor } from '../auth/actor.ts';
import type { HooklineError } from '../errors/hookline-error.ts';
import type { EventStream } from './event-stream.ts';
import type { EventSink } from './share-subscriptions.ts';

/** What a transport knows of a GraphQL request before it is read. */
export interface DoorContext {
  readonly caller: Actor | null;
  /** Why the token that was sent is not valid. */
  readonly refusal?: HooklineError | undefined;
  /** Aborted when the client has gone before its answer, or no longer wants it. */
  readonly callerGone?: AbortSignal | undefined;
  /** Ends what the request streams, for a transport that has no other way to say that the server is stopping. */
  readonly closing?: AbortSignal;
  /** Where the events of a subscription go. */
  readonly sink?: EventSink;
  /** The same, for a transport whose answer is a stream of them. */
  readonly eventStream?: EventStream;
  /** `Last-Event-ID`: where a client that has lost its connection goes on, whatever its query says. */
  readonly lastEventId?: string | undefined;
}
