/** GraphQL for every transport: one Yoga with the schema, the limits and one shape of errors. */
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import { GraphQLError } from 'graphql';
import { HooklineError } from '../errors/hookline-error.ts';
import { buildSchema } from '../schema/build-schema.ts';
import type { SchemaContext } from '../schema/context.ts';
import { RelatedReads } from '../schema/related-reads.ts';
import { createBoundedTexts } from './bounded-texts.ts';
import type { DoorContext } from './door-context.ts';
import { endOnce } from './end-once.ts';
import { BAD_REQUEST, toGraphQLError } from './graphql-error.ts';
import { DOCUMENT_CACHE, SERVER_LIMITS } from './limits.ts';
import { queryGuards } from './query-guard.ts';
import type { ServerDeps } from './server-deps.ts';
import { shareSubscriptions } from './share-subscriptions.ts';
import { stopping } from './stopping.ts';
import { createSubjectQuota } from './subject-quota.ts';

export const GRAPHQL_PATH = '/graphql';

export type GraphQLDoor = YogaServerInstance<DoorContext, SchemaContext>;

export function createGraphQL(deps: ServerDeps): GraphQLDoor {
  const { useCases, prisma, log, production } = deps;
  return createYoga<DoorContext, SchemaContext>({
    schema: buildSchema(),
    graphqlEndpoint: GRAPHQL_PATH,
    context: ({ caller, callerGone, lastEventId }) => ({
      caller,
      useCases,
      prisma,
      callerGone,
      resumeAfter: lastEventId,
      related: new RelatedReads(useCases, caller),
    }),
    plugins: [
      readBodies(),
      checkParams(),
      ...queryGuards({ production }),
      shareSubscriptions(deps),
      boundStreams(),
      answerWithEvents(),
      shapeErrors(deps),
    ],
    maskedErrors: { maskError: (error) => toGraphQLError(log, error) },
    maxRequestBodySize: SERVER_LIMITS.bodyBytes,
    multipart: false,
    batching: false,
    // Validated again for other rules, so not across rights; Yoga's own caches count documents, of any length.
    parserAndValidationCache: {
      documentCache: createBoundedTexts(DOCUMENT_CACHE),
      errorCache: createBoundedTexts(DOCUMENT_CACHE),
    },
    cors: false,
    logging: false,
    landingPage: false,
    healthCheckEndpoint: '/graphql/health-is-elsewhere',
    graphiql: production ? false : { title: 'Hookline', defaultQuery: '{ viewer { subject roles tenant { slug } } }' },
    renderGraphiQL,
  });
}

/** Yoga passes on whatever its parsers throw, with the words of the JSON parser and as if it had been GraphQL. */
function readBodies(): Plugin<DoorContext> {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (!requestParser) return;
      setRequestParser(async (request) => {
        try {
          return await requestParser(request);
        } catch (error) {
          if (isTooLarge(error)) throw error;
          throw badRequest(
            'The request is not JSON in the form {"query": "…", "variables": {…}, "operationName": "…"}.',
          );
        }
      });
    },
  };
}

function isTooLarge(error: unknown): boolean {
  return error instanceof GraphQLError && error.extensions['code'] === 'REQUEST_ENTITY_TOO_LARGE';
}

function checkParams(): Plugin<DoorContext> {
  return {
    onParams({ params, context, setResult }) {
      const refusal = 'refusal' in context ? context.refusal : undefined;
      if (refusal instanceof HooklineError) return setResult({ errors: [toRefusal(refusal)] });
      // Yoga checks the other members.
      const operationName: unknown = params.operationName;
      if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
        throw badRequest('"operationName" must be a string.');
      }
    },
  };
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: BAD_REQUEST, http: { status: 400 } } });
}

function toRefusal(refusal: HooklineError): GraphQLError {
  return new GraphQLError(refusal.message, { originalError: refusal });
}

/** Streams over HTTP end with the server, and a subject has only so many; a socket has its own ways for both. */
function boundStreams(): Plugin<DoorContext> {
  const quota = createSubjectQuota(SERVER_LIMITS.streamsPerSubject);
  return {
    onSubscribe: ({ args }) => ({
      onSubscribeResult({ result, setResult }) {
        const { closing, caller } = args.contextValue;
        if (!closing || !caller || !(Symbol.asyncIterator in result)) return;
        const release = quota(caller);
        const stream = endOnce(result, closing, stopping('Subscribe again after the last cursor you have.'), release);
        if (release) return setResult(stream);
        void stream.return?.();
        setResult({ errors: [toRefusal(tooManyStreams())] });
      },
    }),
  };
}

/** Yoga's own way to write Server-Sent Events has no ids, and makes the text of each anew. */
function answerWithEvents(): Plugin<DoorContext, DoorContext> {
  return {
    onResultProcess({ result, resultProcessor, setResultProcessor, serverContext: { eventStream } }) {
      if (!resultProcessor || !eventStream || Array.isArray(result) || !(Symbol.asyncIterator in result)) return;
      setResultProcessor((events, { Response }) => {
        if (Symbol.asyncIterator in events) eventStream.follow(events);
        return new Response(null, { headers: EVENT_STREAM_HEADERS });
      }, 'text/event-stream');
    },
  };
}

const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'content-encoding': 'none',
};

function tooManyStreams(): HooklineError {
  return new HooklineError(
    'RATE_LIMITED',
    `At most ${SERVER_LIMITS.streamsPerSubject} streams at a time for one subject. End one, or follow more on a WebSocket.`,
    { retryAfterS: 1 },
  );
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
