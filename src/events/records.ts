/** The facts of the journal. A record is a whole snapshot: what an event shows is the state at that event. */
import type { ExecutionError } from '../errors/execution-error.ts';
import type { Json, JsonObject } from '../json/json.ts';
import type { HookMode, PluginHook } from '../sdk/index.ts';

export const HOOK_OUTCOMES = ['CONTINUED', 'MODIFIED', 'BLOCKED', 'RESPONDED'] as const;
export type HookOutcome = (typeof HOOK_OUTCOMES)[number];

export const STEP_OUTCOMES = [
  'CONTINUED',
  'MODIFIED',
  'BLOCKED',
  'RESPONDED',
  'FAILED',
  'TIMED_OUT',
  'SKIPPED',
] as const;
export type StepOutcome = (typeof STEP_OUTCOMES)[number];

export const EXECUTION_STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'BLOCKED', 'CANCELLED'] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

export const TOOL_EVENT_KINDS = ['STARTED', 'PROGRESS', 'COMPLETED'] as const;
export type ToolEventKind = (typeof TOOL_EVENT_KINDS)[number];

export const PLUGIN_CHANGE_KINDS = ['ENABLED', 'DISABLED', 'CONFIG_UPDATED', 'FAILED', 'RECOVERED'] as const;
export type PluginChangeKind = (typeof PLUGIN_CHANGE_KINDS)[number];

export const EVENT_TYPES = ['HOOK_INVOKED', 'TOOL_EXECUTED', 'PLUGIN_CHANGED', 'PLUGIN_EMITTED'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface HookBlock {
  readonly pluginName: string;
  readonly code: string;
  readonly reason: string;
  readonly details: Json;
}

export interface HookStep {
  readonly pluginName: string;
  readonly pluginVersion: string;
  readonly mode: HookMode;
  readonly outcome: StepOutcome;
  readonly durationMs: number;
  /** JSON Patch (RFC 6902) of what the step changed. */
  readonly patch: readonly JsonObject[] | null;
  readonly error: ExecutionError | null;
}

export interface HookInvocationRecord {
  /** `HookInvocation:` and a UUID. */
  readonly id: string;
  readonly hook: PluginHook;
  readonly runId: string | null;
  readonly agentId: string | null;
  readonly toolName: string | null;
  /** `ToolExecution:…` for hooks around a tool call. */
  readonly executionId: string | null;
  readonly outcome: HookOutcome;
  /** Null when a step was confidential. */
  readonly input: JsonObject | null;
  /** The data after the hook, or the response. */
  readonly output: Json;
  /** Input or output was too large for the journal and was left out. */
  readonly truncated: boolean;
  readonly block: HookBlock | null;
  readonly steps: readonly HookStep[];
  /** RFC 3339, UTC, milliseconds. */
  readonly startedAt: string;
  readonly durationMs: number;
}

export interface ToolExecutionRecord {
  /** `ToolExecution:` and a UUID. */
  readonly id: string;
  readonly toolName: string;
  readonly pluginName: string;
  readonly pluginVersion: string;
  readonly status: ExecutionStatus;
  readonly params: JsonObject | null;
  /** Null while RUNNING. */
  readonly success: boolean | null;
  readonly data: Json;
  readonly truncated: boolean;
  readonly error: ExecutionError | null;
  /** The plugin whose hook answered in the tool's place, or recovered it. */
  readonly answeredBy: string | null;
  readonly runId: string | null;
  readonly agentId: string | null;
  /** Whose token made the call: nobody is told, but an agent may cancel what it began. Absent in records of before. */
  readonly subject?: string;
  readonly startedAt: string;
  readonly durationMs: number | null;
}

/** What a plugin told of its own accord. */
export interface PluginEmission {
  readonly type: 'PLUGIN_EMITTED';
  readonly pluginName: string;
  readonly name: string;
  /** Small: what is too large is refused, not cut. */
  readonly data: Json;
  /** Of the call in which it was emitted; null in `onLoad` and `onUnload`. */
  readonly runId: string | null;
  readonly agentId: string | null;
}

export interface ToolExecuted {
  readonly type: 'TOOL_EXECUTED';
  readonly kind: ToolEventKind;
  readonly execution: ToolExecutionRecord;
  /** Of a PROGRESS event; absent where the tool only gave parts. */
  readonly progress?: Json;
  /** Of a PROGRESS event: parts of the result, in order. */
  readonly parts?: ToolParts;
}

export interface ToolParts {
  /** The number of the first of them, counted from 0 in each execution. */
  readonly from: number;
  readonly data: readonly Json[];
}

/** What is appended; the journal gives it its number and time. */
export type NewEvent =
  | { readonly type: 'HOOK_INVOKED'; readonly invocation: HookInvocationRecord }
  | ToolExecuted
  | {
      readonly type: 'PLUGIN_CHANGED';
      readonly kind: PluginChangeKind;
      readonly pluginName: string;
      readonly plugin: JsonObject | null;
      /** The plugin was too large, and is null because of that. */
      readonly truncated?: true;
    }
  | PluginEmission;

/** An event of the journal. `seq` counts from 1 per tenant, without holes. */
export type JournalEvent = NewEvent & { readonly tenantId: string; readonly seq: number; readonly occurredAt: string };
