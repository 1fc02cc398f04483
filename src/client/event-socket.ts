/** One WebSocket for all streams of a client: opened for the first, closed after the last. */
import { createClient } from 'graphql-ws/client';
import { isJsonObject, type JsonObject } from '../json/json.ts';
import type { HooklineClientError } from './client-error.ts';
import type { Credentials } from './credentials.ts';
import { readSocketEnd } from './socket-end.ts';

/** A class like the WebSocket of browsers. */
export type WebSocketConstructor = new (
  url: string,
  protocol: string,
) => { addEventListener(type: 'error', listener: () => void): void };

export interface EventSocketOptions {
  /** Of GraphQL over HTTP. */
  readonly url: string;
  readonly credentials: Credentials;
  readonly webSocket: WebSocketConstructor;
  /** So long after the last sign of the server it is asked for one, and has as long to give it, or to let a socket in. */
  readonly heartbeatMs: number;
}

export interface SubscriptionSink {
  /** The server has let the socket in. */
  connected(): void;
  next(data: JsonObject): void;
  /** Called once, and nothing after it. */
  end(error: HooklineClientError): void;
}

export interface EventSocket {
  /** Returns what stops it: nothing is called afterwards. */
  subscribe(query: string, variables: JsonObject, sink: SubscriptionSink): () => void;
  /** The token that the last connection began with. */
  readonly tokenSent: string;
}

/** The `readyState` of a socket that can be written to, in browsers and in packages. */
const OPEN = 1;

export function createEventSocket({ url, credentials, webSocket, heartbeatMs }: EventSocketOptions): EventSocket {
  const open = new Set<SubscriptionSink>();
  /** Those of `open` that the present connection carries. */
  const carried = new Set<SubscriptionSink>();
  const watch = createWatch(() => client.terminate());
  let tokenSent = '';
  let connection: { readonly readyState: number } | undefined;
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
    on: {
      connecting: () => watch.expect(heartbeatMs),
      connected(socket) {
        watch.done();
        connection = readyStateOf(socket);
        for (const sink of open) carry(sink);
      },
      ping: (received) => received || watch.expect(heartbeatMs),
      pong: (received) => received && watch.done(),
      closed(event) {
        watch.done();
        // Here and not in each subscription: after a close with the code 1000 graphql-ws sends them again as they were.
        for (const sink of [...carried]) sink.end(readSocketEnd(url, event));
      },
    },
  });

  function carry(sink: SubscriptionSink): void {
    carried.add(sink);
    sink.connected();
  }

  function forget(sink: SubscriptionSink): boolean {
    carried.delete(sink);
    return open.delete(sink);
  }

  return {
    get tokenSent() {
      return tokenSent;
    },
    subscribe(query, variables, { connected, next, end }) {
      const sink: SubscriptionSink = {
        connected,
        next,
        end(error) {
          if (!forget(sink)) return;
          dispose();
          end(error);
        },
      };
      open.add(sink);
      const dispose = client.subscribe(
        { query, variables },
        {
          next(result) {
            if (!open.has(sink)) return;
            if (isJsonObject(result.data)) next(result.data);
            else sink.end(readSocketEnd(url, result.errors));
          },
          error: (error) => sink.end(readSocketEnd(url, error)),
          complete: () => sink.end(readSocketEnd(url, undefined)),
        },
      );
      if (connection?.readyState === OPEN) carry(sink);
      return () => {
        if (forget(sink)) dispose();
      };
    },
  };
}

/** graphql-ws does not say what it opened; it was made by the class it was given. */
function readyStateOf(socket: unknown): { readonly readyState: number } | undefined {
  return typeof socket === 'object' && socket !== null && 'readyState' in socket
    ? (socket as { readyState: number })
    : undefined;
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
