/** What a tool call around which two hooks fire tells the journal: four events, in two appends. */
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HookInvocationRecord, NewEvent, ToolExecutionRecord } from '../../src/events/records.ts';

/** Resolves once the journal has the events. */
export type Append = (events: readonly NewEvent[]) => Promise<unknown>;

/** The second append comes before the first is done, as that of a quick tool does. */
export async function appendCall(append: Append): Promise<void> {
  const id = `ToolExecution:${randomUUID()}`;
  const first = append([hookInvoked('BEFORE_TOOL_CALL', id), toolExecuted('STARTED', id)]);
  // Else one that fails would be nobody's while the other is made.
  first.catch(() => {});
  await nextTurn();
  await append([hookInvoked('AFTER_TOOL_CALL', id), toolExecuted('COMPLETED', id)]);
  await first;
}

function hookInvoked(hook: HookInvocationRecord['hook'], executionId: string): NewEvent {
  const data = { toolName: 'add', params: { a: 12, b: 30 } };
  const invocation: HookInvocationRecord = {
    id: `HookInvocation:${randomUUID()}`,
    hook,
    runId: null,
    agentId: null,
    toolName: 'add',
    executionId,
    outcome: 'CONTINUED',
    input: data,
    output: data,
    truncated: false,
    block: null,
    steps: [],
    startedAt: new Date().toISOString(),
    durationMs: 0.1,
  };
  return { type: 'HOOK_INVOKED', invocation };
}

function toolExecuted(kind: 'STARTED' | 'COMPLETED', id: string): NewEvent {
  const ended = kind === 'COMPLETED';
  const execution: ToolExecutionRecord = {
    id,
    toolName: 'add',
    pluginName: 'adder',
    pluginVersion: '1.0.0',
    status: ended ? 'SUCCEEDED' : 'RUNNING',
    params: { a: 12, b: 30 },
    success: ended ? true : null,
    data: ended ? 42 : null,
    truncated: false,
    error: null,
    answeredBy: null,
    runId: null,
    agentId: null,
    subject: 'bench',
    startedAt: new Date().toISOString(),
    durationMs: ended ? 0.5 : null,
  };
  return { type: 'TOOL_EXECUTED', kind, execution };
}
