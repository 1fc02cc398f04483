import { readFileSync } from 'node:fs';
import {
  buildSchema as readSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
  type GraphQLNamedType,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { brokenPromises } from '../../src/schema/broken-promises.ts';
import { buildSchema } from '../../src/schema/build-schema.ts';

const schema = buildSchema();
const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

describe('the promised names', () => {
  const contract = read('schema.contract.graphql');

  test('are kept', () => {
    expect(brokenPromises(contract, schema)).toEqual([]);
  });

  test('are all there is: what is new is promised too', () => {
    expect(brokenPromises(printSchema(schema), readSchema(contract))).toEqual([]);
  });

  test.each([
    ['a field', /latestCursor: String/, 'newestCursor: String', 'Viewer.latestCursor was removed.'],
    ['an argument', /node\(id: ID!\)/, 'node(nodeId: ID!)', 'Query.node arg id was removed.'],
    ['a type', /\bHookBlock\b/g, 'Block', 'HookBlock was removed.'],
    ['an enum value', /TIMED_OUT/, 'TIMEOUT', 'TIMED_OUT was removed from enum type StepOutcome.'],
    [
      'an input field',
      /expectedRevision: Int/g,
      'revision: Int',
      'UpdatePluginConfigInput.expectedRevision was removed.',
    ],
  ])('%s that is renamed is noticed', (_what, name, other, problem) => {
    expect(contract).toMatch(name);
    expect(brokenPromises(contract, readSchema(contract.replace(name, other)))).toContain(problem);
  });
});

test('schema.graphql is what the code says', () => {
  expect(read('schema.graphql')).toBe(`${printSchema(lexicographicSortSchema(schema))}\n`);
});

test('every type, field, argument and enum value is described', () => {
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
  const undescribed = types.flatMap(describable).filter(({ description }) => !description?.trim());
  const builtIn = ['Boolean', 'Float', 'ID', 'Int', 'String'];
  expect(undescribed.map(({ name }) => name).filter((name) => !builtIn.includes(name))).toEqual([]);
});

function describable(type: GraphQLNamedType): { name: string; description: string | null | undefined }[] {
  const own = { name: type.name, description: type.description };
  if (isEnumType(type))
    return [own, ...type.getValues().map(({ name, description }) => ({ name: `${type.name}.${name}`, description }))];
  if (isInputObjectType(type))
    return [
      own,
      ...Object.values(type.getFields()).map(({ name, description }) => ({
        name: `${type.name}.${name}`,
        description,
      })),
    ];
  if (!isObjectType(type) && !isInterfaceType(type)) return [own];
  const fields = Object.values(type.getFields()).flatMap((field) => [
    { name: `${type.name}.${field.name}`, description: field.description },
    ...field.args.map(({ name, description }) => ({ name: `${type.name}.${field.name}(${name})`, description })),
  ]);
  return [own, ...fields];
}
