/** What has been executed as an HTTP answer: the status and headers of its errors, and its body. */
import type { FastifyBaseLogger } from 'fastify';
import { formatGraphQLError, httpHintsOf, toGraphQLError } from './graphql-error.ts';
import type { AnswerMediaType } from './read-accept.ts';

/** What came of an operation; nothing else of it is answered. */
export interface Executed {
  readonly data?: unknown;
  readonly errors?: readonly unknown[] | undefined;
}

export interface JsonAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** GraphQL over HTTP: `application/json` has 200 for whatever GraphQL itself says; of several statuses it is the highest. */
export function toJsonAnswer(
  log: FastifyBaseLogger,
  { data, errors }: Executed,
  mediaType: AnswerMediaType,
): JsonAnswer {
  const contentType = { 'content-type': `${mediaType}; charset=utf-8` };
  if (!errors) return { status: 200, headers: contentType, body: JSON.stringify({ data }) };
  const shaped = errors.map((error) => toGraphQLError(log, error));
  const hints = shaped.map(httpHintsOf);
  const statuses = hints.map(({ status, spec }) => (spec && mediaType === 'application/json' ? 0 : (status ?? 0)));
  return {
    status: Math.max(...statuses) || 200,
    headers: { ...contentType, ...Object.fromEntries(hints.flatMap(({ headers = {} }) => Object.entries(headers))) },
    body: JSON.stringify({ errors: shaped.map(formatGraphQLError), data }),
  };
}
