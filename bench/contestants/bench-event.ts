/** The event that each contestant of the events suite brings to its subscribers, and the text of it that they are sent. */
import { randomUUID } from 'node:crypto';
import type { HookInvocationRecord, JournalEvent } from '../../src/events/records.ts';

export type HookEvent = Extract<JournalEvent, { type: 'HOOK_INVOKED' }>;

/** Subscribers follow `runOf(n)`; there are as many runs as filters. */
export const runOf = (filter: number): string => `run-${String(filter).padStart(2, '0')}`;

export const FOLLOW = `subscription ($filter: HookInvocationFilter) {
  hookInvoked(filter: $filter) {
    cursor
    occurredAt
    invocation {
      id hook runId agentId toolName outcome input output truncated startedAt durationMs
      steps { pluginName pluginVersion mode outcome durationMs }
    }
  }
}`;

const step = (pluginName: string): HookInvocationRecord['steps'][number] => ({
  pluginName,
  pluginVersion: '1.2.3',
  mode: 'validate',
  outcome: 'CONTINUED',
  durationMs: 0.25,
  patch: null,
  error: null,
});

export function benchEvent(tenantId: string, seq: number, runId: string): HookEvent {
  const data = { toolName: 'add', params: { a: 12, b: 30, note: 'as long as a usual sentence of an agent is' } };
  return {
    type: 'HOOK_INVOKED',
    tenantId,
    seq,
    occurredAt: new Date().toISOString(),
    invocation: {
      id: `HookInvocation:${randomUUID()}`,
      hook: 'BEFORE_TOOL_CALL',
      runId,
      agentId: 'agent-7',
      toolName: 'add',
      executionId: null,
      outcome: 'CONTINUED',
      input: data,
      output: data,
      truncated: false,
      block: null,
      steps: [step('tool-guard'), step('run-recorder')],
      startedAt: new Date().toISOString(),
      durationMs: 1.5,
    },
  };
}
