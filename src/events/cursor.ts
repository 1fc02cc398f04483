/** Cursors: one kind per tenant, opaque to clients, naming a position in that tenant's journal. */
import { HooklineError } from '../errors/hookline-error.ts';

/** `after: "start"`: from the oldest kept event. */
export const CURSOR_START = 'start';

export function encodeCursor(tenantId: string, seq: number): string {
  return Buffer.from(`e1:${tenantId}:${seq}`).toString('base64url');
}

/** What a cursor names; null when it cannot be read. */
export function readCursor(cursor: string): { readonly tenantId: string; readonly seq: number } | null {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, tenantId = '', seq = ''] = /^e1:([0-9a-f-]{36}):(0|[1-9]\d{0,15})$/.exec(text) ?? [];
  return encodeCursor(tenantId, Number(seq)) === cursor ? { tenantId, seq: Number(seq) } : null;
}

/** The position a cursor names. INVALID_INPUT when it cannot be read or is another tenant's. */
export function decodeCursor(tenantId: string, cursor: string): number {
  const place = readCursor(cursor);
  if (place?.tenantId !== tenantId) {
    throw new HooklineError(
      'INVALID_INPUT',
      'This cursor cannot be read. Use one that this API returned for your tenant, or "start".',
    );
  }
  return place.seq;
}
