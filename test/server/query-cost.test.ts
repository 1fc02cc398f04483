import { readFile } from 'node:fs/promises';
import { getIntrospectionQuery, getOperationAST, Kind, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { buildSchema } from '../../src/schema/build-schema.ts';
import { QUERY_LIMITS } from '../../src/server/limits.ts';
import { queryCost } from '../../src/server/query-cost.ts';

const schema = buildSchema();

function costOf(text: string, variables: Record<string, unknown> = {}, operationName?: string): number {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error('The document has no such operation.');
  return queryCost(schema, document, operation, variables);
}

describe('one for each object that a query stands for', () => {
  test.each<[string, string, Record<string, unknown>, number]>([
    ['scalars are free', '{ __typename }', {}, 0],
    ['an object is one, a member of it too', '{ viewer { subject tenant { slug } } }', {}, 2],
    ['a connection, its page and its nodes', '{ plugins(first: 3) { edges { node { name } } } }', {}, 1 + 3 + 3],
    ['the page info is on no page', '{ plugins(first: 3) { pageInfo { endCursor } totalCount } }', {}, 2],
    ['50 without a size', '{ plugins { edges { cursor } } }', {}, 51],
    ['50 for null', '{ plugins(first: null) { edges { cursor } } }', {}, 51],
    ['`last` as `first`', '{ plugins(last: 7) { edges { cursor } } }', {}, 8],
    ['the larger of both', '{ plugins(last: 7, first: 9) { edges { cursor } } }', {}, 10],
    ['200 for more, which is refused anyway', '{ plugins(first: 100000) { edges { cursor } } }', {}, 201],
    ['200 for less than nothing', '{ plugins(first: -1) { edges { cursor } } }', {}, 201],
    ['a variable', 'query ($n: Int) { plugins(first: $n) { edges { cursor } } }', { n: 7 }, 8],
    ['a variable that is not given', 'query ($n: Int) { plugins(first: $n) { edges { cursor } } }', {}, 51],
    ['its default', 'query ($n: Int = 9) { plugins(first: $n) { edges { cursor } } }', {}, 10],
    ['a variable that is no number', 'query ($n: Int) { plugins(first: $n) { edges { cursor } } }', { n: '1' }, 201],
    ['another list is ten', '{ hookPipeline(hook: ON_ERROR) { position } }', {}, 10],
    [
      'lists multiply',
      '{ plugins(first: 2) { edges { node { tools { plugin { name } } } } } }',
      {},
      1 + 2 + 2 + 20 + 20,
    ],
    ['aliases count', '{ a: viewer { subject } b: viewer { subject } }', {}, 2],
    [
      'fragments count where they are spread',
      '{ plugins(first: 2) { ...P } viewer { ...V } } fragment P on PluginConnection { edges { cursor } } fragment V on Viewer { ... { tenant { slug } } }',
      {},
      1 + 2 + 1 + 1,
    ],
    ['introspection is a page', '{ __schema { types { name } } __type(name: "Plugin") { name } }', {}, 400],
  ])('%s', (_what, query, variables, cost) => {
    expect(costOf(query, variables)).toBe(cost);
  });
});

test.each(['calls', 'plugins', 'viewer'])('what %s.graphql asks is allowed, with the longest pages', async (name) => {
  const read = (file: string) => readFile(new URL(`../documents/${file}.graphql`, import.meta.url), 'utf8');
  const document = parse(await read(name));
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  expect(operations).not.toEqual([]);
  for (const operation of operations) {
    expect(queryCost(schema, document, operation, { first: 200 })).toBeLessThanOrEqual(QUERY_LIMITS.cost);
  }
});

test("GraphiQL's introspection is allowed", () => {
  expect(costOf(getIntrospectionQuery())).toBe(200);
});
