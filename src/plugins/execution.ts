/** One tool call from start to end: its identity, its hooks, and the journal's account of it. */
import type { ExecutionError } from '../errors/execution-error.ts';
import type { Positioned } from '../events/journal.ts';
import type { JournalEvent, NewEvent, ToolExecutionRecord } from '../events/records.ts';
import type { Json, JsonObject } from '../json/json.ts';
import type { PluginHook } from '../sdk/index.ts';
import type { CallOwner, CallUnderWay } from './calls-under-way.ts';
import type { FoundTool } from './find-tool.ts';
import type { Host } from './host.ts';
import { insideHook } from './nested-calls.ts';
import { runHook, type HookRunResult } from './run-hook.ts';

export interface Execution {
  readonly id: string;
  readonly found: FoundTool;
  readonly context: { readonly executionId: string; readonly runId: string | null; readonly agentId: string | null };
  readonly underWay: CallUnderWay;
  /** Null when this call fires no hooks. */
  hook(hook: PluginHook, data: JsonObject): Promise<HookRunResult | null>;
  /** Says in the journal that the tool is about to run. */
  started(params: JsonObject): void;
  /** Says how it ended; resolves when the journal has all of it. */
  completed(ending: Ending): Promise<Positioned<ToolExecutionRecord>>;
}

export interface Ending {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'BLOCKED' | 'CANCELLED';
  /** Null when the tool was never given any. */
  readonly params: JsonObject | null;
  readonly data?: Json;
  readonly error?: ExecutionError;
  readonly answeredBy?: string;
}

export function createExecution(
  host: Host,
  found: FoundTool,
  call: { id: string; tenantId: string; runId: string | null; owner: CallOwner & { subject: string } },
  underWay: CallUnderWay,
): Execution {
  const { id, tenantId, runId } = call;
  const { agentId, subject } = call.owner;
  const startedAt = new Date().toISOString();
  const clock = performance.now();
  const fireHooks = !insideHook();
  const written: Promise<readonly JournalEvent[]>[] = [];
  let unwritten: NewEvent[] = [];

  const base = {
    id,
    toolName: found.tool.name,
    pluginName: found.plugin.entry.name,
    pluginVersion: found.plugin.entry.parsed.version,
    truncated: false,
    runId,
    agentId,
    subject,
    startedAt,
  };

  function write(): void {
    const events = unwritten;
    unwritten = [];
    const writing = host.journal.append(tenantId, events);
    // Awaited in completed(); until then a failure is not unhandled.
    writing.catch(() => {});
    written.push(writing);
  }

  return {
    id,
    found,
    context: { executionId: id, runId, agentId },
    underWay,
    async hook(hook, data) {
      if (!fireHooks) return null;
      const { signal } = underWay;
      const result = await runHook(host, { tenantId, hook, data, runId, agentId, executionId: id, signal });
      unwritten.push({ type: 'HOOK_INVOKED', invocation: result.journalled });
      return result;
    },
    started(params) {
      const execution: ToolExecutionRecord = {
        ...base,
        status: 'RUNNING',
        params,
        success: null,
        data: null,
        error: null,
        answeredBy: null,
        durationMs: null,
      };
      unwritten.push({ type: 'TOOL_EXECUTED', kind: 'STARTED', execution });
      write();
    },
    async completed({ status, params, data = null, error = null, answeredBy = null }) {
      const durationMs = Math.round((performance.now() - clock) * 1000) / 1000;
      const success = status === 'SUCCEEDED';
      const execution: ToolExecutionRecord = { ...base, status, params, success, data, error, answeredBy, durationMs };
      unwritten.push({ type: 'TOOL_EXECUTED', kind: 'COMPLETED', execution });
      write();
      const events = (await Promise.all(written)).flat();
      const first = events.find(({ type }) => type === 'TOOL_EXECUTED');
      return { ...execution, seq: first!.seq };
    },
  };
}
