/** One subscription after the other, each from where the one before ended. */
import { pause } from './back-off.ts';
import type { HooklineClientError } from './client-error.ts';
import type { Credentials } from './credentials.ts';
import type { EventQueue } from './event-queue.ts';
import type { EventSocket } from './event-socket.ts';
import type { StreamOptions } from './event-stream.ts';
import { listen, type Lapse, type ListenRequest } from './listen.ts';
import { createTokenRenewal, type TokenRenewal } from './token-renewal.ts';
import { waitAfter } from './wait-after.ts';

export interface FollowDeps {
  readonly credentials: Credentials;
  readonly socket: EventSocket;
  /** The newest position of the journal. */
  readonly latestCursor: (signal: AbortSignal) => Promise<string>;
  /** How many failures are borne before the first connection, and of the server's own in a row. */
  readonly retries: number;
}

export interface Course<Event> {
  readonly queue: EventQueue<Event>;
  readonly ended: AbortSignal;
  /** Told once where it begins. */
  readonly onPosition: (position: string) => void;
  /** Told where it stands meanwhile. */
  readonly stands: (position: string) => void;
}

/** Resolves when `ended` is given; throws what the stream ends with. */
export async function keepFollowing<Event extends { readonly cursor: string }>(
  deps: FollowDeps,
  request: ListenRequest<Event>,
  options: StreamOptions,
  { queue, ended, onPosition, stands }: Course<Event>,
): Promise<void> {
  const renewal = createTokenRenewal(deps.credentials);
  const take = (event: Event) => queue.offer(event);
  let position = options.after ?? (await deps.latestCursor(ended));
  let health = { failures: 0, everConnected: options.after === undefined, retries: deps.retries };
  let cutOff = false;
  const accepted = () => {
    if (!cutOff) return;
    cutOff = false;
    options.onReconnection?.();
  };
  onPosition(position);
  while (!ended.aborted) {
    await renewal.prepare();
    const lapse = await listen(deps.socket, request, { position, take, stands, accepted, ended });
    position = lapse.position;
    if (lapse.connected) renewal.accepted();
    if (lapse.why === 'stopped') return;
    if (typeof lapse.why === 'object' && 'thrown' in lapse.why) throw lapse.why.thrown;
    if (lapse.why === 'full') {
      await queue.drained();
      continue;
    }
    health = {
      ...health,
      failures: lapse.sound ? 0 : health.failures,
      everConnected: health.everConnected || lapse.connected,
    };
    position = mend(lapse, lapse.why, options, renewal);
    const retryInMs = waitAfter(lapse.why, health);
    if (retryInMs === null) throw lapse.why;
    cutOff = true;
    options.onInterruption?.({ error: lapse.why, retryInMs });
    health = { ...health, failures: health.failures + 1 };
    await pause(retryInMs, ended);
  }
}

/** Where to go on from, once what can be mended is; throws the error when it cannot. */
function mend(
  { position, token }: Lapse,
  error: HooklineClientError,
  { onExpired }: StreamOptions,
  renewal: TokenRenewal,
): string {
  if (error.code === 'UNAUTHENTICATED') renewal.refused(token, error);
  if (error.code !== 'CURSOR_EXPIRED') return position;
  const { details } = error;
  if (onExpired === 'oldest' && details && 'oldest' in details) return details.oldest;
  throw error;
}
