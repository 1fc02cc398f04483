import type { Actor } from '../auth/actor.ts';
import { encodeCursor } from '../events/cursor.ts';
import type { Host } from './host.ts';
import type { Viewer } from './use-cases.ts';

/** Who is asking, and where the tenant's journal stands: read it, load a list, then subscribe with it. */
export function viewer({ journal }: Pick<Host, 'journal'>, { subject, tenant, roles }: Actor): Viewer {
  const latestCursor = async () => tenant && encodeCursor(tenant.id, await journal.latestSeq(tenant.id));
  return { subject, tenant, roles, latestCursor };
}
