import type { WebSocket } from 'ws';
import type { Actor } from '../auth/actor.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { Positions } from './positions.ts';
import type { UnderWay } from './under-way.ts';

/** What graphql-ws keeps for us with each socket. */
export interface SocketExtra {
  readonly socket: WebSocket;
  /** Beside the socket's own way, for events. */
  readonly frames: FrameWriter;
  readonly positions: Positions;
  /** Queries and mutations that are not answered yet. */
  readonly underWay: UnderWay;
  /** The token has ended and the socket with it: calls that were made before go on. */
  expired: boolean;
  /** Null until `connection_init` has brought a valid token. */
  caller: Actor | null;
}
