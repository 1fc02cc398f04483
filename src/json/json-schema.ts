/** JSON Schema (draft 2020-12), by Ajv: checked and compiled once, then a function that tells what is wrong and where. */
import { setFlagsFromString } from 'node:v8';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { linearPattern } from './linear-pattern.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** A problem at a place in a document; `pointer` is RFC 6901. */
export interface SchemaIssue {
  readonly pointer: string;
  readonly message: string;
}

export interface CompiledSchema {
  /** Every problem of `value`, at most 20; empty when it fits. */
  check(value: Json): readonly SchemaIssue[];
  /** A copy of `value` with the schema's defaults filled in. */
  withDefaults(value: JsonObject): JsonObject;
}

/** The schema itself cannot be used; `issues` point into it. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  readonly issues: readonly SchemaIssue[];

  constructor(issues: readonly SchemaIssue[]) {
    super(issues.map((issue) => `${issue.pointer || '(root)'} ${issue.message}`).join('; '));
    this.issues = issues;
  }
}

/** What is said of a field that must be there. */
export const MISSING = 'is missing';

const SCHEMA_BYTES = 65_536;
const SCHEMA_DEPTH = 32;
const ISSUES_SHOWN = 20;

// The expressions behind `format` are Ajv's own; should one of them backtrack without end, V8's linear engine takes over.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

const OPTIONS = {
  allErrors: true,
  strict: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  allowUnionTypes: true,
  logger: false,
  // `code` is for schemas compiled into files, which these are not.
  code: { regExp: Object.assign(linearPattern, { code: 'linearPattern' }) },
  // Errors then carry the schema, for messages that say what would be right.
  verbose: true,
} as const;

const checking = withFormats(new Ajv2020(OPTIONS));
// Defaults are filled in before anything is judged; where a default cannot be kept (below `anyOf`, say) Ajv leaves it out.
const filling = withFormats(new Ajv2020({ ...OPTIONS, strict: false, useDefaults: true }));

/** Throws SchemaError when `schema` is not a usable JSON Schema. */
export function compileJsonSchema(schema: JsonObject): CompiledSchema {
  const issues = refusals(schema);
  if (issues.length > 0) throw new SchemaError(issues);
  // Every 2020-12 schema may name its dialect; Ajv would look the name up.
  const { $schema: _dialect, ...body } = schema;
  const validate = compile(checking, body);
  const fill = compile(filling, body);
  return {
    check: (value) => check(validate, value),
    withDefaults(value) {
      const copy = structuredClone(value);
      check(fill, copy);
      return copy;
    },
  };
}

function withFormats(ajv: Ajv2020): Ajv2020 {
  formats.default(ajv);
  ajv.addVocabulary(['x-order', 'x-secret', 'example']);
  return ajv;
}

function compile(ajv: Ajv2020, schema: JsonObject): ValidateFunction {
  if (ajv.validateSchema(schema) !== true) throw new SchemaError(toIssues(ajv.errors));
  try {
    return ajv.compile(schema);
  } catch (error) {
    throw new SchemaError([{ pointer: '', message: error instanceof Error ? error.message : 'cannot be compiled' }]);
  } finally {
    ajv.removeSchema(schema);
  }
}

function check(validate: ValidateFunction, value: Json): readonly SchemaIssue[] {
  try {
    return validate(value) ? [] : toIssues(validate.errors);
  } catch (error) {
    // A schema that refers to itself meets a document nested deeper than the stack.
    if (error instanceof RangeError) return [{ pointer: '', message: 'is nested too deeply' }];
    throw error;
  }
}

function toIssues(errors: readonly ErrorObject[] | null | undefined): readonly SchemaIssue[] {
  const issues = withoutEchoes(errors ?? []).map((error) => ({ pointer: pointerOf(error), message: messageOf(error) }));
  const unique = new Map(issues.map((issue) => [`${issue.pointer} ${issue.message}`, issue]));
  return [...unique.values()].slice(0, ISSUES_SHOWN);
}

/**
 * Ajv tells of every branch it tried. Of an `anyOf` whose branches fail at one place only the most telling is left: the
 * one that lists what is allowed, else the branches themselves; an `if` says nothing that its branch has not said.
 */
function withoutEchoes(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const hasList = (path: string) =>
    errors.some(({ keyword, instancePath }) => keyword === 'enum' && instancePath === path);
  return errors.filter((error) => {
    if (error.keyword === 'if') return false;
    const listed = choices.some(({ instancePath }) => instancePath === error.instancePath && hasList(instancePath));
    if (listed) return error.keyword === 'enum';
    const branches = errors.some((other) => other !== error && other.instancePath.startsWith(error.instancePath));
    return !(choices.includes(error) && branches);
  });
}

const FIELDS_SHOWN = 12;

function knownFields(schema: ErrorObject['parentSchema']): string {
  const properties: unknown = schema?.['properties'];
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  if (names.length === 0) return '';
  return names.length > FIELDS_SHOWN ? '' : `; there are ${names.join(', ')}`;
}

function pointerOf({ instancePath, keyword, params }: ErrorObject): string {
  const key: unknown =
    keyword === 'required'
      ? params['missingProperty']
      : keyword === 'additionalProperties'
        ? params['additionalProperty']
        : undefined;
  return typeof key === 'string' ? `${instancePath}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}` : instancePath;
}

function messageOf({ keyword, message, params, parentSchema }: ErrorObject): string {
  if (keyword === 'required') return MISSING;
  if (keyword === 'additionalProperties') return `is not a known field${knownFields(parentSchema)}`;
  if (keyword === 'enum')
    return `must be one of ${(params['allowedValues'] as Json[]).map((v) => JSON.stringify(v)).join(', ')}`;
  if (keyword === 'const') return `must be ${JSON.stringify(params['allowedValue'])}`;
  return message ?? 'is not valid';
}

function refusals(schema: JsonObject): readonly SchemaIssue[] {
  if (JSON.stringify(schema).length > SCHEMA_BYTES)
    return [{ pointer: '', message: `is larger than ${SCHEMA_BYTES} bytes` }];
  return [...refusalsWithin(schema, '', 0)];
}

function* refusalsWithin(node: Json, pointer: string, depth: number): Generator<SchemaIssue> {
  if (depth > SCHEMA_DEPTH) {
    yield { pointer, message: `is nested more than ${SCHEMA_DEPTH} levels deep` };
    return;
  }
  if (Array.isArray(node)) {
    for (const [index, item] of (node as readonly Json[]).entries())
      yield* refusalsWithin(item, `${pointer}/${index}`, depth + 1);
  } else if (isJsonObject(node)) {
    for (const [key, value] of Object.entries(node)) {
      const at = `${pointer}/${key}`;
      if ((key === '$ref' || key === '$dynamicRef') && typeof value === 'string' && !value.startsWith('#')) {
        yield { pointer: at, message: 'may only refer to a place in the same schema, such as "#/$defs/item"' };
      }
      if ((key === '$id' || key === '$async') && typeof value !== 'object')
        yield { pointer: at, message: 'is not supported here' };
      if (key === 'pattern' && typeof value === 'string') yield* patternRefusals(value, at);
      if (key === 'patternProperties' && isJsonObject(value)) {
        for (const pattern of Object.keys(value)) yield* patternRefusals(pattern, at);
      }
      yield* refusalsWithin(value, at, depth + 1);
    }
  }
}

function* patternRefusals(pattern: string, pointer: string): Generator<SchemaIssue> {
  try {
    linearPattern(pattern);
  } catch (error) {
    yield { pointer, message: error instanceof Error ? error.message : 'cannot be used' };
  }
}
