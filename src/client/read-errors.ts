/** Errors of a GraphQL answer, as they come over the wire, read into the one error that is thrown. */
import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.ts';
import type { ErrorDetail, ErrorDetails } from '../errors/hookline-error.ts';
import { isJsonObject } from '../json/json.ts';
import { HooklineClientError } from './client-error.ts';

/** The first of them decides; one that cannot be read is UNREADABLE_ANSWER. */
export function readErrors(errors: unknown, retryAfterS?: number): HooklineClientError {
  const list: readonly unknown[] = Array.isArray(errors) ? errors : [];
  const [first] = list;
  const extensions = isJsonObject(first) ? first['extensions'] : undefined;
  const code = isJsonObject(extensions) ? extensions['code'] : undefined;
  if (!isJsonObject(first) || !isJsonObject(extensions) || !isErrorCode(code)) return unreadable(errors);
  const message = typeof first['message'] === 'string' ? first['message'] : ERROR_CODES[code].when;
  return new HooklineClientError(code, message, { details: readDetails(extensions['details']), retryAfterS });
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}

function unreadable(cause: unknown): HooklineClientError {
  return new HooklineClientError(
    'UNREADABLE_ANSWER',
    'The server refused, with a code that this client does not know.',
    {
      cause,
    },
  );
}

function readDetails(details: unknown): ErrorDetails | undefined {
  if (Array.isArray(details)) return details.filter(isErrorDetail);
  if (!isJsonObject(details)) return undefined;
  const { cause, revision, cursor, oldest } = details;
  if (typeof cause === 'string') return { cause };
  if (typeof revision === 'number') return { revision };
  if (typeof cursor === 'string') return { cursor };
  return typeof oldest === 'string' ? { oldest } : undefined;
}

function isErrorDetail(detail: unknown): detail is ErrorDetail {
  if (!isJsonObject(detail) || typeof detail['message'] !== 'string') return false;
  const { pointer, line, column } = detail;
  return typeof pointer === 'string' || (typeof line === 'number' && typeof column === 'number');
}
