/** Reads what a plugin sent as arguments. What is wrong with them is thrown as a Refusal that names the field. */
import type { Json, JsonObject } from '../../json/json.ts';
import { isStorable } from '../../json/storable.ts';
import { denied, refused } from './refusal.ts';

/** Who asks is known; a plugin that names somebody reaches for what is not its own. */
const NEVER_ARGUMENTS = /^(tenant|plugin|grants?|config|owner)/i;

export function requireOnly(args: JsonObject, known: readonly string[]): void {
  const other = Object.keys(args).find((name) => !known.includes(name));
  if (other === undefined) return;
  if (NEVER_ARGUMENTS.test(other))
    throw denied(`A plugin acts for itself and its own tenant; "${other}" is not an option.`);
  throw refused(`"${other.slice(0, 64)}" is not an option; there are ${known.join(', ')}.`);
}

export interface TextRule {
  readonly minChars?: number;
  readonly maxChars: number;
}

/** Characters are code points. */
export function textArg(args: JsonObject, name: string, { minChars = 0, maxChars }: TextRule): string {
  const value = args[name];
  if (typeof value !== 'string') throw refused(`${name} must be a text.`);
  if (!isStorable(value)) throw refused(`${name} holds NUL or half of a surrogate pair.`);
  const chars = value.length > maxChars * 2 ? Infinity : [...value].length;
  if (chars < minChars || chars > maxChars) throw refused(`${name} must have ${minChars} to ${maxChars} characters.`);
  return value;
}

export function integerArg(args: JsonObject, name: string, min: number, max: number): number {
  const value = args[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw refused(
      `${name} must be a whole number${max < Number.MAX_SAFE_INTEGER ? ` from ${min} to ${max}` : `, at least ${min}`}.`,
    );
  }
  return value;
}

/** `read` of the argument, or `fallback` when it was left out. */
export function optionalArg<T, F>(args: JsonObject, name: string, fallback: F, read: () => T): T | F {
  return args[name] === undefined ? fallback : read();
}

/** Bytes of `value` as JSON. */
export function jsonBytes(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}
