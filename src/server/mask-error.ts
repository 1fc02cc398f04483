/** What a caller may see of an error: those of the table as they are, everything else as INTERNAL_ERROR with an id that the log has. */
import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { HooklineError } from '../errors/hookline-error.ts';

export function maskError(log: FastifyBaseLogger, error: unknown): HooklineError {
  if (error instanceof HooklineError) return error;
  const errorId = randomUUID();
  log.error({ err: error, errorId }, 'A request met a bug');
  return new HooklineError(
    'INTERNAL_ERROR',
    `Something went wrong in the server. The log has it as ${errorId}; quote that when you report it.`,
  );
}
