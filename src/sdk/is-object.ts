import type { Json, JsonObject } from '../json/json.ts';

/** True for a JSON object: not null, not a list. What `params` and `data` hold is checked with it. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
