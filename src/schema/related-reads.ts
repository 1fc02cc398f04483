/** What executions and invocations lead to, read for all of a query's nodes at once: one query for each level of it. */
import type { Positioned } from '../events/journal.ts';
import type { HookInvocationRecord, ToolExecutionRecord } from '../events/records.ts';
import type { Caller, UseCases } from '../plugins/use-cases.ts';
import { batch } from './batch.ts';

export interface RelatedReads {
  /** As of that event; without one, as it stands now. Null when there was none. */
  execution(id: string, atSeq: number | undefined): Promise<Positioned<ToolExecutionRecord> | null>;
  /** In journal order. */
  invocationsAround(executionId: string): Promise<readonly Positioned<HookInvocationRecord>[]>;
}

export function createRelatedReads(useCases: UseCases, caller: Caller): RelatedReads {
  // Within an event all are asked as of that event, so there are few of these at a time.
  const executionsAt = new Map<number | undefined, (id: string) => Promise<Positioned<ToolExecutionRecord> | null>>();

  function batchAt(atSeq: number | undefined) {
    return batch(async (ids: readonly string[]) => {
      executionsAt.delete(atSeq);
      const found = await useCases.getToolExecutions(caller, atSeq === undefined ? { ids } : { ids, atSeq });
      const byId = new Map(found.map((execution) => [execution.id, execution]));
      return (id: string) => byId.get(id) ?? null;
    });
  }

  return {
    execution(id, atSeq) {
      const load = executionsAt.get(atSeq) ?? batchAt(atSeq);
      executionsAt.set(atSeq, load);
      return load(id);
    },
    invocationsAround: batch(async (ids: readonly string[]) => {
      const found = await useCases.listInvocationsOfExecutions(caller, { ids });
      const byExecution = Map.groupBy(found, ({ executionId }) => executionId);
      return (id: string) => byExecution.get(id) ?? [];
    }),
  };
}
