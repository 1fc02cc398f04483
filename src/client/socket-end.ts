/** What the end of a socket, or of a subscription on it, tells. */
import { isJsonObject } from '../json/json.ts';
import { HooklineClientError, type ClientErrorCode } from './client-error.ts';
import { readErrors } from './read-errors.ts';

/** docs/PROTOCOL.md lists them; any other code is a connection that broke. */
const CLOSE_MEANS: ReadonlyMap<number, ClientErrorCode> = new Map<number, ClientErrorCode>([
  [1001, 'SERVICE_UNAVAILABLE'],
  [1009, 'PAYLOAD_TOO_LARGE'],
  [1013, 'RATE_LIMITED'],
  [4400, 'UNREADABLE_ANSWER'],
  [4403, 'UNAUTHENTICATED'],
  [4406, 'UNREADABLE_ANSWER'],
  [4413, 'SLOW_CONSUMER'],
  [4500, 'INTERNAL_ERROR'],
]);

/** @param end GraphQL errors, a close event, an error event, or nothing when the server completed the subscription. */
export function readSocketEnd(url: string, end: unknown): HooklineClientError {
  if (Array.isArray(end)) return readErrors(end);
  const { code, reason } = closeOf(end);
  const means = code === undefined ? undefined : CLOSE_MEANS.get(code);
  // The server's reasons begin with their code.
  const message =
    reason?.replace(/^[A-Z_]+: /, '') ||
    (end === undefined ? 'The server ended the subscription.' : `The connection to ${url} broke.`);
  return new HooklineClientError(means ?? 'UNREACHABLE', message, { cause: end });
}

function closeOf(end: unknown): { code?: number; reason?: string } {
  // Of a browser or a package, so no object of plain JSON; but it has what such an object has.
  if (!isJsonObject(end) || typeof end['code'] !== 'number') return {};
  return { code: end['code'], reason: typeof end['reason'] === 'string' ? end['reason'] : '' };
}
