/** A client of Hookline: questions over HTTP, events over a WebSocket. */
import { createClient } from 'graphql-ws';
import { isJsonObject, type JsonObject } from '../../src/json/json.ts';
import { FOLLOW_EVENTS, type Operation, type WatchedEvent } from './documents.ts';

export interface ServerAddress {
  /** Such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly token: string;
}

export interface EventSink {
  onEvent(event: WatchedEvent): void;
  /** The stream has ended; with an error unless it was stopped. */
  onEnd(error?: Error): void;
}

/** A server that cannot be reached, or refused. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}

export async function ask<Data>(
  { url, token }: ServerAddress,
  operation: Operation<Data>,
  variables: JsonObject = {},
): Promise<Data> {
  const response = await fetch(new URL('/graphql', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: operation.text, variables }),
  }).catch((error: unknown) => {
    throw new DemoError(`No server answers at ${url}. Start one with "npm start", or leave --url out.`, {
      cause: error,
    });
  });
  const answer: unknown = await response.json();
  if (!isJsonObject(answer)) throw new DemoError(`What answers at ${url} is not Hookline.`);
  if (answer['errors'] !== undefined) throw new DemoError(reasonOf(answer['errors']));
  // The operation's text and its type stand side by side in documents.ts.
  return answer['data'] as Data;
}

/** Every event of the tenant after a cursor, then live. Returns what stops it. */
export function followEvents({ url, token }: ServerAddress, after: string, sink: EventSink): () => Promise<void> {
  const client = createClient({
    url: new URL('/graphql', url).href.replace(/^http/, 'ws'),
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  client.subscribe<{ events: WatchedEvent }>(
    { query: FOLLOW_EVENTS.text, variables: { after } },
    {
      next: ({ data, errors }) => (data ? sink.onEvent(data.events) : sink.onEnd(new DemoError(reasonOf(errors)))),
      error: (error) => sink.onEnd(new DemoError(reasonOf(error))),
      complete: () => sink.onEnd(),
    },
  );
  return async () => client.dispose();
}

/** The server's own words: GraphQL errors, a close event of the socket, or an error of the network. */
function reasonOf(error: unknown): string {
  if (Array.isArray(error)) return error.map(reasonOf).join('; ');
  if (error instanceof Error) return error.message;
  if (typeof error !== 'object' || error === null) return 'The server gave no reason.';
  if ('message' in error && typeof error.message === 'string') {
    const extensions = 'extensions' in error ? error.extensions : undefined;
    const code = typeof extensions === 'object' && extensions !== null && 'code' in extensions ? extensions.code : null;
    return typeof code === 'string' ? `${error.message} (${code})` : error.message;
  }
  if ('reason' in error && 'code' in error)
    return `The socket was closed: ${String(error.code)} ${String(error.reason)}`;
  return 'The server gave no reason.';
}
