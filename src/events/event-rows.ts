/** Between events and rows: which columns an event fills, and the event that a row holds. Pure. */
import { isJsonObject, type JsonObject } from '../json/json.ts';
import { capPayload } from './cap-payload.ts';
import { indexedText } from './indexed-text.ts';
import {
  EVENT_TYPES,
  EXECUTION_STATUSES,
  HOOK_OUTCOMES,
  type HookInvocationRecord,
  type JournalEvent,
  type NewEvent,
  type ToolExecutionRecord,
} from './records.ts';

/** An event ready to be written: all but its number and time. Keys are column names. */
export interface EventRow {
  readonly type: string;
  readonly kind: string | null;
  readonly run_id: string | null;
  readonly agent_id: string | null;
  readonly tool_name: string | null;
  readonly plugin_names: readonly string[];
  readonly hook: string | null;
  readonly outcome: string | null;
  readonly started_at: string | null;
  readonly invocation_id: string | null;
  readonly execution_id: string | null;
  /** JSON in text, never parsed by the database. */
  readonly payload: string;
}

export interface PreparedEvent {
  /** As it will be read again: capped. */
  readonly event: NewEvent;
  readonly row: EventRow;
}

export function prepareEvent(newEvent: NewEvent): PreparedEvent {
  const { event, text } = capPayload(newEvent);
  return { event, row: { ...EMPTY, ...columnsOf(event), type: event.type, payload: text } };
}

const EMPTY: EventRow = {
  type: '',
  kind: null,
  run_id: null,
  agent_id: null,
  tool_name: null,
  plugin_names: [],
  hook: null,
  outcome: null,
  started_at: null,
  invocation_id: null,
  execution_id: null,
  payload: '',
};

function columnsOf(event: NewEvent): Partial<EventRow> {
  switch (event.type) {
    case 'HOOK_INVOKED': {
      const { id, hook, outcome, runId, agentId, toolName, executionId, steps, startedAt } = event.invocation;
      return {
        hook,
        outcome,
        run_id: indexedOrNull(runId),
        agent_id: indexedOrNull(agentId),
        tool_name: indexedOrNull(toolName),
        plugin_names: [...new Set(steps.map((step) => indexedText(step.pluginName)))],
        started_at: startedAt,
        invocation_id: id,
        execution_id: executionId,
      };
    }
    case 'TOOL_EXECUTED': {
      const { id, runId, agentId, toolName, pluginName, status, startedAt } = event.execution;
      return {
        kind: event.kind,
        outcome: status,
        run_id: indexedOrNull(runId),
        agent_id: indexedOrNull(agentId),
        tool_name: indexedText(toolName),
        plugin_names: [indexedText(pluginName)],
        started_at: startedAt,
        execution_id: id,
      };
    }
    case 'PLUGIN_CHANGED':
      return { kind: event.kind, plugin_names: [indexedText(event.pluginName)] };
    case 'PLUGIN_EMITTED':
      return {
        run_id: indexedOrNull(event.runId),
        agent_id: indexedOrNull(event.agentId),
        plugin_names: [indexedText(event.pluginName)],
      };
  }
}

function indexedOrNull(text: string | null): string | null {
  return text === null ? null : indexedText(text);
}

export function toJournalEvent(event: NewEvent, tenantId: string, seq: number, occurredAt: string): JournalEvent {
  return { ...event, tenantId, seq, occurredAt };
}

/** What `prepareEvent` wrote. Only the journal writes these rows, so the type is checked and the rest believed. */
export function parsePayload(text: string): NewEvent {
  const payload: unknown = JSON.parse(text);
  if (!isStoredEvent(payload)) throw new Error('The journal holds an event of a type that this version does not know.');
  return payload;
}

function isStoredEvent(payload: unknown): payload is NewEvent & JsonObject {
  return isJsonObject(payload) && EVENT_TYPES.some((type) => type === payload['type']);
}

/** An invocation alone, as it was kept for an idempotency key. */
export function parseInvocation(text: string): HookInvocationRecord {
  const record: unknown = JSON.parse(text);
  if (!isStoredInvocation(record)) throw new Error('What was kept is no hook invocation that this version knows.');
  return record;
}

function isStoredInvocation(record: unknown): record is HookInvocationRecord & JsonObject {
  return isJsonObject(record) && HOOK_OUTCOMES.some((outcome) => outcome === record['outcome']);
}

/** The same of a row of the projection, which holds the record alone. */
export function parseExecution(text: string): ToolExecutionRecord {
  const record: unknown = JSON.parse(text);
  if (!isStoredExecution(record))
    throw new Error('The journal holds an execution with a status that this version does not know.');
  return record;
}

function isStoredExecution(record: unknown): record is ToolExecutionRecord & JsonObject {
  return isJsonObject(record) && EXECUTION_STATUSES.some((status) => status === record['status']);
}
