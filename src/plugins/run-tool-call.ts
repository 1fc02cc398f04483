/** A tool call from its first hook to its end: a fold over what the hooks and the tool answered. */
import { executionError, type ExecutionError } from '../errors/execution-error.ts';
import { isJsonObject, type JsonObject } from '../json/json.ts';
import type { Outcome } from '../sandbox/sandbox.ts';
import type { ToolResult } from '../sdk/index.ts';
import { callPlugin } from './call-plugin.ts';
import { CANCEL_REASONS } from './calls-under-way.ts';
import type { Ending, Execution } from './execution.ts';
import type { FoundTool } from './find-tool.ts';
import type { Host } from './host.ts';
import { parseToolResult } from './parse-tool-result.ts';
import type { HookRunResult } from './run-hook.ts';

/** Rejects only when the journal does. */
export async function runToolCall(host: Host, execution: Execution, given: JsonObject): Promise<Ending> {
  const { tool } = execution.found;
  const before = await execution.hook('BEFORE_TOOL_CALL', { toolName: tool.name, params: given });
  if (execution.underWay.cancelled) return cancelled(execution, null, 'before the tool was called');
  const params = before && isJsonObject(before.data['params']) ? before.data['params'] : given;
  if (before?.block) return blocked(before.block, params);
  const refusal = before && refuseChanged(execution.found, before);
  if (refusal) return recover(execution, params, refusal);
  await execution.started(params);
  const answer = before?.response
    ? parseToolResult(tool, { success: true, data: before.response.data })
    : await callTool(host, execution, params);
  const answeredBy = before?.response ? { answeredBy: before.response.pluginName } : {};
  if (execution.underWay.cancelled) {
    const gaveData = answer.success && answer.value.success;
    return cancelled(execution, params, gaveData ? WITHHELD : 'while the tool ran');
  }
  if (!answer.success) return recover(execution, params, answer.error, answeredBy);
  return afterAnswer(execution, params, answer.value, answeredBy);
}

/** The tool answered, well or with an error of its own: AFTER_TOOL_CALL sees the answer and may change it. */
async function afterAnswer(
  execution: Execution,
  params: JsonObject,
  result: ToolResult,
  answeredBy: Pick<Ending, 'answeredBy'>,
): Promise<Ending> {
  const { tool } = execution.found;
  const after = await execution.hook('AFTER_TOOL_CALL', { toolName: tool.name, params, result });
  if (execution.underWay.cancelled) return cancelled(execution, params, WITHHELD);
  if (after?.block) return blocked(after.block, params);
  const final: Outcome<ToolResult> =
    after?.outcome === 'MODIFIED'
      ? parseToolResult(tool, after.data['result'] ?? null)
      : { success: true, value: result };
  if (!final.success) return recover(execution, params, final.error, answeredBy);
  if (final.value.success) return { status: 'SUCCEEDED', params, data: final.value.data, ...answeredBy };
  const error = executionError('TOOL_ERROR', final.value.error, final.value.code ?? null);
  return { status: 'FAILED', params, error, ...answeredBy };
}

/** Every failure that is not the tool's own answer: ON_ERROR may reword it or answer in the tool's place. */
async function recover(
  execution: Execution,
  params: JsonObject,
  error: ExecutionError,
  answeredBy: Pick<Ending, 'answeredBy'> = {},
): Promise<Ending> {
  const { tool } = execution.found;
  const { code, message } = error;
  const handled = await execution.hook('ON_ERROR', { error: { code, message }, toolName: tool.name, params });
  if (execution.underWay.cancelled) return cancelled(execution, params, 'after the call had failed');
  if (handled?.response) {
    const recovered = parseToolResult(tool, { success: true, data: handled.response.data });
    if (!recovered.success)
      return { status: 'FAILED', params, error: recovered.error, answeredBy: handled.response.pluginName };
    return { status: 'SUCCEEDED', params, data: handled.response.data, answeredBy: handled.response.pluginName };
  }
  return { status: 'FAILED', params, error: { ...error, message: rewordedMessage(handled) ?? message }, ...answeredBy };
}

function rewordedMessage(handled: HookRunResult | null): string | undefined {
  const error = handled?.outcome === 'MODIFIED' ? handled.data['error'] : undefined;
  return isJsonObject(error) && typeof error['message'] === 'string' ? error['message'] : undefined;
}

function blocked({ pluginName, reason }: { pluginName: string; reason: string }, params: JsonObject): Ending {
  return { status: 'BLOCKED', params, error: executionError('BLOCKED', `Blocked by ${pluginName}: ${reason}`) };
}

/** The hooks after the tool did not run, or not to their end, so nobody may be shown what they would have looked at. */
const WITHHELD = 'and the answer of the tool is withheld';

/** Without a word of the tool's or a hook's own. */
function cancelled({ underWay }: Execution, params: JsonObject | null, howFar: string): Ending {
  const reason = underWay.cancelled ?? 'ASKED';
  const error = executionError('CANCELLED', `${CANCEL_REASONS[reason]}, ${howFar}.`);
  // Its caller did not want it ended.
  return { status: 'CANCELLED', params, error: { ...error, retryable: reason === 'STOPPING' } };
}

async function callTool(host: Host, execution: Execution, params: JsonObject): Promise<Outcome<ToolResult>> {
  const { plugin, tool } = execution.found;
  const call = { kind: 'tool', toolName: tool.name, params, context: execution.context } as const;
  const { signal } = execution.underWay;
  const onProgress = execution.tell;
  const outcome = await callPlugin(host.pool, plugin.spec, call, { wallMs: tool.timeoutMs, signal, onProgress });
  execution.toolEnded();
  return outcome.success ? parseToolResult(tool, outcome.value) : outcome;
}

function refuseChanged({ tool }: FoundTool, before: HookRunResult): ExecutionError | null {
  if (before.outcome !== 'MODIFIED' && before.outcome !== 'RESPONDED') return null;
  const params = before.data['params'];
  const [issue] = isJsonObject(params) ? tool.checkParams(params) : [{ pointer: '', message: 'must be an object' }];
  if (!issue) return null;
  return executionError(
    'PARAMS_INVALID',
    `A hook changed the params so that they do not fit the schema: ${issue.pointer || 'they'} ${issue.message}.`,
  );
}
