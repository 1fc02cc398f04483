/** Errors of every path but /graphql, as problem documents; Fastify's and Node's own bodies never pass through. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HooklineError } from '../errors/hookline-error.ts';
import { PROBLEM_MEDIA_TYPE, sendProblem, toProblem } from '../rest/problem-document.ts';
import { readFastifyError } from './fastify-error.ts';
import { maskError } from './mask-error.ts';
import type { ServerDeps } from './server-deps.ts';

export const SAFE_HEADERS = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

export function answerErrors(deps: ServerDeps, error: unknown, reply: FastifyReply): void {
  sendProblem(reply, readFastifyError(error) ?? maskError(deps.log, error));
}

export function answerNotFound(path: string, reply: FastifyReply): void {
  sendProblem(reply, new HooklineError('NOT_FOUND', `There is nothing at ${path.slice(0, 200)}.`));
}

/** `Expect` with anything but 100-continue, which Node would answer with an empty body. */
export function refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const error = new HooklineError('INVALID_INPUT', 'The only expectation that is understood is 100-continue.');
  const body = JSON.stringify(toProblem(error, 417));
  response
    .writeHead(417, {
      'content-type': PROBLEM_MEDIA_TYPE,
      'content-length': Buffer.byteLength(body),
      connection: 'close',
      ...SAFE_HEADERS,
    })
    .end(body);
}

/** RFC 9112, 3.2. Node checks it as well, and would answer with an empty body. @throws HooklineError INVALID_INPUT */
export function requireHost({ raw }: FastifyRequest): void {
  if (raw.httpVersion === '1.1' && raw.headers.host === undefined)
    throw new HooklineError('INVALID_INPUT', 'A request needs a Host header.');
}

/** What is not HTTP, or too much of it, never becomes a request. */
export function refuseMalformed(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem = toProblem(new HooklineError('INVALID_INPUT', 'This is not an HTTP request that can be read.'));
  const body = JSON.stringify(problem);
  const head = [
    'HTTP/1.1 400 Bad Request',
    'Connection: close',
    `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
