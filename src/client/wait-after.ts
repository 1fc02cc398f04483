import { backOffMs } from './back-off.ts';
import type { HooklineClientError } from './client-error.ts';

export interface StreamHealth {
  /** Ends in a row, without a sign of health between them. */
  readonly failures: number;
  /** Whether the server has ever let it in. */
  readonly everConnected: boolean;
  /** How many failures are borne where patience is not enough. */
  readonly retries: number;
}

/** Milliseconds until a stream that ended so goes on; null when it does not. */
export function waitAfter(
  error: HooklineClientError,
  { failures, everConnected, retries }: StreamHealth,
): number | null {
  const wait = backOffMs(failures, error.retryAfterS);
  switch (error.code) {
    // What ended them is mended by going on: after the last event, with another token, with the oldest event.
    case 'SLOW_CONSUMER':
    case 'UNAUTHENTICATED':
    case 'CURSOR_EXPIRED':
      return failures === 0 ? 0 : wait;
    // A server that was there comes back. One that never was may not be where it is looked for.
    case 'UNREACHABLE':
    case 'SERVICE_UNAVAILABLE':
    case 'RATE_LIMITED':
      return everConnected || failures < retries ? wait : null;
    case 'INTERNAL_ERROR':
      return failures < retries ? wait : null;
    default:
      return null;
  }
}
