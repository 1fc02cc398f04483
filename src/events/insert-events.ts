/** Numbers and writes a batch of events, and the projections of it, in one statement. */
import type { DatabaseTransaction } from '../db/database.ts';
import type { PreparedStatement, StatementText } from '../db/prepared-statement.ts';
import type { PreparedEvent } from './event-rows.ts';
import { indexedText } from './indexed-text.ts';
import { BLOCK_NUMBERS } from './journal-blocks.ts';
import type { ToolExecutionRecord } from './records.ts';

export interface TenantEvents {
  readonly tenantId: string;
  readonly events: readonly PreparedEvent[];
}

/** As `journal-blocks.ts` asks for it. */
function minuteOf(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI')`;
}

/**
 * The tenants' counter rows are locked in the order of their ids (so two servers cannot wait for each other in a circle)
 * until the end of the transaction: nobody commits n+1 before n. A tenant that does not exist is left out of all parts.
 */
const TEXT = `
WITH input AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::text::json) AS e(
    rank bigint, tenant_id uuid, type text, kind text, run_id text, agent_id text, tool_name text, plugin_names text[],
    hook text, outcome text, started_at timestamptz, invocation_id text, execution_id text, payload text)
), counted AS (
  SELECT tenant_id, count(*) AS added FROM input GROUP BY tenant_id
), locked AS MATERIALIZED (
  SELECT id FROM tenants WHERE id IN (SELECT tenant_id FROM counted) ORDER BY id FOR NO KEY UPDATE
), advanced AS (
  UPDATE tenants t SET event_seq = t.event_seq + c.added
  FROM locked l JOIN counted c ON c.tenant_id = l.id WHERE t.id = l.id
  RETURNING t.id, t.event_seq - c.added AS base
), written AS (
  INSERT INTO events (tenant_id, seq, type, kind, occurred_at, run_id, agent_id, tool_name, plugin_names, hook, outcome,
    started_at, invocation_id, execution_id, payload)
  SELECT a.id, a.base + i.rank, i.type, i.kind, $3::text::timestamptz, i.run_id, i.agent_id, i.tool_name, i.plugin_names,
    i.hook, i.outcome, i.started_at, i.invocation_id, i.execution_id, i.payload::json
  FROM input i JOIN advanced a ON a.id = i.tenant_id
  RETURNING tenant_id, seq, type, hook, outcome, tool_name, plugin_names, run_id, agent_id, started_at
), projected AS (
  INSERT INTO tool_executions AS x (tenant_id, id, seq, tool_name, plugin_name, status, run_id, agent_id, started_at,
    server_id, record)
  SELECT a.id, p.id, a.base + p.rank, p.tool_name, p.plugin_name, p.status, p.run_id, p.agent_id, p.started_at,
    $4::text::uuid, p.record::json
  FROM json_to_recordset($2::text::json) AS p(
    rank bigint, tenant_id uuid, id text, tool_name text, plugin_name text, status text, run_id text, agent_id text,
    started_at timestamptz, record text)
  JOIN advanced a ON a.id = p.tenant_id
  ON CONFLICT (tenant_id, id) DO UPDATE SET status = EXCLUDED.status, record = EXCLUDED.record
  RETURNING x.tenant_id, x.seq, x.status, x.tool_name, x.plugin_name, x.run_id, x.agent_id, x.started_at
), facets AS (
  SELECT tenant_id, seq, facet, value FROM written CROSS JOIN LATERAL (VALUES
    ('invocation.hook', hook), ('invocation.outcome', outcome), ('invocation.tool', tool_name), ('invocation.run', run_id),
    ('invocation.agent', agent_id), ('invocation.minute', ${minuteOf('started_at')})) AS v(facet, value)
    WHERE type = 'HOOK_INVOKED'
  UNION ALL
  SELECT tenant_id, seq, 'invocation.plugin', unnest(plugin_names) FROM written WHERE type = 'HOOK_INVOKED'
  UNION ALL
  SELECT tenant_id, seq, facet, value FROM projected CROSS JOIN LATERAL (VALUES
    ('execution.status', nullif(status, 'RUNNING')), ('execution.tool', tool_name), ('execution.plugin', plugin_name),
    ('execution.run', run_id), ('execution.agent', agent_id), ('execution.minute', ${minuteOf('started_at')})) AS v(facet, value)
), blocks AS (
  INSERT INTO journal_blocks (tenant_id, facet, value, block)
  SELECT DISTINCT tenant_id, facet, value, seq / ${BLOCK_NUMBERS} FROM facets WHERE value IS NOT NULL
  ON CONFLICT DO NOTHING
)
SELECT id, base FROM advanced`;

export const INSERT_EVENTS: StatementText = { name: 'hookline_insert_events', text: TEXT };

/** The same in a transaction that is open. */
export function insertWithin(tx: DatabaseTransaction): PreparedStatement {
  return async (values) => {
    const rows = await tx.$queryRawUnsafe<{ id: string; base: bigint }[]>(TEXT, ...values);
    return rows.map(({ id, base }) => [id, String(base)]);
  };
}

/** Each tenant at most once. Returns, for the tenants that exist, the number before their first new event. */
export async function insertEvents(
  insert: PreparedStatement,
  batch: readonly TenantEvents[],
  occurredAt: string,
  serverId: string | null,
): Promise<ReadonlyMap<string, number>> {
  const rows = batch.flatMap(({ tenantId, events }) =>
    events.map(({ row }, index) => ({ ...row, rank: index + 1, tenant_id: tenantId })),
  );
  const executions = batch.flatMap(projectExecutions);
  const bases = await insert([JSON.stringify(rows), JSON.stringify(executions), occurredAt, serverId]);
  return new Map(bases.map(([tenantId, base]) => [String(tenantId), Number(base)]));
}

/** One row per execution, since a statement cannot touch a row twice: its newest state at its first event's place. */
function projectExecutions({ tenantId, events }: TenantEvents): readonly object[] {
  const byId = new Map<string, { rank: number; record: ToolExecutionRecord }>();
  for (const [index, { event }] of events.entries()) {
    // A report of progress tells of a state that may be an old one by now.
    if (event.type !== 'TOOL_EXECUTED' || event.kind === 'PROGRESS') continue;
    const rank = byId.get(event.execution.id)?.rank ?? index + 1;
    byId.set(event.execution.id, { rank, record: event.execution });
  }
  return [...byId.values()].map(({ rank, record }) => ({
    rank,
    tenant_id: tenantId,
    id: record.id,
    tool_name: indexedText(record.toolName),
    plugin_name: indexedText(record.pluginName),
    status: record.status,
    run_id: record.runId && indexedText(record.runId),
    agent_id: record.agentId && indexedText(record.agentId),
    started_at: record.startedAt,
    record: JSON.stringify(record),
  }));
}
