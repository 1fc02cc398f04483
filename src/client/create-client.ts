import { createCalls } from './calls.ts';
import type { HooklineClient } from './client.ts';
import { createCredentials, type Token } from './credentials.ts';
import { createEventSocket, type EventSocket } from './event-socket.ts';
import type { FollowDeps } from './keep-following.ts';
import type { WebSocketConstructor } from './protocol-client.ts';
import { runCalls } from './run-calls.ts';
import { createStreams } from './streams.ts';

export interface ClientOptions {
  /** Of the server, such as `https://hookline.example`. */
  readonly url: string;
  /** A JWT, or what gets one: called before every request and every connection. */
  readonly token: Token;
  /** Milliseconds in which one request must be answered; a tool call is one. Default 120,000. */
  readonly timeoutMs?: number | undefined;
  /** How often what may be sent again is sent again. Default 3. */
  readonly retries?: number | undefined;
  /** Events that may wait in a stream to be read. Default 1,000. */
  readonly maxWaitingEvents?: number | undefined;
  /** Milliseconds between two signs of life of a socket, and in which one must open. Default 12,000. */
  readonly heartbeatMs?: number | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Default: the global one, which Node has from version 22 on. The class of the package `ws` will do. */
  readonly webSocket?: WebSocketConstructor | undefined;
}

export const CLIENT_DEFAULTS = {
  timeoutMs: 120_000,
  retries: 3,
  maxWaitingEvents: 1_000,
  heartbeatMs: 12_000,
} as const;

/** Opens no connection before it is needed. @throws TypeError for a URL that is none. */
export function createClient(options: ClientOptions): HooklineClient {
  const closing = new AbortController();
  const closed = closing.signal;
  const url = graphqlUrl(options.url);
  const credentials = createCredentials(options.token);
  const {
    timeoutMs = CLIENT_DEFAULTS.timeoutMs,
    retries = CLIENT_DEFAULTS.retries,
    maxWaitingEvents = CLIENT_DEFAULTS.maxWaitingEvents,
    heartbeatMs = CLIENT_DEFAULTS.heartbeatMs,
    // Looked up at each request, so that a page's or a test's own takes effect; and called as the global's, as browsers demand.
    fetch = (...request) => globalThis.fetch(...request),
  } = options;
  const calls = createCalls({ url, credentials, fetch, timeoutMs, retries, closed });
  let socket: EventSocket | undefined;

  function openStream(): FollowDeps {
    const { webSocket = globalWebSocket() } = options;
    socket ??= createEventSocket({ url, credentials, webSocket, heartbeatMs });
    return { credentials, socket, retries, latestCursor: (signal) => calls.latestCursor({ signal }) };
  }

  const streams = createStreams(openStream, { closed, maxWaiting: maxWaitingEvents });
  return {
    ...calls,
    ...streams,
    run: (names) => runCalls({ ...calls, ...streams }, names),
    close: () => closing.abort(),
  };
}

/** Of GraphQL below the server's address; one that names it already is taken as it is. */
function graphqlUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    throw new TypeError(
      `"url" is ${JSON.stringify(url)}: that is no address of a server, such as http://127.0.0.1:4000.`,
    );
  if (!parsed.pathname.endsWith('/graphql')) parsed.pathname = `${parsed.pathname.replace(/\/+$/, '')}/graphql`;
  return parsed.href;
}

function globalWebSocket(): WebSocketConstructor {
  if (typeof globalThis.WebSocket === 'function') return globalThis.WebSocket;
  throw new TypeError(
    'There is no WebSocket here: give createClient one as `webSocket`, such as that of the package ws.',
  );
}
