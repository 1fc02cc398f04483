import type { WebSocket } from 'ws';
import type { Actor } from '../auth/actor.ts';
import type { UnderWay } from './under-way.ts';

/** What graphql-ws keeps for us with each socket. */
export interface SocketExtra {
  readonly socket: WebSocket;
  /** Queries and mutations that are not answered yet. */
  readonly underWay: UnderWay;
  /** Null until `connection_init` has brought a valid token. */
  caller: Actor | null;
}
