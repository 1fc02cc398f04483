import type { WebSocket } from 'ws';
import type { Actor } from '../auth/actor.ts';

/** What graphql-ws keeps for us with each socket. */
export interface SocketExtra {
  readonly socket: WebSocket;
  /** Null until `connection_init` has brought a valid token. */
  caller: Actor | null;
}
