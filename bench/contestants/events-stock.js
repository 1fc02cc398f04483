/**
 * GraphQL subscriptions as the pages of Yoga and graphql-ws show them: `useServer` with Yoga's envelope, Yoga's pub/sub with a
 * topic for each run, default resolvers, no rights. Plain JavaScript, as yoga.js is.
 */
import { createServer } from 'node:http';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { encodeCursor } from '../../src/events/cursor.ts';
import { benchEvent, runOf } from './bench-event.ts';
import { serveEvents } from './serve-events.ts';

const pubSub = createPubSub();
let followers = 0;
const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs: `
      scalar JSON
      scalar DateTime
      type Query { ready: Boolean }
      input HookInvocationFilter { runId: String }
      type HookStep { pluginName: String! pluginVersion: String! mode: String! outcome: String! durationMs: Float! }
      type HookInvocation {
        id: ID! hook: String! runId: String agentId: String toolName: String outcome: String! input: JSON output: JSON
        truncated: Boolean! startedAt: DateTime! durationMs: Float! steps: [HookStep!]!
      }
      type HookInvokedEvent { cursor: String! occurredAt: DateTime! invocation: HookInvocation! }
      type Subscription { hookInvoked(filter: HookInvocationFilter): HookInvokedEvent! }`,
    resolvers: {
      Subscription: {
        hookInvoked: {
          subscribe(_root, { filter }) {
            followers += 1;
            return pubSub.subscribe('hookInvoked', filter.runId);
          },
          resolve: (event) => event,
        },
      },
      HookInvokedEvent: {
        cursor: ({ tenantId, seq }) => encodeCursor(tenantId, seq),
      },
    },
  }),
});
const server = createServer(yoga);
useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    onSubscribe: async (context, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...context,
        req: context.extra.request,
        socket: context.extra.socket,
        params,
      });
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
      const errors = validate(args.schema, args.document);
      return errors.length > 0 ? errors : args;
    },
  },
  new WebSocketServer({ server, path: yoga.graphqlEndpoint }),
);
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
let seq = 0;
serveEvents({
  url: `http://127.0.0.1:${server.address().port}`,
  tokens: ['none'],
  followers: async () => followers,
  publish(run) {
    seq += 1;
    pubSub.publish('hookInvoked', runOf(run), benchEvent('5f0c54b4-6f0f-4a9e-9b8a-0d1f0a6f6a11', seq, runOf(run)));
  },
});
