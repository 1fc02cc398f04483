import { isJsonObject, type Json } from './json.ts';

/** Whether PostgreSQL's text and JSONB can hold it: no NUL, and no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** JSON pointers to the strings and keys that cannot be stored. */
export function* findUnstorable(value: Json, pointer = ''): Generator<string> {
  if (typeof value === 'string') {
    if (!isStorable(value)) yield pointer;
  } else if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly Json[]).entries())
      yield* findUnstorable(item, `${pointer}/${index}`);
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (isStorable(key)) yield* findUnstorable(item, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
      else yield pointer;
    }
  }
}
