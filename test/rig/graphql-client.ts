/** What a client program has: typed documents, over `fetch` and over the `graphql-ws` client. */
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { TypedDocumentString } from '../../generated/graphql/graphql.ts';

export interface GraphQLAnswer<T> {
  readonly data?: T | null;
  readonly errors?: readonly GraphQLAnswerError[];
}

export interface GraphQLAnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly details?: unknown };
}

/** A token, or nothing for an anonymous caller. */
type Token = string | undefined;

export async function request<T, V>(
  url: string,
  token: Token,
  document: TypedDocumentString<T, V>,
  variables?: V,
): Promise<GraphQLAnswer<T>> {
  const response = await post(url, token, { query: String(document), variables });
  return (await response.json()) as GraphQLAnswer<T>;
}

export function post(
  url: string,
  token: Token,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** A socket that opens with its first operation and does not try again. */
export function openSocket(url: string, token: Token): Client {
  return createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(token ? { connectionParams: { authorization: `Bearer ${token}` } } : {}),
  });
}

/** What a subscription brings, one at a time. */
export function follow<T, V extends object>(
  client: Client,
  document: TypedDocumentString<T, V>,
  variables?: NoInfer<V>,
) {
  return client.iterate<T>({ query: String(document), variables: Object.fromEntries(Object.entries(variables ?? {})) });
}
