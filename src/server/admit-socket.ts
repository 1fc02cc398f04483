/** Lets a socket in by its token, and out when the token ends. */
import type { Actor } from '../auth/actor.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import { identify } from './bearer.ts';
import { CLOSE_CODES, closeSocket } from './close-socket.ts';
import { SOCKET_LIMITS } from './limits.ts';
import type { ServerDeps } from './server-deps.ts';
import type { SocketExtra } from './socket-extra.ts';
import { createSubjectQuota } from './subject-quota.ts';

/** The longest a timer of Node can wait, in milliseconds. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Whether the socket may go on; one that may not has been closed. */
export type AdmitSocket = (
  extra: SocketExtra,
  connectionParams: Readonly<Record<string, unknown>> | undefined,
) => Promise<boolean>;

export function createAdmission(deps: ServerDeps): AdmitSocket {
  const quota = createSubjectQuota(SOCKET_LIMITS.socketsPerSubject);
  return async (extra, connectionParams) => {
    const { socket } = extra;
    const caller = await identifySocket(deps, connectionParams);
    if (caller instanceof HooklineError) {
      closeSocket(socket, CLOSE_CODES.forbidden, `${caller.code}: ${caller.message}`);
      return false;
    }
    // The socket may have gone while the token was checked.
    if (socket.readyState !== socket.OPEN) return false;
    const release = quota(caller);
    if (!release) {
      closeSocket(
        socket,
        CLOSE_CODES.tryAgainLater,
        `RATE_LIMITED: at most ${SOCKET_LIMITS.socketsPerSubject} sockets at a time for one subject`,
      );
      return false;
    }
    socket.once('close', release);
    closeAtExpiry(extra, caller);
    extra.caller = caller;
    return true;
  };
}

async function identifySocket(
  deps: ServerDeps,
  connectionParams: Readonly<Record<string, unknown>> | undefined,
): Promise<Actor | HooklineError> {
  try {
    const caller = await identify(deps, connectionParams?.['authorization']);
    return caller ?? new HooklineError('UNAUTHENTICATED', 'Send connectionParams.authorization, "Bearer TOKEN".');
  } catch (error) {
    if (error instanceof HooklineError) return error;
    throw error;
  }
}

function closeAtExpiry(extra: SocketExtra, caller: Actor): void {
  const { socket } = extra;
  const remainingMs = Math.min(Math.max(caller.expiresAt - Date.now(), 0), TIMER_MAX_MS);
  const timer = setTimeout(() => {
    extra.expired = true;
    closeSocket(socket, CLOSE_CODES.forbidden, 'UNAUTHENTICATED: the token has expired');
  }, remainingMs);
  socket.once('close', () => clearTimeout(timer));
}
