/** Cursors: one kind per tenant, opaque to clients, naming a position in that tenant's journal. */
import { HooklineError } from '../errors/hookline-error.ts';

/** `after: "start"`: from the oldest kept event. */
export const CURSOR_START = 'start';

export function encodeCursor(tenantId: string, seq: number): string {
  return Buffer.from(`e1:${tenantId}:${seq}`).toString('base64url');
}

/** The position a cursor names. INVALID_INPUT when it cannot be read or is another tenant's. */
export function decodeCursor(tenantId: string, cursor: string): number {
  const match = /^e1:([0-9a-f-]{36}):(0|[1-9]\d{0,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!match || match[1] !== tenantId || encodeCursor(tenantId, Number(match[2])) !== cursor) {
    throw new HooklineError(
      'INVALID_INPUT',
      'This cursor cannot be read. Use one that this API returned for your tenant, or "start".',
    );
  }
  return Number(match[2]);
}
