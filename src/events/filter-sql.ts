/** The filters as conditions on columns. Their meaning is that of the predicates in filters.ts; a test compares both. */
import { Prisma } from '../../generated/prisma/client.ts';
import { indexedText } from './indexed-text.ts';
import type { HookInvocationFilter, ToolExecutionFilter } from './journal.ts';

export function hookInvocationConditions(filter: HookInvocationFilter): readonly Prisma.Sql[] {
  return [
    Prisma.sql`type = 'HOOK_INVOKED'`,
    ...oneOf(Prisma.sql`hook`, filter.hooks),
    ...oneOf(Prisma.sql`outcome`, filter.outcomes),
    ...given(filter.pluginName, (name) => Prisma.sql`plugin_names @> ARRAY[${indexedText(name)}::text]`),
    ...shared(filter),
  ];
}

/** On tool_executions, whose rows are the newest states; `kinds` asks which events an execution has had. */
export function toolExecutionConditions(filter: ToolExecutionFilter): readonly Prisma.Sql[] {
  return [
    ...oneOf(Prisma.sql`status`, filter.statuses),
    ...given(filter.pluginName, (name) => Prisma.sql`plugin_name = ${indexedText(name)}`),
    ...given(
      filter.kinds,
      (kinds) => Prisma.sql`EXISTS (SELECT 1 FROM events e WHERE e.tenant_id = tool_executions.tenant_id
        AND e.execution_id = tool_executions.id AND e.type = 'TOOL_EXECUTED' AND e.kind = ANY(${[...kinds]}::text[]))`,
    ),
    ...shared(filter),
  ];
}

function shared(filter: HookInvocationFilter | ToolExecutionFilter): readonly Prisma.Sql[] {
  return [
    ...given(filter.toolName, (name) => Prisma.sql`tool_name = ${indexedText(name)}`),
    ...given(filter.runId, (runId) => Prisma.sql`run_id = ${indexedText(runId)}`),
    ...given(filter.agentId, (agentId) => Prisma.sql`agent_id = ${indexedText(agentId)}`),
    ...given(filter.startedAfter, (time) => Prisma.sql`started_at > ${time.toISOString()}::timestamptz`),
    ...given(filter.startedBefore, (time) => Prisma.sql`started_at < ${time.toISOString()}::timestamptz`),
  ];
}

function oneOf(column: Prisma.Sql, values: readonly string[] | null | undefined): readonly Prisma.Sql[] {
  return given(values, (list) => Prisma.sql`${column} = ANY(${[...list]}::text[])`);
}

/** Null and absent: no condition. */
function given<T>(value: T | null | undefined, toSql: (value: T) => Prisma.Sql): readonly Prisma.Sql[] {
  return value === null || value === undefined ? [] : [toSql(value)];
}
