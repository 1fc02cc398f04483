/** The three scalars of the API. */
import { GraphQLError, Kind, valueFromASTUntyped, type ValueNode } from 'graphql';
import { HooklineError } from '../errors/hookline-error.ts';
import { findJsonProblem } from '../json/json-problem.ts';
import { isJsonObject, type Json, type JsonObject } from '../json/json.ts';
import { builder } from './builder.ts';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;

builder.scalarType('DateTime', {
  description: 'A point in time, RFC 3339, given in UTC with milliseconds: `2026-11-22T09:30:00.000Z`.',
  serialize: (value) => (value instanceof Date ? value : new Date(value)).toISOString(),
  parseValue: (value) => readDateTime(value),
  parseLiteral: (node) => readDateTime(node.kind === Kind.STRING ? node.value : null, node),
});

builder.scalarType('JSON', {
  description: 'Any JSON value, null included.',
  serialize: (value) => value,
  parseValue: (value) => readJson(value),
  parseLiteral: (node, variables) => readJson(literalValue(node, variables), node),
});

builder.scalarType('JSONObject', {
  description: 'A JSON object.',
  serialize: (value) => value,
  parseValue: (value) => readJsonObject(value),
  parseLiteral: (node, variables) => readJsonObject(literalValue(node, variables), node),
});

function readDateTime(value: unknown, node?: ValueNode): Date {
  const time = typeof value === 'string' && RFC_3339.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(time)) {
    throw refuse('A DateTime is an RFC 3339 string with a time zone, such as "2026-11-22T09:30:00.000Z".', '', node);
  }
  // Beyond these years, which a time zone may lead out of, the database and what it answers write a time in another way.
  const year = new Date(time).getUTCFullYear();
  if (year < 1 || year > 9999) throw refuse('A DateTime must lie in the years 0001 to 9999 of UTC.', '', node);
  return new Date(time);
}

function readJson(value: unknown, node?: ValueNode): Json {
  const problem = findJsonProblem(value);
  if (problem)
    throw refuse(
      `The JSON value${problem.pointer && ` at ${problem.pointer}`} ${problem.message}.`,
      problem.pointer,
      node,
    );
  return value as Json;
}

function readJsonObject(value: unknown, node?: ValueNode): JsonObject {
  const json = readJson(value, node);
  if (!isJsonObject(json)) throw refuse('This must be a JSON object.', '', node);
  return json;
}

/** The literal as the plain objects a variable would be; graphql-js makes objects without a prototype. */
function literalValue(node: ValueNode, variables: Record<string, unknown> | null | undefined): unknown {
  const value = valueFromASTUntyped(node, variables);
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

// graphql-js puts its own words around what it is thrown, unless it is a GraphQLError.
function refuse(message: string, pointer: string, node?: ValueNode): GraphQLError {
  const details = [{ pointer, message }];
  return new GraphQLError(message, {
    nodes: node ?? null,
    originalError: new HooklineError('INVALID_INPUT', message, { details }),
  });
}
