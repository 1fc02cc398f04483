/**
 * The short way of a plain GraphQL POST: the body that Fastify read, Yoga's plugins around each step, and the answer as
 * one piece of text, without a Request and a Response in between. Whatever is not plain, or not sound, is left to
 * Yoga's own handler, so there is one place that says what is wrong with a request.
 */
import type { FastifyRequest } from 'fastify';
import { getOperationAST, OperationTypeNode, type DocumentNode } from 'graphql';
import type { GraphQLDoor } from './create-graphql.ts';
import type { DoorContext } from './door-context.ts';
import { toJsonAnswer, type Executed, type JsonAnswer } from './json-answer.ts';
import { readAccept } from './read-accept.ts';
import { readGraphQLParams, type GraphQLParams } from './read-graphql-params.ts';
import type { ServerDeps } from './server-deps.ts';
import type { Runner } from './socket-operations.ts';

/** Null: this request is not for this door, and nothing of it has run. */
export type LeanDoor = (request: FastifyRequest, context: DoorContext) => Promise<JsonAnswer | null>;

const PLAIN_JSON = /^application\/json(; ?charset=utf-8)?$/;

export function createLeanDoor({ log }: Pick<ServerDeps, 'log'>, graphql: GraphQLDoor): LeanDoor {
  return async (request, context) => {
    const mediaType = isPlainPost(request) ? readAccept(request.headers.accept) : null;
    if (mediaType === null || context.refusal || !Buffer.isBuffer(request.body)) return null;
    const params = readGraphQLParams(request.body);
    if (!params) return null;
    const runner: Runner = graphql.getEnveloped({ ...context, params });
    const document = readDocument(runner, params);
    return document && toJsonAnswer(log, await execute(runner, document, params), mediaType);
  };
}

function isPlainPost({ method, headers }: FastifyRequest): boolean {
  return (
    method === 'POST' && PLAIN_JSON.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined
  );
}

/** The document, once it is valid and says which query or mutation is meant. */
function readDocument(runner: Runner, { query, operationName }: GraphQLParams): DocumentNode | null {
  try {
    const document = runner.parse(query);
    const operation = getOperationAST(document, operationName);
    if (!operation || operation.operation === OperationTypeNode.SUBSCRIPTION) return null;
    return runner.validate(runner.schema, document).length === 0 ? document : null;
  } catch {
    return null;
  }
}

async function execute(
  runner: Runner,
  document: DocumentNode,
  { variables, operationName }: GraphQLParams,
): Promise<Executed> {
  try {
    const contextValue = await runner.contextFactory();
    const { schema } = runner;
    const result = await runner.execute({ schema, document, contextValue, variableValues: variables, operationName });
    if (Symbol.asyncIterator in result) throw new Error('A query or a mutation was answered with a stream.');
    return result;
  } catch (error) {
    return { errors: [error] };
  }
}
