import type { Json } from '../json/json.ts';
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

/** One problem in something a caller sent or wrote, by JSON pointer (RFC 6901) or by line and column (from 1). */
export type ErrorDetail =
  | { readonly pointer: string; readonly message: string }
  | { readonly line: number; readonly column: number; readonly rule?: string; readonly message: string };

export type ErrorDetails =
  | readonly ErrorDetail[]
  | { readonly cause: string }
  | { readonly revision: number }
  | { readonly cursor: string }
  | { readonly oldest: string };

/** A caller's mistake, or a state the caller can act on: a code of the table and a sentence that says what to do. */
export class HooklineError extends Error {
  override readonly name = 'HooklineError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails | undefined;
  /** Seconds after which trying again makes sense (RATE_LIMITED, SERVICE_UNAVAILABLE). */
  readonly retryAfterS: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: ErrorDetails; retryAfterS?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.retryAfterS = options.retryAfterS;
  }

  get httpStatus(): number {
    return ERROR_CODES[this.code].http;
  }

  /** `extensions` of a GraphQL error, and the members a REST problem document adds. */
  toExtensions(): { code: ErrorCode; details?: Json } {
    return this.details === undefined ? { code: this.code } : { code: this.code, details: this.details };
  }
}
