import { expect, test } from 'vitest';
import { compileJsonSchema, SchemaError } from '../../src/json/json-schema.ts';
import type { Json, JsonObject } from '../../src/json/json.ts';

const PERSON: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1 },
    age: { type: 'integer', default: 1 },
    'a/b': { type: 'object', additionalProperties: false },
    size: { enum: ['S', 'M'] },
    either: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
  },
};

test.each<[Json, { pointer: string; message: string }[]]>([
  [{ name: 'Ada' }, []],
  [{}, [{ pointer: '/name', message: 'is missing' }]],
  ['text', [{ pointer: '', message: 'must be object' }]],
  [
    { name: 'A', nam: 1 },
    [{ pointer: '/nam', message: 'is not a known field; there are name, age, a/b, size, either' }],
  ],
  [{ name: 'A', 'a/b': { '~': 1 } }, [{ pointer: '/a~1b/~0', message: 'is not a known field' }]],
  [{ name: 'A', size: 'L' }, [{ pointer: '/size', message: 'must be one of "S", "M"' }]],
  [
    { name: 'A', either: 1 },
    [
      { pointer: '/either', message: 'must be string' },
      { pointer: '/either', message: 'must be array' },
    ],
  ],
])('%j: %j', (value, issues) => {
  expect(compileJsonSchema(PERSON).check(value)).toEqual(issues);
});

test.each<[JsonObject, string, string]>([
  [{ type: 'objekt' }, '/type', 'must be one of'],
  [{ properties: { a: { minimum: 'one' } } }, '/properties/a/minimum', 'must be number'],
  [{ requird: ['a'] }, '', 'requird'],
  [{ $ref: 'https://example.org/s' }, '/$ref', 'same schema'],
  [{ $ref: '#/$defs/nobody' }, '', 'nobody'],
  [{ pattern: '(' }, '/pattern', 'Unterminated group'],
  [{ pattern: '^(?=a)b' }, '/pattern', 'linear time'],
  [{ patternProperties: { '(a)\\1': {} } }, '/patternProperties', 'linear time'],
  [{ pattern: '\\p{L}' }, '/pattern', 'not supported'],
  [{ const: 'x'.repeat(70_000) }, '', 'larger'],
])('the schema %j cannot be used: %s %s', (schema, pointer, message) => {
  let thrown: unknown;
  try {
    compileJsonSchema(schema);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(SchemaError);
  const { issues } = thrown as SchemaError;
  expect(issues[0], JSON.stringify(issues)).toMatchObject({ pointer, message: expect.stringContaining(message) });
  expect(issues).toHaveLength(1);
});

test('defaults are filled into a copy', () => {
  const given = { name: 'Ada' };
  expect(compileJsonSchema(PERSON).withDefaults(given)).toEqual({ name: 'Ada', age: 1 });
  expect(given).toEqual({ name: 'Ada' });
});

test('a pattern that backtracks without end is judged at once', () => {
  const schema = compileJsonSchema({ type: 'string', pattern: '^(a+)+$' });
  expect(schema.check(`${'a'.repeat(40)}!`)).toHaveLength(1);
});

test('a schema that refers to itself meets a document nested beyond the stack', () => {
  const schema = compileJsonSchema({
    $ref: '#/$defs/node',
    $defs: { node: { type: 'object', properties: { a: { $ref: '#/$defs/node' } } } },
  });
  let deep: JsonObject = {};
  for (let level = 0; level < 100_000; level += 1) deep = { a: deep };
  expect(schema.check(deep)).toEqual([{ pointer: '', message: 'is nested too deeply' }]);
});
