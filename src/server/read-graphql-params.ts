/** The parameters of a GraphQL request, from the bytes of its body. */
import { isJsonObject, type JsonObject } from '../json/json.ts';

export interface GraphQLParams {
  readonly query: string;
  readonly variables: JsonObject | null | undefined;
  readonly operationName: string | null | undefined;
  readonly extensions: JsonObject | null | undefined;
}

const NAMES = new Set(['query', 'variables', 'operationName', 'extensions']);

/** Null for everything that is not plainly a request, whatever is wrong with it. */
export function readGraphQLParams(body: Buffer): GraphQLParams | null {
  const params = parseJson(body);
  if (!isJsonObject(params) || !Object.keys(params).every((name) => NAMES.has(name))) return null;
  const { query, variables, operationName, extensions } = params;
  if (typeof query !== 'string' || !isObjectOrAbsent(variables) || !isObjectOrAbsent(extensions)) return null;
  const named = typeof operationName === 'string' || operationName === undefined || operationName === null;
  return named ? { query, variables, operationName, extensions } : null;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function isObjectOrAbsent(value: unknown): value is JsonObject | null | undefined {
  return value === undefined || value === null || isJsonObject(value);
}
