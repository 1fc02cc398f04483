/** What runs on a socket: every operation read, limited and masked by the same Yoga as over HTTP. */
import { getOperationAST, type DocumentNode, type ExecutionArgs, type GraphQLError, type GraphQLSchema } from 'graphql';
import type { OperationResult, ServerOptions, SubscribePayload } from 'graphql-ws';
import { HooklineError } from '../errors/hookline-error.ts';
import type { GraphQLDoor } from './create-graphql.ts';
import { formatGraphQLError, toGraphQLError } from './graphql-error.ts';
import { SOCKET_LIMITS } from './limits.ts';
import type { ServerDeps } from './server-deps.ts';
import type { SocketExtra } from './socket-extra.ts';

type Options = ServerOptions<Record<string, unknown>, SocketExtra>;

/** What Yoga gives to run one operation with, its plugins around each step. */
interface Runner {
  readonly schema: GraphQLSchema;
  parse(query: string): DocumentNode;
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
  contextFactory(): unknown;
  execute(args: ExecutionArgs): OperationResult;
  subscribe(args: ExecutionArgs): OperationResult;
}

export function socketOperations(deps: ServerDeps, graphql: GraphQLDoor): Options {
  const shape = (error: unknown) => toGraphQLError(deps.log, error);
  const format = (errors: readonly unknown[]) => errors.map((error) => formatGraphQLError(shape(error)));
  // An operation is run by what has parsed it; graphql-ws hands on only the arguments.
  const runners = new WeakMap<ExecutionArgs, Runner>();

  async function run(args: ExecutionArgs, how: 'execute' | 'subscribe') {
    try {
      const runner = runners.get(args);
      if (!runner) throw new Error('An operation came that was never parsed.');
      return await runner[how](args);
    } catch (error) {
      return { errors: [shape(error)] };
    }
  }

  return {
    onSubscribe: async ({ extra, subscriptions }, _id, payload) => {
      try {
        if (Object.keys(subscriptions).length > SOCKET_LIMITS.operations) throw tooManyOperations();
        const runner: Runner = graphql.getEnveloped({ caller: extra.caller, params: payload });
        const document = runner.parse(payload.query);
        const errors = runner.validate(runner.schema, document);
        if (errors.length > 0) return errors.map(shape);
        const args = await toArguments(runner, document, payload);
        runners.set(args, runner);
        return args;
      } catch (error) {
        // Thrown on, it would close the socket with everything else on it.
        return [shape(error)];
      }
    },
    execute: (args) => run(args, 'execute'),
    subscribe: (args) => run(args, 'subscribe'),
    onNext: (_ctx, _id, _payload, _args, { errors, data }) => {
      if (!errors) return undefined;
      return data === undefined ? { errors: format(errors) } : { data, errors: format(errors) };
    },
    onError: (_ctx, _id, _payload, errors) => format(errors),
  };
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
