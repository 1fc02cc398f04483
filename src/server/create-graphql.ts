/** GraphQL for every transport: one Yoga with the schema, the limits and one shape of errors. */
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import { GraphQLError } from 'graphql';
import { HooklineError } from '../errors/hookline-error.ts';
import { buildSchema } from '../schema/build-schema.ts';
import type { SchemaContext } from '../schema/context.ts';
import type { DoorContext } from './door-context.ts';
import { endOnce } from './end-once.ts';
import { toGraphQLError } from './graphql-error.ts';
import { SERVER_LIMITS } from './limits.ts';
import { queryGuards } from './query-guard.ts';
import type { ServerDeps } from './server-deps.ts';

export const GRAPHQL_PATH = '/graphql';

export type GraphQLDoor = YogaServerInstance<DoorContext, SchemaContext>;

/** `closing` ends every subscription. */
export function createGraphQL(deps: ServerDeps, closing: AbortSignal): GraphQLDoor {
  const { useCases, prisma, log, production } = deps;
  return createYoga<DoorContext, SchemaContext>({
    schema: buildSchema(),
    graphqlEndpoint: GRAPHQL_PATH,
    context: ({ caller }) => ({ caller, useCases, prisma }),
    plugins: [
      readBodies(),
      refuseBadTokens(),
      ...queryGuards({ production }),
      endSubscriptions(closing),
      shapeErrors(deps),
    ],
    maskedErrors: { maskError: (error) => toGraphQLError(log, error) },
    maxRequestBodySize: SERVER_LIMITS.bodyBytes,
    multipart: false,
    batching: false,
    cors: false,
    logging: false,
    landingPage: false,
    healthCheckEndpoint: '/graphql/health-is-elsewhere',
    graphiql: production ? false : { title: 'Hookline', defaultQuery: '{ viewer { subject roles tenant { slug } } }' },
    renderGraphiQL,
  });
}

/** Yoga passes on whatever its parsers throw, with the words of the JSON parser. */
function readBodies(): Plugin<DoorContext> {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (!requestParser) return;
      setRequestParser(async (request) => {
        try {
          return await requestParser(request);
        } catch (error) {
          if (error instanceof GraphQLError) throw error;
          throw new HooklineError(
            'INVALID_INPUT',
            'The request is not JSON with "query", and perhaps "variables" and "operationName".',
          );
        }
      });
    },
  };
}

function refuseBadTokens(): Plugin<DoorContext> {
  return {
    onParams({ context, setResult }) {
      const { refusal } = context as unknown as DoorContext;
      if (refusal) setResult({ errors: [toRefusal(refusal)] });
    },
  };
}

function toRefusal(refusal: HooklineError): GraphQLError {
  return new GraphQLError(refusal.message, { originalError: refusal });
}

function endSubscriptions(closing: AbortSignal): Plugin<DoorContext> {
  return {
    onSubscribe: () => ({
      onSubscribeResult({ result, setResult }) {
        if (Symbol.asyncIterator in result) setResult(endOnce(result, closing));
      },
    }),
  };
}

/** Errors of validation never meet Yoga's mask, so every result is looked at once more. */
function shapeErrors({ log }: ServerDeps): Plugin<DoorContext> {
  return {
    onResultProcess({ result, setResult }) {
      if (Array.isArray(result) || Symbol.asyncIterator in result || !('errors' in result) || !result.errors) return;
      setResult({ ...result, errors: result.errors.map((error) => toGraphQLError(log, error)) });
    },
  };
}
