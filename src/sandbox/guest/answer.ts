/**
 * How an isolate answers: one letter, then text. `v` is a value as JSON; `t` says that the plugin threw, `i` that what it
 * returned cannot be said in JSON, `o` that it is too long. The letter is chosen here, never by the plugin.
 */
import { cut, outputLimit } from './host.ts';

const { stringify } = JSON;

const MAX_MESSAGE_CHARS = 1_000;
/** The server refuses what is deeper. */
const MAX_DEPTH = 100;
/** What is that deep usually is so from its start on, and to look at all of a long text would take longer than a call may. */
const LOOKED_AT_CHARS = 65_536;

export function valueAnswer(value: unknown): string {
  let text: string | undefined;
  try {
    text = stringify(value);
  } catch (error) {
    return `i${messageOf(error)}`;
  }
  if (text === undefined) return `iIt returned ${typeof value}, which JSON cannot say.`;
  if (text.length > outputLimit()) return isDeep(text) ? 'iIt is nested too deeply.' : `o${text.length}`;
  return `v${text}`;
}

/** Of an answer that is too long anyway: whether depth is what makes it so. Indexes only, which nobody can replace. */
function isDeep(json: string): boolean {
  let depth = 0;
  let inString = false;
  const end = json.length < LOOKED_AT_CHARS ? json.length : LOOKED_AT_CHARS;
  for (let index = 0; index < end && depth <= MAX_DEPTH; index += 1) {
    const char = json[index];
    if (inString && char === '\\') index += 1;
    else if (char === '"') inString = !inString;
    else if (!inString && (char === '[' || char === '{')) depth += 1;
    else if (!inString && (char === ']' || char === '}')) depth -= 1;
  }
  return depth > MAX_DEPTH;
}

export function thrownAnswer(error: unknown): string {
  return `t${messageOf(error)}`;
}

/** What was thrown, in words. Reading it may run the plugin's own getters, which may throw in turn. */
export function messageOf(error: unknown): string {
  try {
    if (error instanceof Error) return cut(withName(error), MAX_MESSAGE_CHARS);
    if (typeof error === 'object' || typeof error === 'function')
      return error === null ? 'It threw null.' : 'It threw something that is not an Error.';
    if (typeof error === 'string') return cut(`It threw ${error}.`, MAX_MESSAGE_CHARS);
    return typeof error === 'symbol' || typeof error === 'bigint'
      ? `It threw ${error.toString()}.`
      : `It threw ${stringify(error) ?? 'undefined'}.`;
  } catch {
    return 'It threw something that cannot be read.';
  }
}

function withName(error: Error): string {
  const message = String(error.message);
  const name = String(error.name);
  return name === 'Error' ? message : `${name}: ${message}`;
}
