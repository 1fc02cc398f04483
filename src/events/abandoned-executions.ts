/** Ends what is RUNNING in the journal and nowhere else, so that nobody waits for an answer that cannot come. */
import { goneServers } from '../db/servers.ts';
import type { Database } from '../db/database.ts';
import { executionError } from '../errors/execution-error.ts';
import { parseExecution } from './event-rows.ts';
import type { Journal } from './journal.ts';
import type { IsUnderWay } from './recent-executions.ts';
import type { NewEvent, ToolExecutionRecord } from './records.ts';

interface Deps {
  readonly database: Database;
  readonly journal: Journal;
  readonly serverId: string | null;
  /** Whether this server has not come to the end of that execution yet. */
  readonly isUnderWay: IsUnderWay;
  readonly now: () => Date;
}

const SERVER_ENDED = 'The server ended while the tool was running. What the tool did so far is unknown.';
const NOT_RECORDED = 'The tool ended while the journal was out of reach. What it did is unknown.';

/**
 * Executions of other servers that are up are left alone. Of this one's own those end that it knows nothing of any more: the
 * database was away when they ended. Returns how many ended.
 */
export async function endAbandonedExecutions(deps: Deps): Promise<number> {
  const { database, serverId: own, isUnderWay } = deps;
  const running = await database.prisma.$queryRaw<{ id: string; tenant_id: string; server_id: string | null }[]>`
    SELECT id, tenant_id::text, server_id::text FROM tool_executions WHERE status = 'RUNNING'`;
  const gone = await goneServers(database, own, [...new Set(running.map(({ server_id: id }) => id))]);
  const isLeft = ({ id, tenant_id: tenant, server_id: server }: (typeof running)[number]) =>
    gone.has(server) || (isOwn(server, own) && !isUnderWay(tenant, id));
  const tenants = new Set(running.filter(isLeft).map(({ tenant_id: id }) => id));
  let ended = 0;
  for (const tenantId of tenants)
    ended += await endForTenant(deps, tenantId, own === null ? [...gone] : [...gone, own]);
  return ended;
}

function isOwn(serverId: string | null, own: string | null): boolean {
  return serverId !== null && serverId === own;
}

/**
 * Read again under the tenant's lock: another server may be cleaning up at the same moment, and an execution of this one that
 * is not under way any more has its end in what is read here, or nowhere.
 */
async function endForTenant(
  { journal, serverId, isUnderWay, now }: Deps,
  tenantId: string,
  servers: readonly (string | null)[],
): Promise<number> {
  return await journal.transact(tenantId, async (tx) => {
    const rows = await tx.$queryRaw<{ server_id: string | null; text: string }[]>`
      SELECT server_id::text, record::text AS text FROM tool_executions
      WHERE tenant_id = ${tenantId}::uuid AND status = 'RUNNING'
      AND (server_id = ANY(${servers.filter((id) => id !== null)}::uuid[])
        OR (server_id IS NULL AND ${servers.includes(null)}))
      ORDER BY seq`;
    const events = rows.flatMap(({ server_id: server, text }) => {
      const record = parseExecution(text);
      const ours = isOwn(server, serverId);
      if (ours && isUnderWay(tenantId, record.id)) return [];
      return [completedEvent(record, ours ? NOT_RECORDED : SERVER_ENDED, now())];
    });
    return { result: events.length, events };
  });
}

function completedEvent(record: ToolExecutionRecord, message: string, now: Date): NewEvent {
  const execution: ToolExecutionRecord = {
    ...record,
    status: 'FAILED',
    success: false,
    error: executionError('SANDBOX_CRASHED', message),
    durationMs: Math.max(0, now.getTime() - Date.parse(record.startedAt)),
  };
  return { type: 'TOOL_EXECUTED', kind: 'COMPLETED', execution };
}
