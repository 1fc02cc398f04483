/** The facade as Fastify routes, made from the table. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../auth/actor.ts';
import { requireRole } from '../auth/require-role.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import { findJsonProblem } from '../json/json-problem.ts';
import type { Json } from '../json/json.ts';
import { USE_CASE_ROLES, type UseCases } from '../plugins/use-cases.ts';
import { apiPages } from './api-pages.ts';
import { sendProblem } from './problem-document.ts';
import type { RestRoute } from './rest-route.ts';
import { REST_ROUTES } from './rest-routes.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

type RouteRequest = FastifyRequest<{ Params: Record<string, string>; Querystring: Record<string, unknown> }>;

export interface RestDeps {
  readonly useCases: UseCases;
  /** Who sent the Authorization header; null for nobody. @throws HooklineError UNAUTHENTICATED. */
  readonly identify: (authorization: string | undefined) => Promise<Actor | null>;
}

export async function restFacade(scope: FastifyInstance, deps: RestDeps): Promise<void> {
  await scope.register(apiPages);
  await scope.register(async (api) => {
    api.removeAllContentTypeParsers();
    api.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => done(null, text));
    for (const route of REST_ROUTES) addRoute(api, deps, route);
    for (const path of new Set(REST_ROUTES.map((route) => route.path))) refuseOtherMethods(api, path);
  });
}

function addRoute(api: FastifyInstance, deps: RestDeps, route: RestRoute): void {
  const callers = new WeakMap<FastifyRequest, Actor | null>();
  api.route<{ Params: Record<string, string>; Querystring: Record<string, unknown> }>({
    method: route.method,
    url: toFastifyPath(route.path),
    // Before the body is read: who may not is told so, whatever was sent. The use case asks again.
    onRequest: async (request) => {
      const caller = await deps.identify(request.headers.authorization);
      requireRole(caller, USE_CASE_ROLES[route.useCase]);
      callers.set(request, caller);
    },
    handler: async (request, reply) => answer(deps, route, callers.get(request) ?? null, request, reply),
  });
}

async function answer(
  deps: RestDeps,
  route: RestRoute,
  caller: Actor | null,
  request: RouteRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const ifMatch = route.revisioned ? request.headers['if-match'] : undefined;
  try {
    const { params, query } = request;
    const { body, etag } = await route.run(deps.useCases, caller, {
      params,
      query,
      body: readBody(request.body),
      ifMatch,
    });
    if (etag !== undefined) reply.header('etag', etag);
    return await reply.send(body);
  } catch (error) {
    // The one answer that depends on how it was asked: a precondition that the client named has failed.
    if (ifMatch !== undefined && error instanceof HooklineError && isOfRevision(error))
      return sendProblem(reply, error, 412);
    throw error;
  }
}

/** There are other conflicts, such as two files of one name, which no precondition is about. */
function isOfRevision({ code, details }: HooklineError): boolean {
  return code === 'CONFLICT' && details !== undefined && 'revision' in details;
}

/** The JSON of a body; undefined for an empty one. @throws HooklineError INVALID_INPUT */
function readBody(text: unknown): Json | undefined {
  if (typeof text !== 'string' || text.trim() === '') return undefined;
  const value = parseJson(text);
  const problem = findJsonProblem(value);
  if (problem)
    throw new HooklineError('INVALID_INPUT', `The value at ${problem.pointer || 'the root'} ${problem.message}.`, {
      details: [problem],
    });
  return value as Json;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HooklineError('INVALID_INPUT', 'The body is not JSON.');
  }
}

function refuseOtherMethods(api: FastifyInstance, path: string): void {
  const allowed = REST_ROUTES.filter((route) => route.path === path).map(({ method }) => method as string);
  if (allowed.includes('GET')) allowed.push('HEAD');
  api.route({
    method: METHODS.filter((method) => !allowed.includes(method)),
    url: toFastifyPath(path),
    // Before the body is looked at: its type does not matter here.
    onRequest: async (request, reply) => {
      reply.header('allow', allowed.join(', '));
      throw new HooklineError(
        'METHOD_NOT_ALLOWED',
        `${request.method} is not allowed here; allowed are ${allowed.join(', ')}.`,
      );
    },
    handler: () => undefined,
  });
}

function toFastifyPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
