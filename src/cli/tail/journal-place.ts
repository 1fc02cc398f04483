import { encodeCursor, readCursor } from '../../events/cursor.ts';
import { CliError } from '../cli-error.ts';

/** A position in a tenant's journal, as a number: this command and its server are of one package, so it may read cursors. */
export interface JournalPlace {
  readonly tenantId: string;
  /** Of the event there; 0 is before the first. */
  readonly seq: number;
}

/** @throws CliError for a cursor of something else, or of another version. */
export function placeOf(cursor: string): JournalPlace {
  const place = readCursor(cursor);
  if (place) return place;
  throw new CliError(
    `The cursor "${cursor}" cannot be read. Use one that --json or the end of "hookline tail" printed, or start.`,
  );
}

export function cursorAt({ tenantId, seq }: JournalPlace): string {
  return encodeCursor(tenantId, Math.max(seq, 0));
}
