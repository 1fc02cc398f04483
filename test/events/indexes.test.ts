/** What the filters of the connections ask of the database, it finds by an index, however much a tenant has. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Prisma } from '../../generated/prisma/client.ts';
import { readPage, type KeysetPage } from '../../src/db/read-page.ts';
import { hookInvocationConditions, toolExecutionConditions } from '../../src/events/filter-sql.ts';
import type { HookInvocationFilter, ToolExecutionFilter } from '../../src/events/journal.ts';
import { executionSource, invocationSource, type BlockSource } from '../../src/events/journal-blocks.ts';
import { DATABASE_KINDS } from '../rig/open-test-database.ts';
import { fillBlocks } from './fill-blocks.ts';
import { createJournalRig, type JournalRig } from './journal-rig.ts';

const EVENTS = 40_000;
/** One in so many is what is looked for. */
const RARE = 4_000;

const OF_BOTH: readonly (HookInvocationFilter & ToolExecutionFilter)[] = [
  { toolName: 'rare' },
  { runId: `run-${EVENTS / 10 - 1}` },
  { agentId: 'rare' },
  { startedAfter: new Date(Date.parse('2026-01-01') + (EVENTS - 20) * 1_000) },
  { startedBefore: new Date(Date.parse('2026-01-01') + 20_000) },
  {
    startedAfter: new Date(Date.parse('2026-01-01') + 20_000),
    startedBefore: new Date(Date.parse('2026-01-01') + 40_000),
  },
  { agentId: 'usual', toolName: 'rare' },
  { agentId: 'rare', toolName: 'usual' },
  { agentId: 'usual', pluginName: 'rare' },
  { agentId: 'usual', toolName: 'usual', pluginName: 'rare' },
  { agentId: 'usual', startedAfter: new Date(Date.parse('2026-01-01') + (EVENTS - 20) * 1_000) },
  { agentId: 'usual', toolName: 'nobody' },
];

const PAGES = [
  { from: 'start', after: null, before: null },
  { from: 'end', after: null, before: null },
  { from: 'start', after: EVENTS / 2, before: null },
  { from: 'end', after: null, before: EVENTS / 2 },
] as const;

describe.each(DATABASE_KINDS)('filters on $title', ({ kind, missing }) => {
  describe.skipIf(missing)('', () => {
    let rig: JournalRig;
    beforeAll(async () => {
      rig = await createJournalRig(kind);
      const { prisma } = rig.database;
      const rare = (value: string, other: string) =>
        Prisma.sql`CASE WHEN n % ${RARE} = 0 THEN ${value} ELSE ${other} END`;
      await prisma.$executeRaw`
        INSERT INTO events (tenant_id, seq, type, occurred_at, run_id, agent_id, tool_name, plugin_names, hook, outcome,
          started_at, invocation_id, payload)
        SELECT ${rig.tenantId}::uuid, n, 'HOOK_INVOKED', now(), 'run-' || n / 10, ${rare('rare', 'usual')}, ${rare('rare', 'usual')},
          ARRAY['usual', ${rare('rare', 'other')}], ${rare('ON_ERROR', 'BEFORE_TOOL_CALL')}, ${rare('BLOCKED', 'CONTINUED')},
          '2026-01-01'::timestamptz + n * interval '1 second', 'HookInvocation:' || n, '{}'
        FROM generate_series(1, ${EVENTS}) AS n`;
      await prisma.$executeRaw`
        INSERT INTO tool_executions (tenant_id, id, seq, tool_name, plugin_name, status, run_id, agent_id, started_at, record)
        SELECT ${rig.tenantId}::uuid, 'ToolExecution:' || n, n, ${rare('rare', 'usual')}, ${rare('rare', 'usual')},
          CASE WHEN n % 3999 = 0 THEN 'RUNNING' ELSE ${rare('FAILED', 'SUCCEEDED')} END, 'run-' || n / 10, ${rare('rare', 'usual')}, '2026-01-01'::timestamptz + n * interval '1 second', '{}'
        FROM generate_series(1, ${EVENTS}) AS n`;
      // Other tenants have the same, as much as this one: their rows are in the same tables, and in what is known of those.
      await prisma.$executeRaw`
        INSERT INTO tenants (id, slug, name, created_at) SELECT gen_random_uuid(), 'other-' || n, 'Other', now() FROM generate_series(1, 100) AS n`;
      await prisma.$executeRaw`
        INSERT INTO events (tenant_id, seq, type, occurred_at, run_id, agent_id, tool_name, plugin_names, hook, outcome,
          started_at, invocation_id, payload)
        SELECT t.id, seq, type, occurred_at, run_id, agent_id, tool_name, plugin_names, hook, outcome, started_at, invocation_id, payload
        FROM events CROSS JOIN tenants t WHERE t.slug LIKE 'other-%' AND seq <= ${EVENTS / 100}`;
      await prisma.$executeRaw`
        INSERT INTO tool_executions (tenant_id, id, seq, tool_name, plugin_name, status, run_id, agent_id, started_at, record)
        SELECT t.id, e.id, seq, tool_name, plugin_name, status, run_id, agent_id, started_at, record
        FROM tool_executions e CROSS JOIN tenants t WHERE t.slug LIKE 'other-%' AND seq <= ${EVENTS / 100}`;
      await fillBlocks(rig.database);
      // A moment after rows have come, PostgreSQL gathers statistics by itself; the embedded one is vacuumed, and has none.
      if (kind === 'postgresql') await prisma.$executeRaw`ANALYZE events, tool_executions, journal_blocks`;
      else await prisma.$executeRaw`VACUUM events, tool_executions, journal_blocks`;
    }, 60_000);
    afterAll(() => rig[Symbol.asyncDispose]());

    /** How many rows the database looked at for a page, and to tell what lies beside it. */
    async function rowsLookedAt(
      { rows, leading, bounds }: BlockSource,
      conditions: readonly Prisma.Sql[],
      page: PartOfPage,
    ): Promise<number> {
      let sum = 0;
      const explain = async (what: Prisma.Sql) => {
        const answer = await rig.database.prisma.$queryRaw<
          { 'QUERY PLAN': unknown }[]
        >`EXPLAIN (ANALYZE, FORMAT JSON) ${what}`;
        const [{ 'QUERY PLAN': plan } = { 'QUERY PLAN': [] }] = answer;
        sum += lookedAt((plan as { Plan: Plan }[])[0]!.Plan);
      };
      await readPage<never>({
        key: Prisma.sql`seq`,
        size: 50,
        ...page,
        leading,
        conditions: [Prisma.sql`tenant_id = ${rig.tenantId}::uuid`, ...bounds, ...conditions],
        rows: async (clause, at) => {
          await explain(Prisma.sql`SELECT seq FROM ${rows(at)} ${clause}`);
          return [];
        },
        exists: async (clause, at) => {
          await explain(Prisma.sql`SELECT 1 FROM ${rows(at)} ${clause} LIMIT 1`);
          return false;
        },
        cursorOf: () => '',
      });
      return sum;
    }

    describe.each(PAGES)('$from, after $after, before $before', ({ from, after, before }) => {
      const page = { from, after: seqOf(after), before: seqOf(before) };
      test.each<HookInvocationFilter>([
        { hooks: ['ON_ERROR'] },
        { hooks: ['ON_ERROR', 'AFTER_AGENT_RUN'] },
        { outcomes: ['BLOCKED'] },
        { pluginName: 'rare' },
        { pluginName: 'usual' },
        { pluginName: 'nobody' },
        { pluginName: 'usual', hooks: ['BEFORE_TOOL_CALL'] },
        { pluginName: 'rare', hooks: ['ON_ERROR'], outcomes: ['BLOCKED'] },
        { pluginName: 'usual', runId: 'run-1' },
        { agentId: 'usual', hooks: ['ON_ERROR', 'AFTER_AGENT_RUN'] },
        { agentId: 'usual', hooks: ['BEFORE_TOOL_CALL', 'AFTER_TOOL_CALL'], outcomes: ['BLOCKED', 'RESPONDED'] },
        ...OF_BOTH,
      ])('hook invocations: %j', async (filter) => {
        const source = invocationSource(rig.tenantId, filter);
        expect(await rowsLookedAt(source, hookInvocationConditions(filter), page)).toBeLessThan(EVENTS / 20);
      });

      test.each<ToolExecutionFilter>([
        { statuses: ['FAILED'] },
        { statuses: ['RUNNING'] },
        { statuses: ['RUNNING', 'FAILED'] },
        { statuses: ['SUCCEEDED', 'FAILED'] },
        { statuses: ['RUNNING'], agentId: 'usual' },
        { pluginName: 'rare' },
        ...OF_BOTH,
      ])('executions: %j', async (filter) => {
        const source = executionSource(rig.tenantId, filter);
        expect(await rowsLookedAt(source, toolExecutionConditions(filter), page)).toBeLessThan(EVENTS / 20);
      });
    });
  });
});

type PartOfPage = Pick<KeysetPage<never>, 'from' | 'after' | 'before'>;

function seqOf(position: number | null): Prisma.Sql | null {
  return position === null ? null : Prisma.sql`${position}`;
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Plan[];
}

function lookedAt(plan: Plan): number {
  // Its rows are those of the heap scan above it, which counts them.
  if (plan['Node Type'] === 'Bitmap Index Scan') return 0;
  const own =
    plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0);
  return own * plan['Actual Loops'] + (plan.Plans ?? []).reduce((sum, inner) => sum + lookedAt(inner), 0);
}
