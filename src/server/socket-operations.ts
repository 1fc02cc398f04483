/** What runs on a socket: every operation read, limited and masked by the same Yoga as over HTTP. */
import {
  getOperationAST,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import type { OperationResult, ServerOptions, SubscribePayload } from 'graphql-ws';
import { HooklineError } from '../errors/hookline-error.ts';
import type { GraphQLDoor } from './create-graphql.ts';
import { formatGraphQLError, toGraphQLError } from './graphql-error.ts';
import { SOCKET_LIMITS } from './limits.ts';
import type { ServerDeps } from './server-deps.ts';
import { messageHead } from './event-payload.ts';
import type { EventSink } from './share-subscriptions.ts';
import type { SocketExtra } from './socket-extra.ts';
import { stopping } from './stopping.ts';

type Options = ServerOptions<Record<string, unknown>, SocketExtra>;
type Result = Awaited<OperationResult>;

/** What Yoga gives to run one operation with, its plugins around each step. */
export interface Runner {
  readonly schema: GraphQLSchema;
  parse(query: string): DocumentNode;
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
  contextFactory(): unknown;
  execute(args: ExecutionArgs): OperationResult;
  subscribe(args: ExecutionArgs): OperationResult;
}

export function socketOperations(deps: ServerDeps, graphql: GraphQLDoor, closing: AbortSignal): Options {
  const shape = (error: unknown) => toGraphQLError(deps.log, error);
  const format = (errors: readonly unknown[]) => errors.map((error) => formatGraphQLError(shape(error)));
  // An operation has begun before graphql-ws asks for it: only so can one that never did end with `error`.
  const begun = new WeakMap<ExecutionArgs, Result>();

  async function begin(
    extra: SocketExtra,
    id: string,
    payload: SubscribePayload,
    callerGone: AbortSignal,
  ): Promise<ExecutionArgs | readonly unknown[]> {
    const sink = eventSink(extra, id);
    const runner: Runner = graphql.getEnveloped({ caller: extra.caller, callerGone, sink, params: payload });
    const document = runner.parse(payload.query);
    const errors = runner.validate(runner.schema, document);
    if (errors.length > 0) return errors;
    const args = await toArguments(runner, document, payload);
    const follows = getOperationAST(document, args.operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
    const result = await (follows ? runner.subscribe(args) : runner.execute(args));
    if (!(Symbol.asyncIterator in result) && result.data === undefined && result.errors) return result.errors;
    begun.set(args, result);
    return args;
  }

  function hasBegun(args: ExecutionArgs): Result {
    const result = begun.get(args);
    if (!result) throw new Error('An operation came that was never begun.');
    return result;
  }

  return {
    onSubscribe: async ({ extra, subscriptions }, id, payload) => {
      extra.underWay.begin(payload);
      const gone = new AbortController();
      subscriptions[id] = returns(() => extra.expired || gone.abort());
      const startOrThrow = async () => {
        if (closing.aborted) throw stopping('Send this again in a moment.');
        if (Object.keys(subscriptions).length > SOCKET_LIMITS.operations) throw tooManyOperations();
        return begin(extra, id, payload, gone.signal);
      };
      // Thrown on, an error would close the socket with everything else on it.
      const started = await startOrThrow().catch((error: unknown) => [error]);
      const following = isArguments(started) && Symbol.asyncIterator in hasBegun(started);
      // Nobody waits for the end of a subscription, nor for an answer that the client no longer wants.
      if (following || !(id in subscriptions)) extra.underWay.end(payload);
      return isArguments(started) ? started : started.map(shape);
    },
    execute: hasBegun,
    subscribe: hasBegun,
    onNext: (_ctx, _id, _payload, _args, { errors, data }) => {
      if (!errors) return undefined;
      return data === undefined ? { errors: format(errors) } : { data, errors: format(errors) };
    },
    onError: ({ extra }, _id, payload, errors) => {
      extra.underWay.end(payload);
      return format(errors);
    },
    onComplete: ({ extra }, _id, payload) => extra.underWay.end(payload),
  };
}

/**
 * What graphql-ws returns from when the client completes the operation, or its socket closes. It has a place for that with
 * each operation, which is empty until there is a stream.
 */
function returns(onReturn: () => void): AsyncIterable<never> {
  const done = Promise.resolve({ done: true, value: undefined } as const);
  const stream = {
    next: () => done,
    return() {
      onReturn();
      return done;
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}

/** Writes the `next` messages of an operation. */
function eventSink({ frames, positions }: SocketExtra, id: string): EventSink {
  const head = messageHead(id);
  let resume = () => {};
  return {
    begin(subscription) {
      resume = () => subscription.resume();
      positions.follow(id, subscription);
    },
    write(payload) {
      const more = frames.write(payload.frame(head));
      if (!more) frames.onDrain(resume);
      return more;
    },
  };
}

function isArguments(started: ExecutionArgs | readonly unknown[]): started is ExecutionArgs {
  return !Array.isArray(started);
}

async function toArguments(runner: Runner, document: DocumentNode, payload: SubscribePayload): Promise<ExecutionArgs> {
  const { operationName, variables } = payload;
  if (!getOperationAST(document, operationName)) {
    throw new HooklineError('QUERY_REJECTED', 'The document has several operations, or none of this operationName.');
  }
  return {
    schema: runner.schema,
    document,
    operationName: operationName ?? null,
    variableValues: variables ?? null,
    contextValue: await runner.contextFactory(),
  };
}

function tooManyOperations(): HooklineError {
  return new HooklineError(
    'RATE_LIMITED',
    `A socket may have ${SOCKET_LIMITS.operations} operations at a time. Complete one, or open another socket.`,
    {
      retryAfterS: 1,
    },
  );
}
