/** One tool call from start to end: its identity, its hooks, and the journal's account of it. */
import type { ExecutionError } from '../errors/execution-error.ts';
import type { Positioned } from '../events/journal.ts';
import type { JournalEvent, NewEvent, ToolExecutionRecord } from '../events/records.ts';
import type { Json, JsonObject } from '../json/json.ts';
import type { PluginHook } from '../sdk/index.ts';
import type { CallOwner, CallUnderWay } from './calls-under-way.ts';
import { createExecutionAccount } from './execution-account.ts';
import type { FoundTool } from './find-tool.ts';
import { guardsResult } from './guards-result.ts';
import type { Host } from './host.ts';
import { insideHook } from './nested-calls.ts';
import { createProgressReports, type ProgressReport } from './report-progress.ts';
import { runHook, type HookRunResult } from './run-hook.ts';

export interface Execution {
  readonly id: string;
  readonly found: FoundTool;
  readonly context: { readonly executionId: string; readonly runId: string | null; readonly agentId: string | null };
  readonly underWay: CallUnderWay;
  /** Null when this call fires no hooks. */
  hook(hook: PluginHook, data: JsonObject): Promise<HookRunResult | null>;
  /**
   * Says in the journal that the tool is about to run. Of a call with a key it resolves when the journal has it: a server that
   * dies must not leave behind a tool that was called and a key that knows of nothing.
   */
  started(params: JsonObject): Promise<void>;
  /** What the tool tells while it runs; `part`: its number, for a part of the result. */
  readonly tell: (data: Json, part?: number) => void;
  /** Nothing it tells from now on is heard. */
  toolEnded(): void;
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

export interface NewExecution {
  readonly id: string;
  readonly tenantId: string;
  readonly runId: string | null;
  readonly owner: CallOwner & { readonly subject: string };
  /** The caller gave an idempotency key. */
  readonly keyed: boolean;
  /** Told once the journal has it that the tool was called. */
  readonly onStarted: (execution: Positioned<ToolExecutionRecord>) => void;
}

export function createExecution(host: Host, found: FoundTool, call: NewExecution, underWay: CallUnderWay): Execution {
  const { id, tenantId, runId, keyed, onStarted } = call;
  const { agentId } = call.owner;
  const clock = performance.now();
  const fireHooks = !insideHook();
  const account = createExecutionAccount(host.journal, tenantId);
  const base = baseOf(found, call);
  let running: ToolExecutionRecord = { ...base, ...NOT_ENDED, params: null };
  let partsAreShown = false;
  const reported = (report: ProgressReport): NewEvent => ({
    type: 'TOOL_EXECUTED',
    kind: 'PROGRESS',
    execution: running,
    ...report,
  });
  const reports = createProgressReports((report) => account.mention(reported(report)));

  return {
    id,
    found,
    context: { executionId: id, runId, agentId },
    underWay,
    async hook(hook, data) {
      if (!fireHooks) return null;
      const { signal } = underWay;
      const result = await runHook(host, { tenantId, hook, data, runId, agentId, executionId: id, signal });
      account.add({ type: 'HOOK_INVOKED', invocation: result.journalled });
      return result;
    },
    async started(params) {
      partsAreShown = !fireHooks || !(await guardsResult(host, tenantId, { toolName: found.tool.name, agentId }));
      running = { ...running, params };
      const writing = account.write({ type: 'TOOL_EXECUTED', kind: 'STARTED', execution: running });
      const told = writing.then((events) => onStarted({ ...running, seq: startOf(events) }));
      if (keyed) await told;
      else told.catch(() => {});
    },
    tell(data, part) {
      if (part === undefined || partsAreShown) reports.tell(data, part);
    },
    toolEnded() {
      const last = reports.end();
      if (last) account.add(reported(last));
    },
    async completed({ status, params, data = null, error = null, answeredBy = null }) {
      const durationMs = Math.round((performance.now() - clock) * 1000) / 1000;
      const success = status === 'SUCCEEDED';
      const execution: ToolExecutionRecord = { ...base, status, params, success, data, error, answeredBy, durationMs };
      void account.write({ type: 'TOOL_EXECUTED', kind: 'COMPLETED', execution });
      return { ...execution, seq: startOf(await account.all()) };
    },
  };
}

const NOT_ENDED = {
  status: 'RUNNING',
  success: null,
  data: null,
  error: null,
  answeredBy: null,
  durationMs: null,
} as const;

/** What does not change from its start to its end. */
function baseOf({ tool, plugin }: FoundTool, { id, runId, owner }: NewExecution) {
  return {
    id,
    toolName: tool.name,
    pluginName: plugin.entry.name,
    pluginVersion: plugin.entry.parsed.version,
    truncated: false,
    runId,
    agentId: owner.agentId,
    subject: owner.subject,
    startedAt: new Date().toISOString(),
  };
}

/** Its cursor, for good. */
function startOf(events: readonly JournalEvent[]): number {
  return events.find(({ type }) => type === 'TOOL_EXECUTED')!.seq;
}
