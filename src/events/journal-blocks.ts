/**
 * What the filters of the journal's lists go by. A block is 64 numbers of a tenant's journal that follow each other, and
 * `journal_blocks` tells in which of them a value occurs, so at most 64 rows are looked at for one block that is found, however
 * many a tenant has. Several values are looked for in the blocks that hold all of them: what occurs beside each other everywhere
 * and together nowhere, such as a tool and a plugin that is not its own, is gone through from end to end. A batch of events writes
 * a row for what is new in a block; an index would take an entry of each event.
 */
import { Prisma } from '../../generated/prisma/client.ts';
import type { PageSize } from '../db/page-size.ts';
import type { LeadingColumn } from '../db/read-page.ts';
import { indexedText } from './indexed-text.ts';
import type { HookInvocationFilter, ToolExecutionFilter } from './journal.ts';

export const BLOCK_NUMBERS = 64;
/** In the words of the index on what runs. */
const PER_BLOCK = Prisma.raw(String(BLOCK_NUMBERS));

/** Where rows are looked for: by which column they come in order, if there is one, and what else bounds them. */
export interface BlockSource {
  /** What stands after FROM where the order begins at that end. */
  rows(from: PageSize['from']): Prisma.Sql;
  readonly leading?: LeadingColumn;
  readonly bounds: readonly Prisma.Sql[];
}

/** The most particular first: its blocks are gone through in order, and the others asked about each of them. */
export function invocationSource(tenantId: string, filter: HookInvocationFilter): BlockSource {
  const blocks = blocksOf(tenantId, 'invocation');
  const wanted = [
    ...named(blocks, filter),
    ...anyOf(blocks, 'outcome', filter.outcomes),
    ...anyOf(blocks, 'hook', filter.hooks),
  ];
  return blockSource({ tenantId, table: Prisma.sql`events`, wanted, time: timeBounds(blocks, filter) });
}

export function executionSource(tenantId: string, filter: ToolExecutionFilter): BlockSource {
  const blocks = blocksOf(tenantId, 'execution');
  const wanted = [...named(blocks, filter), ...statuses(blocks, tenantId, filter.statuses)];
  return blockSource({ tenantId, table: Prisma.sql`tool_executions`, wanted, time: timeBounds(blocks, filter) });
}

/** A query for the blocks in which a facet has such a value. */
type Blocks = (facet: string, value: Prisma.Sql) => Prisma.Sql;

interface Wanted {
  readonly blocks: Prisma.Sql;
  /** A block may come several times, and in any order. */
  readonly repeats: boolean;
}

function blocksOf(tenantId: string, list: 'invocation' | 'execution'): Blocks {
  return (facet, value) => Prisma.sql`SELECT block FROM journal_blocks
    WHERE tenant_id = ${tenantId}::uuid AND facet = ${`${list}.${facet}`} AND value ${value}`;
}

function named(blocks: Blocks, filter: HookInvocationFilter | ToolExecutionFilter): readonly Wanted[] {
  const facets = { run: filter.runId, tool: filter.toolName, plugin: filter.pluginName, agent: filter.agentId };
  return Object.entries(facets).flatMap(([facet, name]) =>
    typeof name === 'string' ? anyOf(blocks, facet, [indexedText(name)]) : [],
  );
}

function anyOf(blocks: Blocks, facet: string, values: readonly string[] | null | undefined): readonly Wanted[] {
  if (!values) return [];
  const [only] = values;
  return values.length === 1
    ? [{ blocks: blocks(facet, Prisma.sql`= ${only}`), repeats: false }]
    : [{ blocks: blocks(facet, Prisma.sql`= ANY(${[...values]}::text[])`), repeats: true }];
}

/** What runs is soon no longer RUNNING, so the table itself is asked where that is; an index holds the few that run. */
function statuses(blocks: Blocks, tenantId: string, values: readonly string[] | null | undefined): readonly Wanted[] {
  if (!values?.includes('RUNNING')) return anyOf(blocks, 'status', values);
  const running = Prisma.sql`SELECT seq / ${PER_BLOCK} AS block FROM tool_executions
    WHERE tenant_id = ${tenantId}::uuid AND status = 'RUNNING'`;
  const ended = anyOf(
    blocks,
    'status',
    values.filter((status) => status !== 'RUNNING'),
  );
  return [{ blocks: Prisma.join([running, ...ended.map((others) => others.blocks)], ' UNION ALL '), repeats: true }];
}

/** The first and the last block that may hold what began in that time; numbers nearly rise with it. */
interface TimeBounds {
  readonly first?: Prisma.Sql;
  readonly last?: Prisma.Sql;
}

function timeBounds(blocks: Blocks, { startedAfter, startedBefore }: HookInvocationFilter): TimeBounds {
  const conditions = [
    ...(startedAfter ? [Prisma.sql`>= ${minuteOf(startedAfter)}`] : []),
    ...(startedBefore ? [Prisma.sql`<= ${minuteOf(startedBefore)}`] : []),
  ];
  if (conditions.length === 0) return {};
  const within = blocks('minute', Prisma.join(conditions, ' AND value '));
  return {
    ...(startedAfter ? { first: Prisma.sql`(SELECT min(block) FROM (${within}) AS began)` } : {}),
    ...(startedBefore ? { last: Prisma.sql`(SELECT max(block) FROM (${within}) AS began)` } : {}),
  };
}

/** As the facet has it: 2026-01-31T23:59, in UTC. */
function minuteOf(time: Date): string {
  return time.toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length);
}

interface Search {
  readonly tenantId: string;
  readonly table: Prisma.Sql;
  readonly wanted: readonly Wanted[];
  readonly time: TimeBounds;
}

function blockSource({ tenantId, table, wanted: [leader, ...others], time: { first, last } }: Search): BlockSource {
  if (!leader) {
    const bounds = [
      ...(first ? [Prisma.sql`seq >= ${first} * ${PER_BLOCK}`] : []),
      ...(last ? [Prisma.sql`seq < (${last} + 1) * ${PER_BLOCK}`] : []),
    ];
    return { rows: () => table, bounds };
  }
  const conditions = [
    ...(first ? [Prisma.sql`block >= ${first}`] : []),
    ...(last ? [Prisma.sql`block <= ${last}`] : []),
    // In an expression, so that it is asked of each block: as a join it may be gone through from the other end.
    ...others.map(
      ({ blocks }) => Prisma.sql`(SELECT true FROM (${blocks}) AS other WHERE other.block = leader.block LIMIT 1)`,
    ),
  ];
  const where = conditions.length > 0 ? Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}` : Prisma.empty;
  return {
    // OFFSET 0: the blocks lead, whatever the database knows of its tables; the embedded one has no statistics.
    rows: (from) => Prisma.sql`(SELECT block FROM (${inOrder(leader, from)}) AS leader ${where}) AS blocks
      CROSS JOIN LATERAL (SELECT * FROM ${table} WHERE tenant_id = ${tenantId}::uuid
        AND seq >= blocks.block * ${PER_BLOCK} AND seq < (blocks.block + 1) * ${PER_BLOCK} OFFSET 0) AS ${table}`,
    leading: { column: Prisma.sql`block`, at: (seq) => Prisma.sql`${seq}::bigint / ${PER_BLOCK}` },
    bounds: [],
  };
}

function inOrder({ blocks, repeats }: Wanted, from: PageSize['from']): Prisma.Sql {
  if (!repeats) return blocks;
  const direction = from === 'start' ? Prisma.sql`ASC` : Prisma.sql`DESC`;
  return Prisma.sql`SELECT DISTINCT block FROM (${blocks}) AS repeated ORDER BY block ${direction}`;
}
