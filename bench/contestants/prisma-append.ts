/** The same rows by a transaction of Prisma's for each append: what one would write first. */
import type { Database } from '../../src/db/database.ts';
import { prepareEvent } from '../../src/events/event-rows.ts';
import type { NewEvent, ToolExecutionRecord } from '../../src/events/records.ts';
import type { Append } from '../load/call-events.ts';

/** Many wait for the one connection of the embedded database. */
const PATIENCE = { maxWait: 60_000, timeout: 60_000 };

export function prismaAppend({ prisma }: Database, tenantId: string): Append {
  return (events) =>
    prisma.$transaction(async (tx) => {
      const { eventSeq } = await tx.tenant.update({
        where: { id: tenantId },
        data: { eventSeq: { increment: events.length } },
      });
      const base = Number(eventSeq) - events.length;
      await tx.event.createMany({ data: events.map((event, index) => eventRow(event, tenantId, base + index + 1)) });
      for (const [index, event] of events.entries()) {
        if (event.type !== 'TOOL_EXECUTED') continue;
        const { id, status } = event.execution;
        await tx.toolExecution.upsert({
          where: { tenantId_id: { tenantId, id } },
          create: executionRow(event.execution, tenantId, base + index + 1),
          update: { status, record: asJson(event.execution) },
        });
      }
    }, PATIENCE);
}

function eventRow(event: NewEvent, tenantId: string, seq: number) {
  const { row } = prepareEvent(event);
  return {
    tenantId,
    seq,
    type: row.type,
    kind: row.kind,
    occurredAt: new Date(),
    toolName: row.tool_name,
    pluginNames: [...row.plugin_names],
    hook: row.hook,
    outcome: row.outcome,
    startedAt: row.started_at,
    invocationId: row.invocation_id,
    executionId: row.execution_id,
    payload: asJson(event),
  };
}

function executionRow(execution: ToolExecutionRecord, tenantId: string, seq: number) {
  const { id, toolName, pluginName, status, startedAt } = execution;
  return { tenantId, id, seq, toolName, pluginName, status, startedAt, record: asJson(execution) };
}

/** Records are JSON, which their types do not tell Prisma's. */
function asJson(record: object) {
  return JSON.parse(JSON.stringify(record)) as object;
}
