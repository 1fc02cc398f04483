import { setTimeout as sleep } from 'node:timers/promises';

/** Something that was begun, and that can be answered before it has ended. */
export interface UnderWay<T> {
  /** How it stands once the journal knows of it. Never rejects; stays pending for what ends before that. */
  readonly started: Promise<T>;
  readonly ended: Promise<T>;
}

/** What has ended already. */
export function over<T>(value: T): UnderWay<T> {
  const ended = Promise.resolve(value);
  return { started: ended, ended };
}

/**
 * Its end; with `waitMs`, how it stands if the end has not come after so long. Not before it is known to the journal, though:
 * what is answered can be looked up, and followed.
 */
export async function answerWithin<T>({ started, ended }: UnderWay<T>, waitMs: number | null): Promise<T> {
  if (waitMs === null) return await ended;
  const inTime = new AbortController();
  const late = sleep(waitMs, undefined, { signal: inTime.signal }).then(
    () => started,
    () => ended,
  );
  try {
    return await Promise.race([ended, late]);
  } finally {
    inTime.abort();
  }
}
