/** Says what keeps a parsed value from being JSON that this server takes. */
export interface JsonProblem {
  /** JSON pointer (RFC 6901) to what is wrong, cut when it is long. */
  readonly pointer: string;
  readonly message: string;
}

/** Levels of nesting; far below what a recursive reader's stack can take. */
export const JSON_DEPTH_MAX = 64;

const POINTER_MAX_CHARS = 200;

/** The first problem in `value`, or undefined when it is plain JSON. */
export function findJsonProblem(value: unknown, pointer = '', depth = 0): JsonProblem | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return undefined;
  if (typeof value !== 'object') return problem(pointer, 'is not JSON');
  if (depth >= JSON_DEPTH_MAX) return problem(pointer, `is nested more than ${JSON_DEPTH_MAX} levels deep`);
  for (const [key, member] of Object.entries(value)) {
    const here = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    // Harmless here, but a prototype for whoever copies the object carelessly.
    const found =
      key === '__proto__' ? problem(here, 'is a key that is not allowed') : findJsonProblem(member, here, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function problem(pointer: string, message: string): JsonProblem {
  // Pointers into deep or long-named values would make the answer as large as the question.
  return { pointer: pointer.length > POINTER_MAX_CHARS ? `${pointer.slice(0, POINTER_MAX_CHARS)}…` : pointer, message };
}
