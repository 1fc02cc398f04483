/** A tool call, with its own hooks around it. What the caller did wrong is thrown; what the plugin did wrong is the record. */
import type { TenantActor } from '../auth/actor.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import type { Positioned } from '../events/journal.ts';
import type { ToolExecutionRecord } from '../events/records.ts';
import type { JsonObject } from '../json/json.ts';
import { agentIdOf } from './agent-id.ts';
import { createExecution } from './execution.ts';
import { findTool, type FoundTool } from './find-tool.ts';
import type { Host } from './host.ts';
import { refuseDeepNesting } from './nested-calls.ts';
import { runToolCall } from './run-tool-call.ts';
import { answerWithin, type UnderWay } from './under-way.ts';
import type { UseCaseInput, Waiting } from './use-cases.ts';

/** Milliseconds that `waitMs` may be at most. */
export const WAIT_MAX_MS = 60_000;

/**
 * Runs a tool of an enabled plugin; what is answered is in the journal. Without `waitMs` that is its end, and a call whose
 * caller goes away before ends as CANCELLED. With it, or with a key by which its caller may come back, it outlives its caller.
 * @throws HooklineError TOOL_NOT_FOUND, PLUGIN_NOT_FOUND, PLUGIN_NOT_ENABLED, CONFLICT, PARAMS_INVALID, RATE_LIMITED,
 * FORBIDDEN (a foreign agent id), INVALID_INPUT (also too deep inside other calls), IDEMPOTENCY_MISMATCH; nothing is recorded
 * then.
 */
export async function executeTool(
  host: Host,
  actor: TenantActor,
  input: UseCaseInput<'executeTool'>,
  { callerGone }: Waiting = {},
): Promise<Positioned<ToolExecutionRecord>> {
  refuseDeepNesting();
  const waitMs = requireWait(input.waitMs ?? null);
  const { toolName, params, pluginName = null, runId = null, idempotencyKey: key = null } = input;
  const wanted = { toolName, params, pluginName, runId, agentId: agentIdOf(actor, input.agentId) };
  const tenantId = actor.tenant.id;
  const outlives = waitMs !== null || key !== null;
  const call = await host.once.executeTool.run({
    tenantId,
    key,
    input: wanted,
    begin: (id) =>
      begin(host, wanted, {
        id,
        tenantId,
        subject: actor.subject,
        keyed: key !== null,
        callerGone: outlives ? undefined : callerGone,
      }),
  });
  return answerWithin(call, waitMs);
}

/** What is to be called, and in whose name. */
interface Wanted {
  readonly toolName: string;
  readonly params: JsonObject;
  readonly pluginName: string | null;
  readonly runId: string | null;
  readonly agentId: string | null;
}

interface Beginning {
  /** `ToolExecution:…` */
  readonly id: string;
  readonly tenantId: string;
  readonly subject: string;
  readonly keyed: boolean;
  readonly callerGone: AbortSignal | undefined;
}

async function begin(
  host: Host,
  { toolName, params, pluginName, runId, agentId }: Wanted,
  { id, tenantId, subject, keyed, callerGone }: Beginning,
): Promise<UnderWay<Positioned<ToolExecutionRecord>>> {
  const found = await findTool(host, tenantId, toolName, pluginName);
  requireParams(found, params);
  requireRoom(host, tenantId, found);
  requireToolRoom(host, tenantId, found);
  const owner = { subject, agentId };
  const started = Promise.withResolvers<Positioned<ToolExecutionRecord>>();
  const counted = { pluginName: found.plugin.entry.name, toolName };
  const ended = host.calls.run({ id, tenantId, ...counted, owner, callerGone }, async (underWay) => {
    const call = { id, tenantId, runId, owner, keyed, onStarted: started.resolve };
    const execution = createExecution(host, found, call, underWay);
    return execution.completed(await runToolCall(host, execution, params));
  });
  // Whoever waits is told. Nobody may, by now.
  ended.catch(() => {});
  return { started: started.promise, ended };
}

function requireWait(waitMs: number | null): number | null {
  if (waitMs === null || (waitMs >= 0 && waitMs <= WAIT_MAX_MS)) return waitMs;
  throw new HooklineError('INVALID_INPUT', `"waitMs" must be from 0 to ${WAIT_MAX_MS}.`, {
    details: [{ pointer: '/waitMs', message: `must be from 0 to ${WAIT_MAX_MS}` }],
  });
}

function requireParams({ tool }: FoundTool, params: JsonObject): void {
  const issues = tool.checkParams(params);
  const [first] = issues;
  if (!first) return;
  const message = `The params of "${tool.name}" do not fit its schema: ${first.pointer || 'they'} ${first.message}.`;
  throw new HooklineError('PARAMS_INVALID', message, { details: issues });
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

/** As above, of one tool: what its author says, and at most what the operator gives to each. */
function requireToolRoom(host: Host, tenantId: string, { plugin, tool }: FoundTool): void {
  const most = Math.min(tool.maxConcurrent ?? host.callsPerTool, host.callsPerTool);
  if (host.calls.countOf(tenantId, plugin.entry.name, tool.name) < most) return;
  throw new HooklineError(
    'RATE_LIMITED',
    `The tool "${tool.name}" has ${most} calls under way, as many as it may. Try again in a second.`,
    { retryAfterS: 1 },
  );
}
