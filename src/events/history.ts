/** Reading the journal: pages by keyset, single records, and the raw stream of events. */
import { Prisma } from '../../generated/prisma/client.ts';
import type { Database } from '../db/database.ts';
import { encodeCursor } from './cursor.ts';
import { parsePayload, toJournalEvent } from './event-rows.ts';
import { hookInvocationConditions, toolExecutionConditions } from './filter-sql.ts';
import type { Journal, Positioned } from './journal.ts';
import type { Page } from './page.ts';
import { pageBounds, type PageBounds } from './page-bounds.ts';
import type { HookInvocationRecord, NewEvent, ToolExecutionRecord } from './records.ts';

type Reads = Pick<
  Journal,
  | 'latestSeq'
  | 'oldestSeq'
  | 'read'
  | 'hookInvocations'
  | 'toolExecutions'
  | 'findHookInvocation'
  | 'findToolExecution'
  | 'invocationsOfExecution'
>;

interface StoredRow {
  readonly seq: bigint;
  readonly text: string;
}

export function createHistory({ prisma }: Database): Reads {
  const invocations = (where: Prisma.Sql) =>
    prisma.$queryRaw<StoredRow[]>`SELECT seq, payload::text AS text FROM events ${where}`;
  const executions = (where: Prisma.Sql) =>
    prisma.$queryRaw<StoredRow[]>`SELECT seq, record::text AS text FROM tool_executions ${where}`;
  const exists = async (table: Prisma.Sql, conditions: readonly Prisma.Sql[]) =>
    (await prisma.$queryRaw<unknown[]>`SELECT 1 FROM ${table} ${whereAll(conditions)} LIMIT 1`).length > 0;

  return {
    async latestSeq(tenantId) {
      const [row] = await prisma.$queryRaw<
        { seq: bigint }[]
      >`SELECT event_seq AS seq FROM tenants WHERE id = ${tenantId}::uuid`;
      return Number(row?.seq ?? 0);
    },
    async oldestSeq(tenantId) {
      const [row] = await prisma.$queryRaw<{ seq: bigint }[]>`
        SELECT seq FROM events WHERE tenant_id = ${tenantId}::uuid ORDER BY seq LIMIT 1`;
      return row ? Number(row.seq) : null;
    },
    async read(tenantId, afterSeq, limit) {
      const rows = await prisma.$queryRaw<(StoredRow & { occurred_at: Date })[]>`
        SELECT seq, occurred_at, payload::text AS text FROM events
        WHERE tenant_id = ${tenantId}::uuid AND seq > ${afterSeq} ORDER BY seq LIMIT ${limit}`;
      return rows.map(({ seq, text, occurred_at: at }) =>
        toJournalEvent(parsePayload(text), tenantId, Number(seq), at.toISOString()),
      );
    },
    async hookInvocations(tenantId, page, filter) {
      const conditions = [ofTenant(tenantId), ...hookInvocationConditions(filter)];
      return await readPage(tenantId, pageBounds(tenantId, page), conditions, {
        rows: (where) => invocations(where).then((found) => found.map(toInvocation)),
        exists: (where) => exists(Prisma.sql`events`, where),
      });
    },
    async toolExecutions(tenantId, page, filter) {
      const conditions = [ofTenant(tenantId), ...toolExecutionConditions(filter)];
      return await readPage(tenantId, pageBounds(tenantId, page), conditions, {
        rows: (where) => executions(where).then((found) => found.map(toExecution)),
        exists: (where) => exists(Prisma.sql`tool_executions`, where),
      });
    },
    async findHookInvocation(tenantId, id) {
      const [row] = await invocations(whereAll([ofTenant(tenantId), Prisma.sql`invocation_id = ${id}`]));
      return row ? toInvocation(row) : null;
    },
    async findToolExecution(tenantId, id, atSeq) {
      const [newest] = await executions(whereAll([ofTenant(tenantId), Prisma.sql`id = ${id}`]));
      if (!newest || atSeq === undefined) return newest ? toExecution(newest) : null;
      const [then] = await invocations(
        Prisma.sql`${whereAll([
          ofTenant(tenantId),
          Prisma.sql`execution_id = ${id}`,
          Prisma.sql`type = 'TOOL_EXECUTED'`,
          Prisma.sql`seq <= ${atSeq}`,
        ])} ORDER BY seq DESC LIMIT 1`,
      );
      return then ? { ...executionOf(parsePayload(then.text)), seq: Number(newest.seq) } : null;
    },
    async invocationsOfExecution(tenantId, executionId) {
      const conditions = [
        ofTenant(tenantId),
        Prisma.sql`execution_id = ${executionId}`,
        Prisma.sql`type = 'HOOK_INVOKED'`,
      ];
      return (await invocations(Prisma.sql`${whereAll(conditions)} ORDER BY seq`)).map(toInvocation);
    },
  };
}

interface PageSource<T> {
  rows(where: Prisma.Sql): Promise<readonly Positioned<T>[]>;
  exists(conditions: readonly Prisma.Sql[]): Promise<boolean>;
}

/** One row more than asked for tells whether the page goes on; what lies on the other side of a cursor is asked for. */
async function readPage<T>(
  tenantId: string,
  { from, size, after, before }: PageBounds,
  conditions: readonly Prisma.Sql[],
  source: PageSource<T>,
): Promise<Page<Positioned<T>>> {
  const within = [
    ...conditions,
    ...(after > 0 ? [Prisma.sql`seq > ${after}`] : []),
    ...(before === null ? [] : [Prisma.sql`seq < ${before}`]),
  ];
  const direction = from === 'oldest' ? Prisma.sql`ASC` : Prisma.sql`DESC`;
  const found = await source.rows(Prisma.sql`${whereAll(within)} ORDER BY seq ${direction} LIMIT ${size + 1}`);
  const nodes = from === 'oldest' ? found.slice(0, size) : found.slice(0, size).toReversed();
  const [more, beforeAfter, afterBefore] = await Promise.all([
    found.length > size,
    after > 0 && source.exists([...conditions, Prisma.sql`seq <= ${after}`]),
    before !== null && source.exists([...conditions, Prisma.sql`seq >= ${before}`]),
  ]);
  const edges = nodes.map((node) => ({ cursor: encodeCursor(tenantId, node.seq), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: afterBefore || (from === 'oldest' && more),
      hasPreviousPage: beforeAfter || (from === 'newest' && more),
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function ofTenant(tenantId: string): Prisma.Sql {
  return Prisma.sql`tenant_id = ${tenantId}::uuid`;
}

function whereAll(conditions: readonly Prisma.Sql[]): Prisma.Sql {
  return Prisma.sql`WHERE ${Prisma.join([...conditions], ' AND ')}`;
}

function toInvocation({ seq, text }: StoredRow): Positioned<HookInvocationRecord> {
  const event = parsePayload(text);
  if (event.type !== 'HOOK_INVOKED')
    throw new Error(`The journal holds a ${event.type} where a hook invocation was asked for.`);
  return { ...event.invocation, seq: Number(seq) };
}

/** A row of the projection holds the record itself, written by the journal alone. */
function toExecution({ seq, text }: StoredRow): Positioned<ToolExecutionRecord> {
  const record: ToolExecutionRecord = JSON.parse(text);
  return { ...record, seq: Number(seq) };
}

function executionOf(event: NewEvent): ToolExecutionRecord {
  if (event.type !== 'TOOL_EXECUTED')
    throw new Error(`The journal holds a ${event.type} where a tool execution was asked for.`);
  return event.execution;
}
