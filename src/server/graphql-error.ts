/** GraphQL errors in the one shape of this API, whatever threw them: a resolver, graphql-js, Yoga or a bug. */
import type { FastifyBaseLogger } from 'fastify';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import { maskError } from './mask-error.ts';

/** What Yoga makes of an error over HTTP; it takes it out of the answer. `spec`: not for `application/json`, where 200 is the rule. */
export interface HttpHints {
  readonly status?: number;
  readonly spec?: boolean;
  readonly headers?: Record<string, string>;
}

const YOGA_STATUS_CODES = new Map<unknown, ErrorCode>([
  [405, 'METHOD_NOT_ALLOWED'],
  [413, 'PAYLOAD_TOO_LARGE'],
  [415, 'UNSUPPORTED_MEDIA_TYPE'],
]);
/** Yoga's code for what is not a GraphQL request at all. */
export const BAD_REQUEST = 'BAD_REQUEST';
/** What has its HTTP status for every client, also for those that accept `application/json`. */
const NEVER_GRAPHQL = new Set<ErrorCode>([
  'METHOD_NOT_ALLOWED',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'INTERNAL_ERROR',
]);
const QUERY_CODES = new Set<unknown>([
  'GRAPHQL_VALIDATION_FAILED',
  'GRAPHQL_PARSE_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
]);

export function toGraphQLError(log: FastifyBaseLogger, error: unknown): GraphQLError {
  if (isOurs(error)) return error;
  const cause = findCause(error);
  // What ended a stream has been shaped already, and graphql-ws has put its own error around it.
  if (isOurs(cause)) return cause;
  const known = cause instanceof HooklineError ? cause : readFrameworkError(cause);
  const masked = known ?? maskError(log, cause);
  const outer = error instanceof GraphQLError ? error : undefined;
  return new GraphQLError(masked.message, {
    nodes: outer?.nodes ?? null,
    source: outer?.source ?? null,
    positions: outer?.positions ?? null,
    path: outer?.path ?? null,
    extensions: { ...masked.toExtensions(), http: httpHints(masked, outer) },
  });
}

/** As JSON, without what was meant for the HTTP layer. */
export function formatGraphQLError(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...rest } = error.toJSON();
  const { http: _, ...shown } = extensions ?? {};
  return { ...rest, extensions: shown };
}

function isOurs(error: unknown): error is GraphQLError {
  return (
    error instanceof GraphQLError &&
    !error.originalError &&
    typeof error.extensions['code'] === 'string' &&
    Object.hasOwn(ERROR_CODES, error.extensions['code'])
  );
}

/** The HooklineError inside, if there is one; a GraphQLError that says itself what is wrong; else the innermost error. */
function findCause(error: unknown): unknown {
  if (!(error instanceof GraphQLError) || !error.originalError) return error;
  const inner = findCause(error.originalError);
  // Around a variable that does not fit, graphql-js says which one it is and where; what is inside does not.
  return inner instanceof GraphQLError && !error.path && error.nodes?.length ? error : inner;
}

/** What graphql-js and Yoga say of a request. Undefined for everything that is a bug of ours. */
function readFrameworkError(error: unknown): HooklineError | undefined {
  if (!(error instanceof GraphQLError)) return undefined;
  const { code, http } = error.extensions;
  const status = isHttpHints(http) ? http.status : undefined;
  const message = withoutSuggestion(error.message);
  if (QUERY_CODES.has(code) || message.startsWith('Syntax Error')) return new HooklineError('QUERY_REJECTED', message);
  if (status !== undefined) return new HooklineError(YOGA_STATUS_CODES.get(status) ?? 'INVALID_INPUT', message);
  // graphql-js points at the document when a variable or an argument is wrong, and at nothing when our own value does not fit.
  return error.nodes?.length ? new HooklineError('INVALID_INPUT', message) : undefined;
}

/** Suggestions spell out a schema that a caller may not be allowed to read. */
function withoutSuggestion(message: string): string {
  return message.replace(/\s*Did you mean [^?]*\?/g, '');
}

/** Of an error that `toGraphQLError` has shaped. */
export function httpHintsOf({ extensions: { http } }: GraphQLError): HttpHints {
  return isHttpHints(http) ? http : {};
}

function httpHints(error: HooklineError, outer: GraphQLError | undefined): HttpHints {
  const given = outer ? httpHintsOf(outer) : {};
  const retry = error.retryAfterS === undefined ? {} : { 'retry-after': String(error.retryAfterS) };
  const headers = { ...given.headers, ...retry };
  // An error with a path is part of an answer, and answers are 200.
  if (outer?.path) return { headers };
  const neverGraphQL = NEVER_GRAPHQL.has(error.code) || outer?.extensions['code'] === BAD_REQUEST;
  return { status: error.httpStatus, spec: !neverGraphQL, headers };
}

function isHttpHints(value: unknown): value is HttpHints {
  return typeof value === 'object' && value !== null;
}
