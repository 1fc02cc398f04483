/** Reads of the journal that need no database for what was written a moment ago. */
import type { Journal, Positioned } from './journal.ts';
import type { HookInvocationRecord, ToolExecutionRecord } from './records.ts';
import type { RecentExecution, RecentExecutions } from './recent-executions.ts';

type RelatedReads = Pick<Journal, 'toolExecutionsByIds' | 'invocationsOfExecutions'>;

export function readRecentFirst<Reads extends RelatedReads>(stored: Reads, recent: RecentExecutions): Reads {
  function split(tenantId: string, ids: readonly string[]) {
    const known: RecentExecution[] = [];
    const unknown: string[] = [];
    for (const id of new Set(ids)) {
      const execution = recent.find(tenantId, id);
      if (execution) known.push(execution);
      else unknown.push(id);
    }
    return { known, unknown };
  }

  return {
    ...stored,
    async toolExecutionsByIds(tenantId, ids, atSeq): Promise<readonly Positioned<ToolExecutionRecord>[]> {
      const { known, unknown } = split(tenantId, ids);
      const remembered = known.map((execution) => execution.at(atSeq)).filter((execution) => execution !== null);
      if (unknown.length === 0) return remembered;
      return [...remembered, ...(await stored.toolExecutionsByIds(tenantId, unknown, atSeq))];
    },
    async invocationsOfExecutions(tenantId, ids): Promise<readonly Positioned<HookInvocationRecord>[]> {
      const { known, unknown } = split(tenantId, ids);
      const remembered = known.flatMap(({ invocations }) => invocations);
      const rest = unknown.length === 0 ? [] : await stored.invocationsOfExecutions(tenantId, unknown);
      return [...remembered, ...rest].toSorted((a, b) => a.seq - b.seq);
    },
  };
}
