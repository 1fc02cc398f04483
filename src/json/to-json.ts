import type { Json } from './json.ts';

/** `value` as plain JSON, copied; undefined where JSON has no way to say it (a function, a cycle, nothing at all). */
export function toJson(value: unknown): Json | undefined {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}
