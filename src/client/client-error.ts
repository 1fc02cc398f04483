import type { ErrorCode } from '../errors/error-codes.ts';
import type { ErrorDetails } from '../errors/hookline-error.ts';

/** What a client can meet beside the codes that the server answers with. */
export const CLIENT_CODES = {
  UNREACHABLE: 'no answer came: no connection, one that broke, or nothing in time; what was asked may have been done',
  UNREADABLE_ANSWER: 'what answered is not Hookline, or of a version that this client does not know',
  CLIENT_CLOSED: 'the client was closed while the call was under way, or before it',
} as const;

export type ClientErrorCode = ErrorCode | keyof typeof CLIENT_CODES;

export interface ClientErrorOptions {
  readonly details?: ErrorDetails | undefined;
  readonly retryAfterS?: number | undefined;
  readonly cause?: unknown;
}

/** Why a call failed or a stream of events ended. `code` tells what to do, `message` is for people. */
export class HooklineClientError extends Error {
  override readonly name = 'HooklineClientError';
  readonly code: ClientErrorCode;
  /** What the server adds to some codes, such as `{ oldest }` to CURSOR_EXPIRED. */
  readonly details: ErrorDetails | undefined;
  /** Seconds after which trying again makes sense, where the server said so. */
  readonly retryAfterS: number | undefined;

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.retryAfterS = options.retryAfterS;
  }

  /** Whether the server answered. If not, nobody knows whether what was asked has been done. */
  get answered(): boolean {
    return !(this.code in CLIENT_CODES);
  }
}
