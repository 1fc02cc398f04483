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

/** What a program's own callback threw. */
export interface Thrown {
  readonly thrown: unknown;
}

/** One subscription, from its begin to its end. */
export interface Lapse {
  /** Where to go on from: where nothing more is wanted, which is at least the last event that was taken. */
  readonly position: string;
  /** Whether the server let it in. */
  readonly connected: boolean;
  /** Whether it brought something, or lasted a while. */
  readonly sound: boolean;
  /** `stopped`: by the reader; `full`: the reader is behind. */
  readonly why: 'stopped' | 'full' | HooklineClientError | Thrown;
  /** The token of the connection it was on. */
  readonly token: string;
}

export interface Listener<Event> {
  /** Where it begins. */
  readonly position: string;
  readonly take: (event: Event) => boolean;
  /** Told where it stands, when nothing that it wants has come for a while. */
  readonly stands: (position: string) => void;
  /** Told once it brings something, or was not refused for a while. */
  readonly accepted: () => void;
  readonly ended: AbortSignal;
}

/** What refuses a subscription has come by then. */
const ACCEPTED_MS = 1_000;
/** A connection that lasted so long was a good one, even if nothing happened. */
const STEADY_MS = 5_000;

/** Subscribes after `position` and hands each event to `take` until that refuses one, `ended` is given, or the server ends it. */
export function listen<Event extends { readonly cursor: string }>(
  socket: EventSocket,
  { query, variables, read }: ListenRequest<Event>,
  { position, take, stands, accepted, ended }: Listener<Event>,
): Promise<Lapse> {
  return new Promise((resolve) => {
    let last = position;
    let connectedAt: number | undefined;
    let accepting: ReturnType<typeof setTimeout> | undefined;
    const stop = socket.subscribe(
      query,
      { ...variables, after: position },
      {
        connected() {
          connectedAt = performance.now();
          accepting = setTimeout(accept, ACCEPTED_MS);
        },
        next(data) {
          accept();
          const event = read(data);
          if (take(event)) last = event.cursor;
          else finish('full');
        },
        position(cursor) {
          accept();
          last = cursor;
          stands(cursor);
        },
        end: finish,
      },
    );
    const onEnded = () => finish('stopped');
    ended.addEventListener('abort', onEnded);
    if (ended.aborted) onEnded();

    // Called by a socket that others share: what it throws ends this one alone.
    function accept(): void {
      clearTimeout(accepting);
      try {
        accepted();
      } catch (thrown) {
        finish({ thrown });
      }
    }

    function finish(why: Lapse['why']): void {
      clearTimeout(accepting);
      stop();
      ended.removeEventListener('abort', onEnded);
      const lasted = connectedAt !== undefined && performance.now() - connectedAt > STEADY_MS;
      const sound = last !== position || lasted;
      resolve({ position: last, connected: connectedAt !== undefined, sound, why, token: socket.tokenSent });
    }
  });
}
