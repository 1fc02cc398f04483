/** The cursor of a position in the caller's journal. */
import { requireRole } from '../auth/require-role.ts';
import { encodeCursor } from '../events/cursor.ts';
import { USE_CASE_ROLES } from '../plugins/use-cases.ts';
import type { SchemaContext } from './context.ts';

export function tenantCursor({ caller }: SchemaContext, seq: number): string {
  return encodeCursor(requireRole(caller, USE_CASE_ROLES.followEvents).tenant.id, seq);
}
