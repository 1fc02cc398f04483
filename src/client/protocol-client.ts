/** The client of graphql-ws, which speaks the protocol: kept from coming back by itself, and from waiting for the dead. */
import { createClient, type Client } from 'graphql-ws/client';
import type { Credentials } from './credentials.ts';

/** A class like the WebSocket of browsers. */
export type WebSocketConstructor = new (
  url: string,
  protocol: string,
) => { addEventListener(type: 'error', listener: () => void): void };

export interface ProtocolClientOptions {
  /** Of GraphQL over HTTP. */
  readonly url: string;
  readonly credentials: Credentials;
  readonly webSocket: WebSocketConstructor;
  /** So long after the last sign of the server it is asked for one, and has as long to give it, or to let a socket in. */
  readonly heartbeatMs: number;
  /** The server has let a socket in; `isOpen` tells whether that can still be written to. */
  readonly onConnected: (isOpen: () => boolean) => void;
  readonly onClosed: (event: unknown) => void;
  /** Unique among those of the client. */
  readonly idOf: (payload: object) => string;
  /** The server tells where a subscription stands. */
  readonly onPosition: (id: string, cursor: string) => void;
}

export interface ProtocolClient {
  readonly client: Client;
  /** The token that the last connection began with. */
  readonly tokenSent: string;
}

export function createProtocolClient(options: ProtocolClientOptions): ProtocolClient {
  const { url, credentials, webSocket, heartbeatMs, onConnected, onClosed, idOf, onPosition } = options;
  const watch = createWatch(() => client.terminate());
  let tokenSent = '';
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: withErrorListener(webSocket),
    // Streams come back by themselves, from where they were; this client would send what it sent before.
    retryAttempts: 0,
    connectionParams() {
      tokenSent = credentials.latest;
      return { authorization: `Bearer ${tokenSent}` };
    },
    keepAlive: heartbeatMs,
    generateID: idOf,
    on: {
      connecting: () => watch.expect(heartbeatMs),
      connected(socket) {
        watch.done();
        onConnected(() => isOpen(socket));
      },
      ping(received, payload) {
        if (!received) return watch.expect(heartbeatMs);
        for (const [id, cursor] of readPositions(payload)) onPosition(id, cursor);
      },
      pong: (received) => received && watch.done(),
      closed(event) {
        watch.done();
        onClosed(event);
      },
    },
  });
  return {
    client,
    get tokenSent() {
      return tokenSent;
    },
  };
}

/** Other servers may send other things with a ping, or nothing. */
function readPositions(payload: Record<string, unknown> | undefined): readonly (readonly [string, string])[] {
  const positions = payload?.['positions'];
  if (typeof positions !== 'object' || positions === null) return [];
  return Object.entries(positions).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
}

/** The `readyState` of a socket that can be written to, in browsers and in packages. */
const OPEN = 1;

function isOpen(socket: unknown): boolean {
  return typeof socket === 'object' && socket !== null && 'readyState' in socket && socket.readyState === OPEN;
}

/**
 * graphql-ws takes its listeners off a socket that it gives up before that was open; the package ws throws what the socket
 * then says of itself, unless somebody listens.
 */
function withErrorListener(webSocket: WebSocketConstructor): WebSocketConstructor {
  return class extends webSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol);
      this.addEventListener('error', () => {});
    }
  };
}

/** Calls back when what is expected takes too long; one thing at a time. */
function createWatch(tooLate: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    expect(ms: number) {
      clearTimeout(timer);
      timer = setTimeout(tooLate, ms);
    },
    done: () => clearTimeout(timer),
  };
}
