/** Ids are `Type:raw` as plain text, the same in SDK contexts, REST, logs and the journal. */
import { HooklineError } from '../errors/hookline-error.ts';

/** Longer than any id this API hands out. */
const ID_MAX_CHARS = 512;

export function encodeNodeId(typename: string, raw: string): string {
  return `${typename}:${raw}`;
}

/** The raw part of an id whose type is known. */
export function rawId(id: string): string {
  return id.slice(id.indexOf(':') + 1);
}

/** @throws HooklineError INVALID_INPUT when `id` does not look like an id. */
export function decodeNodeId(id: string): { typename: string; id: string } {
  const match = id.length <= ID_MAX_CHARS ? /^([A-Z][A-Za-z]*):(.+)$/s.exec(id) : null;
  const [, typename, raw] = match ?? [];
  if (typename === undefined || raw === undefined) {
    throw new HooklineError(
      'INVALID_INPUT',
      'This is not an id. Ids look like "Plugin:calculator"; use one that this API returned.',
    );
  }
  return { typename, id: raw };
}

/** Whether a raw id can be one of a row or a record: the database refuses to compare its UUIDs with other text. */
export function isUuid(raw: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(raw);
}
