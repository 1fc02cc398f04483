import type { WebSocket } from 'ws';
import { SOCKET_LIMITS } from './limits.ts';

/** Close codes of our own beside those of graphql-transport-ws. */
export const CLOSE_CODES = {
  goingAway: 1001,
  tryAgainLater: 1013,
  badRequest: 4400,
  forbidden: 4403,
  slowConsumer: 4413,
  internalError: 4500,
} as const;

/** Bytes: a close frame has 125, of which the code takes two. */
const REASON_MAX_BYTES = 123;

/** Closes a socket, and ends it when the other side does not answer. A reason that is too long is cut. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState === socket.CLOSED) return;
  socket.close(code, cutReason(reason));
  const timer = setTimeout(() => socket.terminate(), SOCKET_LIMITS.closeMs);
  socket.once('close', () => clearTimeout(timer));
}

function cutReason(reason: string): string {
  // Tells how much fits without cutting a character in two.
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(REASON_MAX_BYTES));
  return reason.slice(0, read);
}
