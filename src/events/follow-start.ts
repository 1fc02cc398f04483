import { HooklineError } from '../errors/hookline-error.ts';
import { CURSOR_START, decodeCursor, encodeCursor } from './cursor.ts';
import type { Journal } from './journal.ts';

type Positions = Pick<Journal, 'latestSeq' | 'oldestSeq'>;

/** `start`: the number after which a subscriber reads; `latest`: that of the newest event. */
export interface FollowStart {
  readonly start: number;
  readonly latest: number;
}

/**
 * Where a subscriber begins: absent is now, "start" the oldest kept event.
 * @throws HooklineError INVALID_INPUT for a cursor that cannot be read, CURSOR_EXPIRED when events after it are gone.
 */
export async function followStart(journal: Positions, tenantId: string, after: string | null): Promise<FollowStart> {
  const position = after === null || after === CURSOR_START ? null : decodeCursor(tenantId, after);
  // The latest first: what is appended in between may then be delivered, but never be missed.
  const latest = await journal.latestSeq(tenantId);
  if (after === null) return { start: latest, latest };
  const beforeOldest = ((await journal.oldestSeq(tenantId)) ?? latest + 1) - 1;
  if (position === null) return { start: beforeOldest, latest };
  if (position > latest)
    throw new HooklineError('INVALID_INPUT', 'This cursor is of an event that has not happened yet.');
  if (position < beforeOldest) throw cursorExpired(tenantId, beforeOldest);
  return { start: position, latest };
}

/** @param beforeOldest the number before the oldest kept event. */
export function cursorExpired(tenantId: string, beforeOldest: number): HooklineError {
  return new HooklineError(
    'CURSOR_EXPIRED',
    'Events after this cursor are no longer kept. Load the lists again, then go on after details.oldest or "start".',
    { details: { oldest: encodeCursor(tenantId, beforeOldest) } },
  );
}
