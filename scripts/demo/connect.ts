/** Where the demo's server is, and what an admin asks of it; the agent itself has hookline/client. */
import { isJsonObject, type JsonObject } from '../../src/json/json.ts';
import type { Operation } from './documents.ts';

export interface ServerAddress {
  /** Such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly token: string;
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
  });
  const answer: unknown = await response.json();
  if (!isJsonObject(answer)) throw new DemoError(`What answers at ${url} is not Hookline.`);
  const { errors } = answer;
  if (Array.isArray(errors)) throw new DemoError(errors.map(reasonOf).join('; '));
  // The operation's text and its type stand side by side in documents.ts.
  return answer['data'] as Data;
}

/** The server's own words. */
function reasonOf(error: unknown): string {
  if (!isJsonObject(error) || typeof error['message'] !== 'string') return 'The server gave no reason.';
  const code = isJsonObject(error['extensions']) ? error['extensions']['code'] : null;
  return typeof code === 'string' ? `${error['message']} (${code})` : error['message'];
}
