/** Deletes what is older than retention: from each tenant's oldest event on, in small steps, so that nobody waits long. */
import type { JournalBlock } from '../../generated/prisma/client.ts';
import type { Database } from '../db/database.ts';
import { BLOCK_NUMBERS } from './journal-blocks.ts';

export interface Retention {
  readonly days: number;
  readonly eventsPerTenant: number;
}

const STEP_EVENTS = 5_000;
/** Rows of `journal_blocks`. */
const STEP_BLOCKS = 5_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Returns how many events went. The numbers of those that stay do not change. */
export async function applyRetention(
  deps: { database: Database; now: () => Date },
  retention: Retention,
): Promise<number> {
  const { prisma } = deps.database;
  const cutoff = new Date(deps.now().getTime() - retention.days * DAY_MS).toISOString();
  const tenants = await prisma.$queryRaw<{ id: string; keep_after: bigint }[]>`
    SELECT id, event_seq - ${retention.eventsPerTenant} AS keep_after FROM tenants WHERE event_seq > 0`;
  let deleted = 0;
  for (const { id, keep_after: keepAfter } of tenants) {
    let ofTenant = 0;
    for (;;) {
      const step = await deleteStep(deps.database, id, Number(keepAfter), cutoff);
      ofTenant += step;
      if (step < STEP_EVENTS) break;
    }
    await forgetExecutions(deps.database, id);
    if (ofTenant > 0) await forgetBlocks(deps.database, id);
    deleted += ofTenant;
  }
  return deleted;
}

/**
 * Looks at the oldest few only, so it needs no index on the time, and stops at the first that is to stay: times of several
 * servers need not be in the order of the numbers, and there is to be no hole.
 */
async function deleteStep({ prisma }: Database, tenantId: string, keepAfter: number, cutoff: string): Promise<number> {
  return await prisma.$executeRaw`
    DELETE FROM events WHERE tenant_id = ${tenantId}::uuid AND seq IN (
      SELECT seq FROM (
        SELECT seq, bool_and(seq <= ${keepAfter} OR occurred_at < ${cutoff}::timestamptz) OVER (ORDER BY seq) AS may_go FROM (
          SELECT seq, occurred_at FROM events WHERE tenant_id = ${tenantId}::uuid ORDER BY seq LIMIT ${STEP_EVENTS}
        ) AS oldest
      ) AS prefix WHERE may_go)`;
}

/** An execution goes with its first event, unless it still runs. */
async function forgetExecutions({ prisma }: Database, tenantId: string): Promise<void> {
  await prisma.$executeRaw`
    DELETE FROM tool_executions WHERE tenant_id = ${tenantId}::uuid AND status <> 'RUNNING' AND seq < coalesce(
      (SELECT min(seq) FROM events WHERE tenant_id = ${tenantId}::uuid),
      (SELECT event_seq + 1 FROM tenants WHERE id = ${tenantId}::uuid))`;
}

/**
 * A block goes with the last of its events; what still runs keeps its own, and the later ones. All of the tenant's are gone
 * through, some at a time: an index by which to find the oldest would lead the filters astray.
 */
async function forgetBlocks({ prisma }: Database, tenantId: string): Promise<void> {
  const [{ first } = { first: 0n }] = await prisma.$queryRaw<{ first: bigint }[]>`
    SELECT least(
      (SELECT min(seq) FROM events WHERE tenant_id = ${tenantId}::uuid),
      (SELECT min(seq) FROM tool_executions WHERE tenant_id = ${tenantId}::uuid),
      (SELECT event_seq + 1 FROM tenants WHERE id = ${tenantId}::uuid)) / ${BLOCK_NUMBERS}::bigint AS first`;
  let last: BlockKey | undefined = { facet: '', value: '', block: 0n };
  while (last) {
    const { facet, value, block }: BlockKey = last;
    [last] = await prisma.$queryRaw<BlockKey[]>`
      WITH step AS MATERIALIZED (
        SELECT ctid AS place, facet, value, block FROM journal_blocks
        WHERE tenant_id = ${tenantId}::uuid AND (facet, value, block) > (${facet}, ${value}, ${block})
        ORDER BY facet, value, block LIMIT ${STEP_BLOCKS}
      ), forgotten AS (
        DELETE FROM journal_blocks WHERE ctid = ANY(ARRAY(SELECT place FROM step WHERE block < ${first}))
      )
      SELECT facet, value, block FROM step ORDER BY facet DESC, value DESC, block DESC LIMIT 1`;
  }
}

type BlockKey = Pick<JournalBlock, 'facet' | 'value' | 'block'>;
