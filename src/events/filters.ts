/** Which events a subscriber asked for: pure predicates, equal in meaning to the conditions in filter-sql.ts. */
import { indexedText } from './indexed-text.ts';
import type { EventFilter, HookInvocationFilter, ToolExecutionFilter } from './journal.ts';
import type { HookInvocationRecord, JournalEvent, ToolEventKind, ToolExecutionRecord } from './records.ts';

export function matchesHookFilter(filter: HookInvocationFilter, record: HookInvocationRecord): boolean {
  return (
    isOneOf(filter.hooks, record.hook) &&
    isOneOf(filter.outcomes, record.outcome) &&
    (absent(filter.pluginName) || record.steps.some((step) => isText(filter.pluginName, step.pluginName))) &&
    matchesShared(filter, record)
  );
}

export function matchesToolFilter(
  filter: ToolExecutionFilter,
  record: ToolExecutionRecord,
  kind: ToolEventKind,
): boolean {
  return (
    isOneOf(filter.statuses, record.status) &&
    isOneOf(filter.kinds, kind) &&
    isText(filter.pluginName, record.pluginName) &&
    matchesShared(filter, record)
  );
}

export function matchesEventFilter(filter: EventFilter, event: JournalEvent): boolean {
  const { runId, agentId, pluginNames } = factsOf(event);
  return (
    isOneOf(filter.types, event.type) &&
    isText(filter.runId, runId) &&
    isText(filter.agentId, agentId) &&
    (absent(filter.pluginName) || pluginNames.some((name) => isText(filter.pluginName, name)))
  );
}

function factsOf(event: JournalEvent) {
  switch (event.type) {
    case 'HOOK_INVOKED': {
      const { runId, agentId, steps } = event.invocation;
      return { runId, agentId, pluginNames: steps.map((step) => step.pluginName) };
    }
    case 'TOOL_EXECUTED': {
      const { runId, agentId, pluginName } = event.execution;
      return { runId, agentId, pluginNames: [pluginName] };
    }
    case 'PLUGIN_CHANGED':
      return { runId: null, agentId: null, pluginNames: [event.pluginName] };
    case 'PLUGIN_EMITTED':
      return { runId: event.runId, agentId: event.agentId, pluginNames: [event.pluginName] };
  }
}

function matchesShared(
  filter: HookInvocationFilter | ToolExecutionFilter,
  record: HookInvocationRecord | ToolExecutionRecord,
): boolean {
  const startedAt = Date.parse(record.startedAt);
  return (
    isText(filter.toolName, record.toolName) &&
    isText(filter.runId, record.runId) &&
    isText(filter.agentId, record.agentId) &&
    (absent(filter.startedAfter) || startedAt > filter.startedAfter.getTime()) &&
    (absent(filter.startedBefore) || startedAt < filter.startedBefore.getTime())
  );
}

function isText(wanted: string | null | undefined, found: string | null): boolean {
  return absent(wanted) || (found !== null && indexedText(wanted) === indexedText(found));
}

function isOneOf<T>(wanted: readonly T[] | null | undefined, found: T): boolean {
  return absent(wanted) || wanted.includes(found);
}

function absent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
