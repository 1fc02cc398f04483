/** Errors of everything but GraphQL: problem documents (RFC 9457). */
import type { FastifyReply } from 'fastify';
import { ERROR_CODES } from '../errors/error-codes.ts';
import type { HooklineError } from '../errors/hookline-error.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export function toProblem(error: HooklineError, status: number = error.httpStatus) {
  const { code, details } = error.toExtensions();
  return {
    type: `urn:hookline:error:${code}`,
    title: ERROR_CODES[code].title,
    status,
    detail: error.message,
    code,
    ...(details === undefined ? {} : { details }),
  };
}

export function sendProblem(reply: FastifyReply, error: HooklineError, status?: number): FastifyReply {
  const problem = toProblem(error, status);
  if (error.retryAfterS !== undefined) reply.header('retry-after', String(error.retryAfterS));
  if (error.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer');
  return reply.status(problem.status).header('content-type', PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
}
