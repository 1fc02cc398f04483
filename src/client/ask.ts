/** Questions and calls over HTTP. */
import { isJsonObject } from '../json/json.ts';
import { backOffMs, pause } from './back-off.ts';
import { HooklineClientError, type ClientErrorCode } from './client-error.ts';
import type { Credentials } from './credentials.ts';
import { joinSignals } from './join-signals.ts';
import type { Operation } from './operations.ts';
import { readErrors } from './read-errors.ts';

export interface AskDeps {
  /** Of GraphQL, such as `http://127.0.0.1:4000/graphql`. */
  readonly url: string;
  readonly credentials: Credentials;
  readonly fetch: typeof globalThis.fetch;
  /** How long one request may take. */
  readonly timeoutMs: number;
  /** How often a request is sent again. */
  readonly retries: number;
  /** Given when the client is closed. */
  readonly closed: AbortSignal;
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether sending it twice does the same as sending it once. */
  readonly repeatable: boolean;
}

/** What may be gone in a moment. */
const WORTH_ANOTHER_TRY: ReadonlySet<ClientErrorCode> = new Set(['UNREACHABLE', 'RATE_LIMITED', 'SERVICE_UNAVAILABLE']);

/** Answers of what stands between a client and its server, when the server is not there. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * One operation's `data`. A token that was refused is replaced once, if there is another.
 * @throws HooklineClientError, or the reason of `signal` when it is given, or what getting a token throws.
 */
export async function ask<Data, Variables>(
  deps: AskDeps,
  operation: Operation<Data, Variables>,
  variables: Variables,
  { signal, repeatable }: AskOptions,
): Promise<Data> {
  const body = bodyOf(operation, variables);
  let refused: string | undefined;
  for (let failures = 0; ;) {
    const token = await deps.credentials.fresh();
    try {
      return await askOnce<Data>(deps, token, body, signal);
    } catch (error) {
      if (!(error instanceof HooklineClientError)) throw error;
      // Refused before anything was done: with another token it may be sent again, whatever it is.
      if (error.code === 'UNAUTHENTICATED' && refused === undefined && token !== (await deps.credentials.fresh())) {
        refused = token;
        continue;
      }
      if (!repeatable || failures >= deps.retries || !WORTH_ANOTHER_TRY.has(error.code)) throw error;
      await pauseBetween(deps, failures++, error, signal);
    }
  }
}

async function pauseBetween(
  { closed }: AskDeps,
  failures: number,
  error: HooklineClientError,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ended = joinSignals([signal, closed]);
  await pause(backOffMs(failures, error.retryAfterS), ended.signal).finally(ended.release);
}

function bodyOf<Data, Variables>(operation: Operation<Data, Variables>, variables: Variables): string {
  try {
    return JSON.stringify({ query: operation.text, variables });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HooklineClientError('INVALID_INPUT', `The input cannot be sent as JSON: ${why}`, { cause });
  }
}

async function askOnce<Data>(
  deps: AskDeps,
  token: string,
  body: string,
  signal: AbortSignal | undefined,
): Promise<Data> {
  const ended = joinSignals([signal, deps.closed], deps.timeoutMs);
  try {
    ended.signal.throwIfAborted();
    const response = await deps.fetch(deps.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        authorization: `Bearer ${token}`,
      },
      body,
      signal: ended.signal,
    });
    return await readAnswer(deps, response);
  } catch (error) {
    if (error instanceof HooklineClientError) throw error;
    signal?.throwIfAborted();
    throw noAnswer(deps, error, ended.signal);
  } finally {
    ended.release();
  }
}

async function readAnswer<Data>({ url }: AskDeps, response: Response): Promise<Data> {
  const text = await response.text();
  const answer = parse(text);
  if (isJsonObject(answer) && answer['errors'] !== undefined) {
    const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw readErrors(answer['errors'], Number.isFinite(retryAfterS) ? retryAfterS : undefined);
  }
  if (isJsonObject(answer) && isJsonObject(answer['data'])) {
    // The operation's text and this type were made from one schema, and the server answers by it.
    return answer['data'] as Data;
  }
  const code = GATEWAY_STATUSES.has(response.status) ? 'UNREACHABLE' : 'UNREADABLE_ANSWER';
  throw new HooklineClientError(code, `What answers at ${url} is not Hookline's GraphQL (HTTP ${response.status}).`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function noAnswer({ url, closed, timeoutMs }: AskDeps, cause: unknown, ended: AbortSignal): HooklineClientError {
  if (closed.aborted) return new HooklineClientError('CLIENT_CLOSED', 'The client was closed.');
  const message = ended.aborted
    ? `${url} did not answer within ${timeoutMs / 1_000} s.`
    : `No server answers at ${url}.`;
  return new HooklineClientError('UNREACHABLE', message, { cause });
}
