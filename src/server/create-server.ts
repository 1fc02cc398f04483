/** The server: its doors, in the order in which a request meets them. */
import { fastify, LogController, type FastifyInstance } from 'fastify';
import { restFacade } from '../rest/rest-facade.ts';
import { identify } from './bearer.ts';
import { createGraphQL } from './create-graphql.ts';
import { graphqlOverHttp } from './graphql-http.ts';
import { graphqlOverWebSocket } from './graphql-websocket.ts';
import { createFairTurns } from './fair-turns.ts';
import { SERVER_LIMITS } from './limits.ts';
import { operationsPages } from './operations.ts';
import {
  answerErrors,
  answerNotFound,
  refuseExpectation,
  refuseMalformed,
  requireHost,
  SAFE_HEADERS,
} from './answer-errors.ts';
import type { ServerDeps } from './server-deps.ts';
import { stopping } from './stopping.ts';

export type { ServerDeps } from './server-deps.ts';

/** Ready to `listen`. `close` takes no new work, ends subscriptions, closes sockets with 1001 and lets requests finish. */
export async function createServer(given: ServerDeps): Promise<FastifyInstance> {
  const deps = { ...given, authenticate: inTurn(given.authenticate) };
  const closing = new AbortController();
  const server: FastifyInstance = fastify({
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: SERVER_LIMITS.bodyBytes,
    requestTimeout: SERVER_LIMITS.requestMs,
    routerOptions: { maxParamLength: SERVER_LIMITS.pathParameterChars },
    forceCloseConnections: 'idle',
    // With its own words; ours are below.
    return503OnClosing: false,
    clientErrorHandler: refuseMalformed,
    http: { requireHostHeader: false },
    // Errors before there is a route, and so before the hooks below.
    frameworkErrors: (error, _request, reply) => answerErrors(deps, error, reply.headers(SAFE_HEADERS)),
  });
  server.server.maxConnections = SERVER_LIMITS.connections;
  server.server.on('checkExpectation', refuseExpectation);
  server.addHook('preClose', async () => closing.abort());
  endSlowRequests(server);
  server.addHook('onRequest', async (request) => {
    if (closing.signal.aborted) throw stopping('Send this again in a moment.');
    requireHost(request);
  });
  server.addHook('onSend', async (_request, reply) => {
    reply.headers(SAFE_HEADERS);
    // A connection that is kept for a next request would keep the server up.
    if (closing.signal.aborted) reply.header('connection', 'close');
  });

  server.setErrorHandler((error, _request, reply) => answerErrors(deps, error, reply));
  server.setNotFoundHandler((request, reply) => answerNotFound(request.url, reply));
  operationsPages(server, deps);
  const graphql = createGraphQL(deps);
  await server.register(graphqlOverHttp, { deps, graphql, closing: closing.signal });
  graphqlOverWebSocket(server, { deps, graphql, closing: closing.signal });
  await server.register(restFacade, {
    prefix: '/api/v1',
    useCases: deps.useCases,
    identify: (authorization: string | undefined) => identify(deps, authorization),
  });
  return server;
}

/** Whoever is let in waits until it is its tenant's turn. */
function inTurn(authenticate: ServerDeps['authenticate']): ServerDeps['authenticate'] {
  const turns = createFairTurns();
  return async (token) => {
    const actor = await authenticate(token);
    await turns.take(actor.tenant?.id ?? '');
    return actor;
  };
}

/** A request that does not end, or whose body does not come, must not keep the server up. */
function endSlowRequests(server: FastifyInstance): void {
  let clock: NodeJS.Timeout | undefined;
  server.addHook('preClose', async () => {
    clock = setTimeout(() => server.server.closeAllConnections(), SERVER_LIMITS.answerMs).unref();
  });
  // Emitted when the last connection has gone.
  server.server.once('close', () => clearTimeout(clock));
}
