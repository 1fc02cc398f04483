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

/** Closes a socket, and ends it when the other side does not answer. A reason may have 123 bytes. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState === socket.CLOSED) return;
  socket.close(code, reason.slice(0, 120));
  const timer = setTimeout(() => socket.terminate(), SOCKET_LIMITS.closeMs);
  socket.once('close', () => clearTimeout(timer));
}
