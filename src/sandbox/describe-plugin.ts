import type { ExecutionErrorCode } from '../errors/execution-error.ts';
import { isJsonObject, type Json } from '../json/json.ts';
import { SANDBOX_LIMITS, type SandboxLimits } from './limits.ts';
import { noPlace } from './open-instance.ts';
import { failure, runnerEndFailure, toOutcome } from './outcomes.ts';
import type { RunnerPool } from './runner-pool.ts';
import type { RunnerTenant } from './runner-tenant.ts';
import type { CompiledPlugin, DescribeResult, SourceProblem } from './sandbox.ts';
import { Seat } from './seat.ts';
import type { ChildEnd } from './supervised-child.ts';

export interface DescribeDeps {
  readonly pool: RunnerPool;
  readonly limits: SandboxLimits;
}

/** Reads what a plugin says of itself: the module is evaluated and the class constructed, in an isolate that goes at once. */
export async function describePlugin(
  { pool, limits }: DescribeDeps,
  compiled: CompiledPlugin,
): Promise<DescribeResult> {
  // What an operator lets a call answer says nothing about how long a list of tools may be.
  const settings = { ...limits, outputBytes: SANDBOX_LIMITS.outputBytes.max };
  const reader = new DescriptionReader(compiled.name, ` ${compiled.hash}`, limits.heapMb);
  const place = await pool.place(reader);
  if (!place) return noPlace(pool);
  const seat = new Seat(place);
  reader.seat = seat;
  const request = { type: 'describe' as const, code: compiled.code, settings };
  const answer = await seat.ask(request, limits.describeMs);
  if (seat.failure) return seat.failure;
  await seat.end(failure('SANDBOX_UNAVAILABLE', 'The description is read.'));
  const refused = answer?.head['refused'];
  if (typeof refused === 'string') return { success: false, problem: compileProblem(refused) };
  const outcome = toOutcome(answer);
  return outcome.success ? readDescription(outcome.value) : outcome;
}

function readDescription(value: Json): DescribeResult {
  if (!isJsonObject(value)) return failure('RESULT_INVALID', 'The plugin could not be described.');
  const { metadata = null, tools = null, handlesHooks, executesTools } = value;
  return {
    success: true,
    value: { metadata, tools, handlesHooks: handlesHooks === true, executesTools: executesTools === true },
  };
}

/** V8 ends its message with `[plugin:LINE:COLUMN]`. */
function compileProblem(text: string): SourceProblem {
  const [, message = text, line, column] = /^(.*?)\s*\[plugin:(\d+):(\d+)\]$/s.exec(text) ?? [];
  const place = { line: Number(line ?? 1), column: Number(column ?? 1) };
  const hint = 'Check the syntax, the names that are imported from hookline/sdk, and that types are imported as types.';
  return { code: 'PLUGIN_COMPILE_FAILED', message, findings: [{ rule: 'compile', message, hint, ...place }] };
}

class DescriptionReader implements RunnerTenant {
  readonly tenantId = '';
  readonly pluginName: string;
  readonly plugin: string;
  readonly opening = true;
  readonly idle = false;
  readonly lastUsedAt = 0;
  readonly heapMb: number;
  seat: Seat | undefined;

  constructor(pluginName: string, plugin: string, heapMb: number) {
    this.pluginName = pluginName;
    this.plugin = plugin;
    this.heapMb = heapMb;
  }

  onLog(): void {}
  onProgress(): void {}
  onAsk(): void {}
  evict(): void {}
  async cancel(): Promise<void> {}

  /** It is short, and has a clock of its own. */
  async close(): Promise<void> {
    await this.seat?.ended;
  }

  onGone(code: ExecutionErrorCode, message: string): void {
    this.seat?.fail(failure(code, message));
  }

  onRunnerEnd(end: ChildEnd, guilty: boolean): void {
    this.seat?.fail(runnerEndFailure(end, guilty));
  }
}
