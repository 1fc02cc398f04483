/** Watches whole runs: counts what happens in each, logs its end, and tells on request. */
import {
  BaseToolPlugin,
  type HookContext,
  type Json,
  type JsonObject,
  type PluginHook,
  type PluginMetadata,
  type ToolContext,
  type ToolDefinition,
  type ToolResult,
} from 'hookline/sdk';

interface Run {
  readonly startedAt: number;
  lastSeenAt: number;
  readonly hooks: Map<string, number>;
  readonly tools: Map<string, number>;
  errors: number;
}

const OBSERVE = { mode: 'observe' } as const;

export default class RunRecorder extends BaseToolPlugin {
  readonly metadata: PluginMetadata = {
    name: 'run-recorder',
    version: '1.0.0',
    author: 'Hookline',
    description: 'Counts the hooks, tool calls and errors of each run, and answers what it saw.',
    configSchema: {
      type: 'object',
      properties: {
        keepRuns: { type: 'integer', minimum: 1, maximum: 1000, default: 200, description: 'Runs remembered.' },
      },
      additionalProperties: false,
    },
    hooks: {
      BEFORE_AGENT_RUN: OBSERVE,
      AFTER_AGENT_RUN: OBSERVE,
      BEFORE_TOOL_CALL: OBSERVE,
      AFTER_TOOL_CALL: OBSERVE,
      ON_ERROR: OBSERVE,
      ON_REASONING_STEP: OBSERVE,
    },
  };

  readonly tools: readonly ToolDefinition[] = [
    {
      name: 'run_summary',
      description: 'Tells what was seen of a run since this plugin was loaded.',
      parameters: {
        type: 'object',
        properties: { runId: { type: 'string', minLength: 1 } },
        required: ['runId'],
        additionalProperties: false,
      },
    },
  ];

  // An instance is a cache: it may be replaced at any time, and these counts begin again. The journal keeps everything.
  readonly #runs = new Map<string, Run>();

  override handleHook(hook: PluginHook, data: JsonObject, { runId, config, log }: HookContext): void {
    if (runId === null) return;
    const run = this.#runs.get(runId) ?? this.#begin(runId, Number(config.keepRuns));
    run.lastSeenAt = Date.now();
    count(run.hooks, hook);
    if (hook === 'BEFORE_TOOL_CALL') count(run.tools, textOf(data.toolName));
    if (hook === 'ON_ERROR') run.errors += 1;
    if (hook === 'AFTER_AGENT_RUN') log.info('A run has ended.', summarize(runId, run));
  }

  execute(_toolName: string, { runId }: JsonObject, _context: ToolContext): ToolResult {
    const id = textOf(runId);
    const run = this.#runs.get(id);
    if (!run) return { success: false, error: `Nothing is remembered of run "${id}".`, code: 'RUN_UNKNOWN' };
    return { success: true, data: summarize(id, run) };
  }

  #begin(runId: string, keepRuns: number): Run {
    const now = Date.now();
    const run: Run = { startedAt: now, lastSeenAt: now, hooks: new Map(), tools: new Map(), errors: 0 };
    this.#runs.set(runId, run);
    // A map keeps the order of insertion, so the first key is the oldest run.
    const oldest = this.#runs.keys().next().value;
    if (this.#runs.size > keepRuns && oldest !== undefined) this.#runs.delete(oldest);
    return run;
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Lists rather than objects keyed by name: a tool may be called anything. */
function summarize(runId: string, run: Run): JsonObject {
  return {
    runId,
    hooks: Array.from(run.hooks, ([hook, times]) => ({ hook, times })),
    tools: Array.from(run.tools, ([toolName, calls]) => ({ toolName, calls })),
    errors: run.errors,
    durationMs: run.lastSeenAt - run.startedAt,
  };
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
