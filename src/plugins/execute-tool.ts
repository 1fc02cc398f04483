/** A tool call, with its own hooks around it. What the caller did wrong is thrown; what the plugin did wrong is the record. */
import type { TenantActor } from '../auth/actor.ts';
import { executionError, type ExecutionError } from '../errors/execution-error.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import type { Positioned } from '../events/journal.ts';
import type { ToolExecutionRecord } from '../events/records.ts';
import { isJsonObject, type JsonObject } from '../json/json.ts';
import type { Outcome } from '../sandbox/sandbox.ts';
import type { ToolResult } from '../sdk/index.ts';
import { agentIdOf } from './agent-id.ts';
import { callPlugin } from './call-plugin.ts';
import { CANCEL_REASONS } from './calls-under-way.ts';
import { createExecution, type Ending, type Execution } from './execution.ts';
import { findTool, type FoundTool } from './find-tool.ts';
import type { Host } from './host.ts';
import { refuseDeepNesting } from './nested-calls.ts';
import { parseToolResult } from './parse-tool-result.ts';
import type { HookRunResult } from './run-hook.ts';
import type { UseCaseInput, Waiting } from './use-cases.ts';

/**
 * Runs a tool of an enabled plugin; the whole account is in the journal when this answers. A call that is cancelled before
 * it has ended ends as CANCELLED, whatever it was doing.
 * @throws HooklineError TOOL_NOT_FOUND, PLUGIN_NOT_FOUND, PLUGIN_NOT_ENABLED, CONFLICT, PARAMS_INVALID, RATE_LIMITED,
 * FORBIDDEN (a foreign agent id), INVALID_INPUT (too deep inside other calls); nothing is recorded then.
 */
export async function executeTool(
  host: Host,
  actor: TenantActor,
  input: UseCaseInput<'executeTool'>,
  { callerGone }: Waiting = {},
): Promise<Positioned<ToolExecutionRecord>> {
  refuseDeepNesting();
  const tenantId = actor.tenant.id;
  const agentId = agentIdOf(actor, input.agentId);
  const found = await findTool(host, tenantId, input.toolName, input.pluginName ?? null);
  requireParams(found, input.params);
  requireRoom(host, tenantId, found);
  const id = `ToolExecution:${crypto.randomUUID()}`;
  const owner = { subject: actor.subject, agentId };
  const pluginName = found.plugin.entry.name;
  return host.calls.run({ id, tenantId, pluginName, owner, callerGone }, async (underWay) => {
    const call = { id, tenantId, runId: input.runId ?? null, owner };
    const execution = createExecution(host, found, call, underWay);
    return execution.completed(await run(host, execution, input.params));
  });
}

async function run(host: Host, execution: Execution, given: JsonObject): Promise<Ending> {
  const { tool } = execution.found;
  const before = await execution.hook('BEFORE_TOOL_CALL', { toolName: tool.name, params: given });
  if (execution.underWay.cancelled) return cancelled(execution, null, 'before the tool was called');
  const params = before && isJsonObject(before.data['params']) ? before.data['params'] : given;
  if (before?.block) return blocked(before.block, params);
  const refusal = before && refuseChanged(execution.found, before);
  if (refusal) return recover(execution, params, refusal);
  execution.started(params);
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
  const outcome = await callPlugin(host.pool, plugin.spec, call, { wallMs: tool.timeoutMs, signal: execution.underWay.signal });
  return outcome.success ? parseToolResult(tool, outcome.value) : outcome;
}

function requireParams({ tool }: FoundTool, params: JsonObject): void {
  const issues = tool.checkParams(params);
  const [first] = issues;
  if (!first) return;
  const message = `The params of "${tool.name}" do not fit its schema: ${first.pointer || 'they'} ${first.message}.`;
  throw new HooklineError('PARAMS_INVALID', message, { details: issues });
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

/**
 * Looked at before anything is recorded; if room is gone later, the execution says so. The calls that have not come as far as
 * the instance yet are counted too: a hundred at once would each find it empty.
 */
function requireRoom(host: Host, tenantId: string, { plugin }: FoundTool): void {
  const { name, trust, parsed } = plugin.entry;
  const full = trust === 'SANDBOXED' && host.calls.countOf(tenantId, name) >= parsed.room;
  if (!full && host.pool.current(plugin.spec)?.hasRoom() !== false) return;
  throw new HooklineError(
    'RATE_LIMITED',
    `The plugin "${name}" has as many calls waiting as it may. Try again in a second.`,
    { retryAfterS: 1 },
  );
}
