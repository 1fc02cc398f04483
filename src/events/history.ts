/** Reading the journal: pages by keyset, single records, and the raw stream of events. */
import { Prisma } from '../../generated/prisma/client.ts';
import { withCallerErrors } from '../db/database-errors.ts';
import type { Database } from '../db/database.ts';
import { pageSize } from '../db/page-size.ts';
import { readPage, whereAll } from '../db/read-page.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import { CURSOR_START, decodeCursor, encodeCursor } from './cursor.ts';
import { parseExecution, parsePayload, toJournalEvent } from './event-rows.ts';
import { followStart } from './follow-start.ts';
import { hookInvocationConditions, toolExecutionConditions } from './filter-sql.ts';
import { executionSource, invocationSource } from './journal-blocks.ts';
import type { Journal, Positioned } from './journal.ts';
import type { PageRequest } from './page.ts';
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
  | 'toolExecutionsByIds'
  | 'invocationsOfExecutions'
>;

interface StoredRow {
  readonly seq: bigint;
  readonly text: string;
}

/** Reads fail with SERVICE_UNAVAILABLE while the database does not answer. */
export function createHistory(database: Database): Reads {
  const reads = createReads(database);
  return {
    latestSeq: withCallerErrors(reads.latestSeq),
    oldestSeq: withCallerErrors(reads.oldestSeq),
    read: withCallerErrors(reads.read),
    hookInvocations: withCallerErrors(afterKeptEvents(reads, reads.hookInvocations)),
    toolExecutions: withCallerErrors(afterKeptEvents(reads, reads.toolExecutions)),
    findHookInvocation: withCallerErrors(reads.findHookInvocation),
    findToolExecution: withCallerErrors(reads.findToolExecution),
    toolExecutionsByIds: withCallerErrors(reads.toolExecutionsByIds),
    invocationsOfExecutions: withCallerErrors(reads.invocationsOfExecutions),
  };
}

function createReads({ prisma }: Database): Reads {
  const invocations = (where: Prisma.Sql, source = Prisma.sql`events`) =>
    prisma.$queryRaw<StoredRow[]>`SELECT seq, payload::text AS text FROM ${source} ${where}`;
  const executions = (where: Prisma.Sql, source = Prisma.sql`tool_executions`) =>
    prisma.$queryRaw<StoredRow[]>`SELECT seq, record::text AS text FROM ${source} ${where}`;
  const exists = async (table: Prisma.Sql, where: Prisma.Sql) =>
    (await prisma.$queryRaw<unknown[]>`SELECT 1 FROM ${table} ${where} LIMIT 1`).length > 0;

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
      const { rows, leading, bounds } = invocationSource(tenantId, filter);
      return await readPage<Positioned<HookInvocationRecord>>({
        ...journalPage(tenantId, page),
        leading,
        conditions: [ofTenant(tenantId), ...bounds, ...hookInvocationConditions(filter)],
        rows: async (clause, from) => (await invocations(clause, rows(from))).map(toInvocation),
        exists: (clause, from) => exists(rows(from), clause),
      });
    },
    async toolExecutions(tenantId, page, filter) {
      const { rows, leading, bounds } = executionSource(tenantId, filter);
      return await readPage<Positioned<ToolExecutionRecord>>({
        ...journalPage(tenantId, page),
        leading,
        conditions: [ofTenant(tenantId), ...bounds, ...toolExecutionConditions(filter)],
        rows: async (clause, from) => (await executions(clause, rows(from))).map(toExecution),
        exists: (clause, from) => exists(rows(from), clause),
      });
    },
    async findHookInvocation(tenantId, id) {
      const [row] = await invocations(whereAll([ofTenant(tenantId), Prisma.sql`invocation_id = ${id}`]));
      return row ? toInvocation(row) : null;
    },
    async findToolExecution(tenantId, id) {
      const [newest] = await executions(whereAll([ofTenant(tenantId), Prisma.sql`id = ${id}`]));
      return newest ? toExecution(newest) : null;
    },
    async toolExecutionsByIds(tenantId, ids, atSeq) {
      const newest = await executions(whereAll([ofTenant(tenantId), among(Prisma.sql`id`, ids)]));
      if (atSeq === undefined) return newest.map(toExecution);
      const conditions = whereAll([
        ofTenant(tenantId),
        among(Prisma.sql`execution_id`, ids),
        Prisma.sql`type = 'TOOL_EXECUTED'`,
        Prisma.sql`seq <= ${atSeq}`,
      ]);
      const states = await prisma.$queryRaw<StoredRow[]>`
        SELECT DISTINCT ON (execution_id) seq, payload::text AS text FROM events ${conditions}
        ORDER BY execution_id, seq DESC`;
      const firstSeqs = new Map(newest.map(toExecution).map(({ id, seq }) => [id, seq]));
      return states.flatMap(({ text }) => {
        const execution = executionOf(parsePayload(text));
        const seq = firstSeqs.get(execution.id);
        return seq === undefined ? [] : [{ ...execution, seq }];
      });
    },
    async invocationsOfExecutions(tenantId, executionIds) {
      const conditions = [
        ofTenant(tenantId),
        among(Prisma.sql`execution_id`, executionIds),
        Prisma.sql`type = 'HOOK_INVOKED'`,
      ];
      return (await invocations(Prisma.sql`${whereAll(conditions)} ORDER BY seq`)).map(toInvocation);
    },
  };
}

/** A page after events that are gone would hide a gap: its cursor is judged as a subscription's. */
function afterKeptEvents<Filter, T>(
  positions: Pick<Journal, 'latestSeq' | 'oldestSeq'>,
  readAfter: (tenantId: string, page: PageRequest, filter: Filter) => Promise<T>,
) {
  return async (tenantId: string, page: PageRequest, filter: Filter): Promise<T> => {
    if (!absent(page.after)) await followStart(positions, tenantId, page.after);
    return readAfter(tenantId, page, filter);
  };
}

/** Journal order, oldest first; `after: "start"` is the same as none. */
function journalPage(tenantId: string, request: PageRequest) {
  const { after, before } = request;
  return {
    ...pageSize(request),
    key: Prisma.sql`seq`,
    after: absent(after) || after === CURSOR_START ? null : Prisma.sql`${decodeCursor(tenantId, after)}`,
    before: absent(before) ? null : Prisma.sql`${decodeBefore(tenantId, before)}`,
    cursorOf: ({ seq }: { readonly seq: number }) => encodeCursor(tenantId, seq),
  };
}

function decodeBefore(tenantId: string, before: string): number {
  if (before !== CURSOR_START) return decodeCursor(tenantId, before);
  throw new HooklineError('INVALID_INPUT', 'Nothing comes before "start": leave `before` out, or give a cursor.');
}

function absent(value: string | null | undefined): value is null | undefined {
  return value === null || value === undefined;
}

function ofTenant(tenantId: string): Prisma.Sql {
  return Prisma.sql`tenant_id = ${tenantId}::uuid`;
}

function among(column: Prisma.Sql, ids: readonly string[]): Prisma.Sql {
  return Prisma.sql`${column} = ANY(${[...ids]}::text[])`;
}

function toInvocation({ seq, text }: StoredRow): Positioned<HookInvocationRecord> {
  const event = parsePayload(text);
  if (event.type !== 'HOOK_INVOKED')
    throw new Error(`The journal holds a ${event.type} where a hook invocation was asked for.`);
  return { ...event.invocation, seq: Number(seq) };
}

/** A row of the projection holds the record itself, written by the journal alone. */
function toExecution({ seq, text }: StoredRow): Positioned<ToolExecutionRecord> {
  return { ...parseExecution(text), seq: Number(seq) };
}

function executionOf(event: NewEvent): ToolExecutionRecord {
  if (event.type !== 'TOOL_EXECUTED')
    throw new Error(`The journal holds a ${event.type} where a tool execution was asked for.`);
  return event.execution;
}
