/** Fastify's own errors as errors of the table; undefined for what is not Fastify's word about a request. */
import { HooklineError } from '../errors/hookline-error.ts';
import { SERVER_LIMITS } from './limits.ts';

export function readFastifyError(error: unknown): HooklineError | undefined {
  if (error instanceof HooklineError) return error;
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
  switch (error.statusCode) {
    case 413:
      return new HooklineError('PAYLOAD_TOO_LARGE', `A request body may have ${SERVER_LIMITS.bodyBytes} bytes.`);
    case 415:
      return new HooklineError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.');
    case 503:
      return new HooklineError('SERVICE_UNAVAILABLE', 'The server is stopping. Try again in a moment.', {
        retryAfterS: 1,
      });
    default:
      return error.statusCode >= 400 && error.statusCode < 500
        ? new HooklineError('INVALID_INPUT', 'The request cannot be read: its path, headers or body are malformed.')
        : undefined;
  }
}
