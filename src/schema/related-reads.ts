/** What executions and invocations lead to, read for all of a query's nodes at once: one query for each level of it. */
import type { Positioned } from '../events/journal.ts';
import type { HookInvocationRecord, ToolExecutionRecord } from '../events/records.ts';
import type { Caller, UseCases } from '../plugins/use-cases.ts';
import { batch } from './batch.ts';

type ReadExecution = (id: string) => Promise<Positioned<ToolExecutionRecord> | null>;
type ReadInvocations = (executionId: string) => Promise<readonly Positioned<HookInvocationRecord>[]>;

export class RelatedReads {
  readonly #useCases: UseCases;
  readonly #caller: Caller;
  /** Within an event all are asked as of that event, so there are few of these at a time; most queries need none. */
  #executionsAt: Map<number | undefined, ReadExecution> | undefined;
  #invocations: ReadInvocations | undefined;

  constructor(useCases: UseCases, caller: Caller) {
    this.#useCases = useCases;
    this.#caller = caller;
  }

  /** As of that event; without one, as it stands now. Null when there was none. */
  execution(id: string, atSeq: number | undefined): Promise<Positioned<ToolExecutionRecord> | null> {
    const readers = (this.#executionsAt ??= new Map<number | undefined, ReadExecution>());
    const read = readers.get(atSeq) ?? this.#executionReader(atSeq, () => readers.delete(atSeq));
    readers.set(atSeq, read);
    return read(id);
  }

  /** In journal order. */
  invocationsAround(executionId: string): Promise<readonly Positioned<HookInvocationRecord>[]> {
    this.#invocations ??= this.#invocationReader();
    return this.#invocations(executionId);
  }

  #executionReader(atSeq: number | undefined, onRead: () => void): ReadExecution {
    return batch(async (ids: readonly string[]) => {
      onRead();
      const found = await this.#useCases.getToolExecutions(
        this.#caller,
        atSeq === undefined ? { ids } : { ids, atSeq },
      );
      const byId = new Map(found.map((execution) => [execution.id, execution]));
      return (id: string) => byId.get(id) ?? null;
    });
  }

  #invocationReader(): ReadInvocations {
    return batch(async (ids: readonly string[]) => {
      const found = await this.#useCases.listInvocationsOfExecutions(this.#caller, { ids });
      const byExecution = Map.groupBy(found, ({ executionId }) => executionId);
      return (id: string) => byExecution.get(id) ?? [];
    });
  }
}
