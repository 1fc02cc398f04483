/** A tool that is an async generator, run to its end. Runs inside the isolate, or in process for trusted code. */
import type { Json } from '../json/json.ts';

/** As far as it is used here; `Symbol.asyncIterator` tells it from a result, which is plain data. */
interface Parts {
  next(): Promise<{ readonly done?: boolean; readonly value: unknown }>;
  return?(value?: unknown): Promise<unknown>;
}

/** Taken before a plugin's text runs, which may put another in its place. */
const { asyncIterator } = Symbol;

export function isParts(returned: unknown): returned is Parts {
  return (
    typeof returned === 'object' &&
    returned !== null &&
    asyncIterator in returned &&
    'next' in returned &&
    typeof returned.next === 'function'
  );
}

/**
 * Hands each part to `part` and gives what the generator returns. Once `signal` is aborted it is ended at its next part,
 * `finally` blocks included, and the signal's reason is thrown; so it is when a part cannot be taken.
 */
export async function takeParts(
  parts: Parts,
  part: (data: Json) => void,
  signal: { readonly aborted: boolean; readonly reason: unknown },
): Promise<unknown> {
  for (;;) {
    const { done, value } = await parts.next();
    if (done) return value;
    try {
      if (signal.aborted) throw signal.reason;
      part(value as Json);
    } catch (error) {
      await parts.return?.();
      throw error;
    }
  }
}
