/** The journal's interface: one append-only table of events, numbered per tenant, read by cursor. */
import type { PluginHook } from '../sdk/index.ts';
import type { DatabaseTransaction } from '../db/database.ts';
import type { Page, PageRequest } from './page.ts';
import type {
  EventType,
  ExecutionStatus,
  HookInvocationRecord,
  HookOutcome,
  JournalEvent,
  NewEvent,
  ToolEventKind,
  ToolExecutionRecord,
} from './records.ts';

export interface HookInvocationFilter {
  readonly hooks?: readonly PluginHook[] | null;
  readonly pluginName?: string | null;
  readonly toolName?: string | null;
  readonly runId?: string | null;
  readonly agentId?: string | null;
  readonly outcomes?: readonly HookOutcome[] | null;
  readonly startedAfter?: Date | null;
  readonly startedBefore?: Date | null;
}

export interface ToolExecutionFilter {
  readonly toolName?: string | null;
  readonly pluginName?: string | null;
  readonly runId?: string | null;
  readonly agentId?: string | null;
  readonly statuses?: readonly ExecutionStatus[] | null;
  readonly kinds?: readonly ToolEventKind[] | null;
  readonly startedAfter?: Date | null;
  readonly startedBefore?: Date | null;
}

export interface EventFilter {
  readonly runId?: string | null;
  readonly agentId?: string | null;
  readonly pluginName?: string | null;
  readonly types?: readonly EventType[] | null;
}

/** A record and where it stands: the position of its (first) event. */
export type Positioned<T> = T & { readonly seq: number };

export interface Journal {
  /** Resolves once the events are committed and published; events of one call stay together and in order. */
  append(tenantId: string, events: readonly NewEvent[]): Promise<readonly JournalEvent[]>;
  /** Runs `work` and appends the events it returns in the same transaction; publishing follows the commit. */
  transact<T>(
    tenantId: string,
    work: (tx: DatabaseTransaction) => Promise<{ result: T; events: readonly NewEvent[] }>,
  ): Promise<T>;
  latestSeq(tenantId: string): Promise<number>;
  /** The oldest kept event's number, or null for an empty journal. */
  oldestSeq(tenantId: string): Promise<number | null>;
  /** Up to `limit` events after `seq`, in order. */
  read(tenantId: string, afterSeq: number, limit: number): Promise<readonly JournalEvent[]>;
  hookInvocations(
    tenantId: string,
    page: PageRequest,
    filter: HookInvocationFilter,
  ): Promise<Page<Positioned<HookInvocationRecord>>>;
  toolExecutions(
    tenantId: string,
    page: PageRequest,
    filter: ToolExecutionFilter,
  ): Promise<Page<Positioned<ToolExecutionRecord>>>;
  findHookInvocation(tenantId: string, id: string): Promise<Positioned<HookInvocationRecord> | null>;
  findToolExecution(tenantId: string, id: string): Promise<Positioned<ToolExecutionRecord> | null>;
  /** Those there are, in no order: today's state, or with `atSeq` the state as of that event. One query for all. */
  toolExecutionsByIds(
    tenantId: string,
    ids: readonly string[],
    atSeq?: number,
  ): Promise<readonly Positioned<ToolExecutionRecord>[]>;
  /** In journal order. One query for all. */
  invocationsOfExecutions(
    tenantId: string,
    executionIds: readonly string[],
  ): Promise<readonly Positioned<HookInvocationRecord>[]>;
  /** Ends what is RUNNING here and on no server any more as FAILED, SANDBOX_CRASHED. Returns how many there were. */
  endAbandonedExecutions(): Promise<number>;
  /** Deletes what is older than retention. Returns how many events went. */
  applyRetention(): Promise<number>;
  /** Waits until everything appended so far is committed. */
  flush(): Promise<void>;
}
