/**
 * What the journal holds of the executions that run here or ended a moment ago, so that subscribers who ask for what belongs to
 * an event do not each ask the database for what has just been written to it.
 */
import type { Positioned } from './journal.ts';
import type { HookInvocationRecord, JournalEvent, NewEvent, ToolExecutionRecord } from './records.ts';

const MAX_ENDED = 1_000;
const MAX_ENDED_BYTES = 16 * 1024 * 1024;

export interface RecentExecutions {
  /** Every event that is committed here, in its order. `bytes`: of its JSON. */
  remember(event: JournalEvent, bytes: number): void;
  /** Of events that may be committed or not: their executions are asked of the database from now on. */
  doubt(tenantId: string, events: readonly NewEvent[]): void;
  /** Undefined when the database has to be asked. */
  find(tenantId: string, id: string): RecentExecution | undefined;
  /** What has ended: the journal may not have it any more. */
  forgetEnded(): void;
  /** What began here, has no end in the journal, and is not under way. */
  forgetLost(isUnderWay: IsUnderWay): void;
}

export type IsUnderWay = (tenantId: string, executionId: string) => boolean;

export interface RecentExecution {
  /** As it stood at that event, or as it stands; null before its first one. */
  at(seq?: number): Positioned<ToolExecutionRecord> | null;
  /** In journal order. */
  readonly invocations: readonly Positioned<HookInvocationRecord>[];
}

export function createRecentExecutions(): RecentExecutions {
  const running = new Map<string, Remembered>();
  const ended = new Map<string, Remembered>();
  let endedBytes = 0;

  function end(key: string, execution: Remembered): void {
    running.delete(key);
    ended.set(key, execution);
    endedBytes += execution.bytes;
    for (const [oldest, { bytes }] of ended) {
      if (ended.size <= MAX_ENDED && endedBytes <= MAX_ENDED_BYTES) return;
      ended.delete(oldest);
      endedBytes -= bytes;
    }
  }

  return {
    remember(event, bytes) {
      const id = executionIdOf(event);
      if (id === null) return;
      const key = keyOf(event.tenantId, id);
      const isEnd = event.type === 'TOOL_EXECUTED' && event.kind === 'COMPLETED';
      // What ends without having begun here began on another server, which knows more of it.
      const execution = running.get(key) ?? (isEnd ? undefined : new Remembered(event.tenantId, id));
      if (!execution) return;
      execution.add(event, bytes);
      if (isEnd) end(key, execution);
      else running.set(key, execution);
    },
    doubt(tenantId, events) {
      for (const event of events) {
        const id = executionIdOf(event);
        if (id === null) continue;
        const key = keyOf(tenantId, id);
        const execution = running.get(key) ?? new Remembered(tenantId, id);
        execution.isDoubtful = true;
        running.set(key, execution);
      }
    },
    find(tenantId, id) {
      const key = keyOf(tenantId, id);
      const execution = running.get(key) ?? ended.get(key);
      return execution?.isDoubtful ? undefined : execution;
    },
    forgetEnded() {
      ended.clear();
      endedBytes = 0;
    },
    forgetLost(isUnderWay) {
      for (const [key, { tenantId, id }] of running) if (!isUnderWay(tenantId, id)) running.delete(key);
    },
  };
}

class Remembered implements RecentExecution {
  readonly tenantId: string;
  readonly id: string;
  isDoubtful = false;
  readonly invocations: Positioned<HookInvocationRecord>[] = [];
  readonly #states: { readonly seq: number; readonly record: ToolExecutionRecord }[] = [];
  #bytes = 0;

  constructor(tenantId: string, id: string) {
    this.tenantId = tenantId;
    this.id = id;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(event: JournalEvent, bytes: number): void {
    const { seq } = event;
    if (event.type === 'HOOK_INVOKED') this.invocations.push({ ...event.invocation, seq });
    // Its progress changes nothing of the record.
    else if (event.type === 'TOOL_EXECUTED' && event.kind !== 'PROGRESS')
      this.#states.push({ seq, record: event.execution });
    else return;
    this.#bytes += bytes;
  }

  at(seq = Infinity): Positioned<ToolExecutionRecord> | null {
    const [first] = this.#states;
    const state = this.#states.findLast((past) => past.seq <= seq);
    return first && state ? { ...state.record, seq: first.seq } : null;
  }
}

function executionIdOf(event: NewEvent): string | null {
  if (event.type === 'HOOK_INVOKED') return event.invocation.executionId;
  return event.type === 'TOOL_EXECUTED' ? event.execution.id : null;
}

function keyOf(tenantId: string, id: string): string {
  return `${tenantId} ${id}`;
}
