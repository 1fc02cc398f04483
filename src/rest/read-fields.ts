/** Reads the fields of a body or a query strictly: what is not known is refused, with a pointer to it. */
import { HooklineError, type ErrorDetail } from '../errors/hookline-error.ts';
import { isJsonObject, type JsonObject } from '../json/json.ts';

interface FieldTypes {
  string: string;
  object: JsonObject;
  strings: readonly string[];
}

interface FieldRule {
  readonly type: keyof FieldTypes;
  readonly required?: true;
}
type FieldRules = Readonly<Record<string, FieldRule>>;
export type Fields<R extends FieldRules> = {
  readonly [K in keyof R as R[K] extends { required: true } ? K : never]: FieldTypes[R[K]['type']];
} & {
  readonly [K in keyof R as R[K] extends { required: true } ? never : K]?: FieldTypes[R[K]['type']] | null;
};

const TESTS: {
  readonly [T in keyof FieldTypes]: { readonly holds: (value: unknown) => boolean; readonly words: string };
} = {
  string: { holds: (value) => typeof value === 'string', words: 'a string' },
  object: { holds: isJsonObject, words: 'an object' },
  strings: {
    holds: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
    words: 'a list of strings',
  },
};

/** Null is as good as absent, except for what is required. @throws HooklineError INVALID_INPUT naming every wrong field. */
export function readFields<const R extends FieldRules>(body: unknown, rules: R): Fields<R> {
  const given = body ?? {};
  if (!isJsonObject(given))
    throw new HooklineError('INVALID_INPUT', 'The body must be a JSON object.', {
      details: [{ pointer: '', message: 'must be an object' }],
    });
  const details: ErrorDetail[] = [];
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(rules, name))
      details.push({ pointer: `/${name.slice(0, 100)}`, message: `is not known; known are ${listNames(rules)}` });
  }
  for (const [name, { type, required }] of Object.entries(rules)) {
    const value = given[name] ?? null;
    if (value === null && required) details.push({ pointer: `/${name}`, message: 'is required' });
    else if (value !== null && !TESTS[type].holds(value))
      details.push({ pointer: `/${name}`, message: `must be ${TESTS[type].words}` });
  }
  if (details.length > 0) {
    throw new HooklineError('INVALID_INPUT', details.map(describe).join('; '), { details });
  }
  return given as Fields<R>;
}

function listNames(rules: FieldRules): string {
  return Object.keys(rules).join(', ') || 'none';
}

function describe(detail: ErrorDetail): string {
  return 'pointer' in detail ? `${detail.pointer} ${detail.message}` : detail.message;
}
