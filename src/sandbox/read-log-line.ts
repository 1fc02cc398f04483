import { isJsonObject, type Json, type JsonObject } from '../json/json.ts';
import { parseGuestJson } from './guest-json.ts';
import type { SandboxLogLine } from './sandbox.ts';

const LOG_LEVELS: readonly SandboxLogLine['level'][] = ['debug', 'info', 'warn', 'error'];

/** What moves a terminal's cursor, ends a line, or turns the direction in which it is read. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A line of a plugin's log as it came out of an isolate, or undefined when it is none. Control characters are escaped. */
export function readLogLine(text: string): Pick<SandboxLogLine, 'level' | 'message' | 'fields'> | undefined {
  const parsed = parseGuestJson(text);
  if (!('value' in parsed) || !isJsonObject(parsed.value)) return undefined;
  const { level, message, fields } = parsed.value;
  const known = LOG_LEVELS.find((candidate) => candidate === level);
  if (!known || typeof message !== 'string') return undefined;
  return { level: known, message: escaped(message), fields: isJsonObject(fields) ? escapedObject(fields) : {} };
}

function escaped(text: string): string {
  return text.replace(CONTROLS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function escapedObject(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [escaped(key), escapedJson(value)]));
}

function escapedJson(value: Json): Json {
  if (typeof value === 'string') return escaped(value);
  if (Array.isArray(value)) return value.map(escapedJson);
  return isJsonObject(value) ? escapedObject(value) : value;
}
