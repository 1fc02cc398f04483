/**
 * The hook invocations of one plugin, found by the blocks of the journal that hold one: a block is 64 numbers that follow each
 * other, so at most 64 events are looked at for one that is wanted, however many a tenant has.
 */
import { Prisma } from '../../generated/prisma/client.ts';
import type { LeadingColumn } from '../db/read-page.ts';
import { indexedText } from './indexed-text.ts';
import type { HookInvocationFilter } from './journal.ts';

export const BLOCK_NUMBERS = 64;

/** What stands after FROM, and by which column it comes in order, if it has one. */
export interface InvocationSource {
  readonly rows: Prisma.Sql;
  readonly leading?: LeadingColumn;
}

const ALL_EVENTS: InvocationSource = { rows: Prisma.sql`events` };

/** Where the invocations of a filter are looked for. What names less than a plugin does has an index that leads to it sooner. */
export function invocationSource(tenantId: string, filter: HookInvocationFilter): InvocationSource {
  const { pluginName, runId, agentId, toolName } = filter;
  if (typeof pluginName !== 'string' || [runId, agentId, toolName].some((name) => typeof name === 'string'))
    return ALL_EVENTS;
  return {
    // OFFSET 0: the blocks lead, whatever the database knows of its tables; the embedded one has no statistics.
    rows: Prisma.sql`
      (SELECT block FROM hook_plugin_blocks
        WHERE tenant_id = ${tenantId}::uuid AND plugin_name = ${indexedText(pluginName)}) AS blocks
      CROSS JOIN LATERAL (SELECT * FROM events WHERE tenant_id = ${tenantId}::uuid
        AND seq >= blocks.block * ${BLOCK_NUMBERS}::bigint AND seq < (blocks.block + 1) * ${BLOCK_NUMBERS}::bigint
        OFFSET 0) AS events`,
    leading: { column: Prisma.sql`block`, at: (seq) => Prisma.sql`${seq}::bigint / ${BLOCK_NUMBERS}::bigint` },
  };
}
