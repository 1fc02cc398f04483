/** One hook of one tenant through its plugins: builds the steps, runs the pipeline, and makes the record of it. */
import { executionError } from '../errors/execution-error.ts';
import type { HookInvocationRecord } from '../events/records.ts';
import type { Json, JsonObject } from '../json/json.ts';
import type { Outcome } from '../sandbox/sandbox.ts';
import type { PluginHook } from '../sdk/index.ts';
import { callPlugin } from './call-plugin.ts';
import type { Host } from './host.ts';
import { startInvocationClock } from './invocation-clock.ts';
import { runPipeline, type PipelineResult, type PipelineStep } from './run-pipeline.ts';
import type { HookTaker } from './tenant-plugins.ts';
import { whenMatches } from './when-matches.ts';

export interface HookRun {
  /** `HookInvocation:…`; left out, a new one. */
  readonly id?: string;
  /** UUID. */
  readonly tenantId: string;
  readonly hook: PluginHook;
  readonly data: JsonObject;
  readonly runId: string | null;
  readonly agentId: string | null;
  /** `ToolExecution:…` for hooks around a tool call. */
  readonly executionId: string | null;
  /** Cancels it: what has not ended is told, what has not begun is skipped. */
  readonly signal: AbortSignal;
}

export interface HookRunResult extends PipelineResult {
  /** What the caller is told. */
  readonly invocation: HookInvocationRecord;
  /** What the journal keeps: less, where a step is confidential. */
  readonly journalled: HookInvocationRecord;
}

export type HookHost = Pick<Host, 'tenantPlugins' | 'pool' | 'hookLimits' | 'hookStats'>;

export async function runHook(host: HookHost, run: HookRun): Promise<HookRunResult> {
  const startedAt = new Date().toISOString();
  const started = performance.now();
  const id = run.id ?? `HookInvocation:${crypto.randomUUID()}`;
  const toolName = typeof run.data['toolName'] === 'string' ? run.data['toolName'] : null;
  const plugins = await host.tenantPlugins.of(run.tenantId);
  const taking = (plugins.hooks.get(run.hook) ?? []).filter(({ binding }) =>
    whenMatches(binding.when, { toolName, agentId: run.agentId }),
  );
  const result = await runSteps(host, run, id, taking);
  host.hookStats.record(run.tenantId, run.hook, result.steps);
  const invocation: HookInvocationRecord = {
    id,
    hook: run.hook,
    runId: run.runId,
    agentId: run.agentId,
    toolName,
    executionId: run.executionId,
    outcome: result.outcome,
    input: run.data,
    output: outputOf(result),
    truncated: false,
    block: result.block,
    steps: result.steps,
    startedAt,
    durationMs: Math.round((performance.now() - started) * 1000) / 1000,
  };
  const confidential = taking.some(({ binding }) => binding.confidential);
  return { ...result, invocation, journalled: confidential ? withoutContent(invocation) : invocation };
}

async function runSteps(
  { pool, hookLimits }: HookHost,
  run: HookRun,
  invocationId: string,
  taking: readonly HookTaker[],
): Promise<PipelineResult> {
  // Most hooks of most tenants have nobody in them.
  if (taking.length === 0) return runPipeline(run.hook, [], run.data);
  using clock = startInvocationClock(hookLimits.invocationMs, run.signal);
  const context = { invocationId, executionId: run.executionId, runId: run.runId, agentId: run.agentId };
  const steps = taking.map(({ plugin, binding }): PipelineStep => {
    const call = (data: JsonObject, wallMs: number, signal: AbortSignal) =>
      callPlugin(pool, plugin.spec, { kind: 'hook', hook: run.hook, data, context }, { wallMs, signal });
    return {
      pluginName: plugin.entry.name,
      pluginVersion: plugin.entry.parsed.version,
      binding,
      call:
        binding.mode === 'observe'
          ? // Its clock runs from the start of its phase: nobody waits for it to be opened, or for its turn.
            (data, wallMs) => within(wallMs, call(data, wallMs, run.signal))
          : (data, wallMs) => clock.bound(call(data, wallMs, clock.signal)),
    };
  });
  return await runPipeline(run.hook, steps, run.data, { signal: run.signal, leftMs: clock.leftMs });
}

/** The call itself goes on; its outcome comes too late for anybody. */
async function within(ms: number, call: Promise<Outcome<Json>>): Promise<Outcome<Json>> {
  const { promise: late, resolve } = Promise.withResolvers<Outcome<Json>>();
  const error = executionError('TIMEOUT', `The answer waits for an observer at most ${ms} ms.`);
  const timer = setTimeout(() => resolve({ success: false, error }), ms);
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

function outputOf({ block, response, data }: PipelineResult): HookInvocationRecord['output'] {
  if (block) return null;
  return response ? response.data : data;
}

/** The output and the patches would give the input away. */
function withoutContent(invocation: HookInvocationRecord): HookInvocationRecord {
  return {
    ...invocation,
    input: null,
    output: null,
    steps: invocation.steps.map((step) => ({ ...step, patch: null })),
  };
}
