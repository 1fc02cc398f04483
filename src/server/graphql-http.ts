/** GraphQL over HTTP and Server-Sent Events, on `/graphql`. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HooklineError } from '../errors/hookline-error.ts';
import { identify } from './bearer.ts';
import { createCallerGone } from './caller-gone.ts';
import { GRAPHQL_PATH, type GraphQLDoor } from './create-graphql.ts';
import type { DoorContext } from './door-context.ts';
import { createEventStream } from './event-stream.ts';
import { readFastifyError } from './fastify-error.ts';
import { formatGraphQLError, httpHintsOf, toGraphQLError } from './graphql-error.ts';
import { createLeanDoor, type LeanDoor } from './lean-door.ts';
import { SERVER_LIMITS } from './limits.ts';
import type { ServerDeps } from './server-deps.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export async function graphqlOverHttp(
  scope: FastifyInstance,
  options: { deps: ServerDeps; graphql: GraphQLDoor; closing: AbortSignal },
): Promise<void> {
  const { deps, graphql, closing } = options;
  const callerGoneOf = createCallerGone();
  const leanDoor: LeanDoor = deps.leanDoor === false ? async () => null : createLeanDoor(deps, graphql);
  // A form cannot send JSON, so no other site's page can send a mutation.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  scope.addHook('onRequest', async (request) => {
    // Refused before a byte of it is read; Yoga counts the rest.
    if (Number(request.headers['content-length'] ?? 0) > SERVER_LIMITS.bodyBytes) throw tooLarge();
  });
  scope.setErrorHandler((error, _request, reply) => sendError(deps, reply, readFastifyError(error) ?? error));
  scope.route({
    url: GRAPHQL_PATH,
    method: [...METHODS],
    handler: async (request, reply) => {
      // From before the first wait: whoever leaves meanwhile has left.
      const callerGone = callerGoneOf(request.raw, reply.raw);
      const caller = await identifyCaller(deps, request.headers.authorization);
      const answer = await leanDoor(request, { ...caller, callerGone, closing });
      if (answer) return reply.status(answer.status).headers(answer.headers).send(answer.body);
      const eventStream = createEventStream(deps.log, reply.raw);
      const response = await graphql.handleNodeRequestAndResponse(unread(request), reply, {
        ...caller,
        callerGone,
        closing,
        sink: eventStream,
        eventStream,
        lastEventId: readLastEventId(request.headers['last-event-id']),
      });
      if (response.status >= 400 && !response.body) return sendError(deps, reply, emptyAnswer(response.status));
      for (const [name, value] of response.headers) reply.header(name, value);
      if (response.status === 413) endConnection(reply);
      return reply.status(response.status).send(eventStream.body ?? response.body);
    },
  });
}

/** A browser that has seen no event yet sends none, or an empty one. */
function readLastEventId(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined;
}

/** Yoga wants to read a body itself, and would take an empty one for one that is still to come. */
function unread(request: FastifyRequest): FastifyRequest {
  if (Buffer.isBuffer(request.body)) request.body = Readable.from([request.body]);
  return request;
}

async function identifyCaller(deps: ServerDeps, authorization: string | undefined): Promise<DoorContext> {
  try {
    return { caller: await identify(deps, authorization) };
  } catch (error) {
    if (error instanceof HooklineError) return { caller: null, refusal: error };
    throw error;
  }
}

async function sendError(deps: ServerDeps, reply: FastifyReply, error: unknown): Promise<FastifyReply> {
  const shaped = toGraphQLError(deps.log, error);
  const { status = 500, headers } = httpHintsOf(shaped);
  if (status === 413) endConnection(reply);
  return reply
    .status(status)
    .headers(headers ?? {})
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify({ errors: [formatGraphQLError(shaped)] }));
}

/** The rest of a body that nobody reads would be taken for the next request. */
function endConnection(reply: FastifyReply): void {
  reply.header('connection', 'close');
}

/** What Yoga refuses without a word. */
function emptyAnswer(status: number): HooklineError {
  if (status === 415) return new HooklineError('UNSUPPORTED_MEDIA_TYPE', 'Send GraphQL requests as application/json.');
  if (status === 406) {
    return new HooklineError(
      'INVALID_INPUT',
      'Accept application/json or application/graphql-response+json; a subscription comes as text/event-stream, or over a WebSocket.',
    );
  }
  return new HooklineError('INVALID_INPUT', 'Send a query by GET or POST.');
}

function tooLarge(): HooklineError {
  return new HooklineError('PAYLOAD_TOO_LARGE', `A request may have ${SERVER_LIMITS.bodyBytes} bytes.`);
}
