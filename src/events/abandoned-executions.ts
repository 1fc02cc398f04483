/** Ends what dead servers left RUNNING, so that nobody waits for an answer that cannot come. */
import { goneServers } from '../db/servers.ts';
import type { Database } from '../db/database.ts';
import { executionError } from '../errors/execution-error.ts';
import { parseExecution } from './event-rows.ts';
import type { Journal } from './journal.ts';
import type { NewEvent, ToolExecutionRecord } from './records.ts';

interface Deps {
  readonly database: Database;
  readonly journal: Journal;
  readonly serverId: string | null;
  readonly now: () => Date;
}

/** Executions of servers that are up are left alone, and so are this one's own. Returns how many ended. */
export async function endAbandonedExecutions(deps: Deps): Promise<number> {
  const owners = await deps.database.prisma.$queryRaw<{ tenant_id: string; server_id: string | null }[]>`
    SELECT DISTINCT tenant_id::text, server_id::text FROM tool_executions WHERE status = 'RUNNING'`;
  const gone = await goneServers(deps.database, deps.serverId, [...new Set(owners.map(({ server_id: id }) => id))]);
  const tenants = new Set(owners.filter(({ server_id: id }) => gone.has(id)).map(({ tenant_id: id }) => id));
  let ended = 0;
  for (const tenantId of tenants) ended += await endForTenant(deps, tenantId, [...gone]);
  return ended;
}

/** Read again under the tenant's lock: another server may be cleaning up at the same moment. */
async function endForTenant(
  { journal, now }: Deps,
  tenantId: string,
  gone: readonly (string | null)[],
): Promise<number> {
  return await journal.transact(tenantId, async (tx) => {
    const rows = await tx.$queryRaw<{ text: string }[]>`
      SELECT record::text AS text FROM tool_executions WHERE tenant_id = ${tenantId}::uuid AND status = 'RUNNING'
      AND (server_id = ANY(${gone.filter((id) => id !== null)}::uuid[]) OR (server_id IS NULL AND ${gone.includes(null)}))
      ORDER BY seq`;
    const events = rows.map(({ text }) => completedEvent(parseExecution(text), now()));
    return { result: events.length, events };
  });
}

function completedEvent(record: ToolExecutionRecord, now: Date): NewEvent {
  const execution: ToolExecutionRecord = {
    ...record,
    status: 'FAILED',
    success: false,
    error: executionError(
      'SANDBOX_CRASHED',
      'The server ended while the tool was running. What the tool did so far is unknown.',
    ),
    durationMs: Math.max(0, now.getTime() - Date.parse(record.startedAt)),
  };
  return { type: 'TOOL_EXECUTED', kind: 'COMPLETED', execution };
}
