import type { JsonObject } from '../json/json.ts';
import type { HooklineClientError } from './client-error.ts';
import type { EventSocket } from './event-socket.ts';

export interface ListenRequest<Event> {
  readonly query: string;
  /** Without `after`. */
  readonly variables: JsonObject;
  /** The event in what the subscription brings. */
  readonly read: (data: JsonObject) => Event;
}

/** One subscription, from its begin to its end. */
export interface Lapse {
  /** Where to go on from: the cursor of the last event that was taken, else where it began. */
  readonly position: string;
  /** Whether the server let it in. */
  readonly connected: boolean;
  /** Whether it brought something, or lasted a while. */
  readonly sound: boolean;
  /** `stopped`: by the reader; `full`: the reader is behind. */
  readonly why: 'stopped' | 'full' | HooklineClientError;
  /** The token of the connection it was on. */
  readonly token: string;
}

/** A connection that lasted so long was a good one, even if nothing happened. */
const STEADY_MS = 5_000;

/** Subscribes after `position` and hands each event to `take` until that refuses one, `ended` is given, or the server ends it. */
export function listen<Event extends { readonly cursor: string }>(
  socket: EventSocket,
  { query, variables, read }: ListenRequest<Event>,
  { position, take, ended }: { position: string; take: (event: Event) => boolean; ended: AbortSignal },
): Promise<Lapse> {
  return new Promise((resolve) => {
    let last = position;
    let connectedAt: number | undefined;
    const stop = socket.subscribe(
      query,
      { ...variables, after: position },
      {
        connected: () => (connectedAt = performance.now()),
        next(data) {
          const event = read(data);
          if (take(event)) last = event.cursor;
          else finish('full');
        },
        end: finish,
      },
    );
    const onEnded = () => finish('stopped');
    ended.addEventListener('abort', onEnded);
    if (ended.aborted) onEnded();

    function finish(why: Lapse['why']): void {
      stop();
      ended.removeEventListener('abort', onEnded);
      const lasted = connectedAt !== undefined && performance.now() - connectedAt > STEADY_MS;
      const sound = last !== position || lasted;
      resolve({ position: last, connected: connectedAt !== undefined, sound, why, token: socket.tokenSent });
    }
  });
}
