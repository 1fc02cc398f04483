import type { TenantActor } from '../auth/actor.ts';
import type { Positioned } from '../events/journal.ts';
import type { HookInvocationRecord } from '../events/records.ts';
import { agentIdOf } from './agent-id.ts';
import type { Host } from './host.ts';
import { refuseDeepNesting } from './nested-calls.ts';
import { runHook } from './run-hook.ts';
import type { UseCaseInput, Waiting } from './use-cases.ts';

/**
 * Sends an agent's moment through the tenant's hooks; the answer is in the journal when it is given, and when nobody waits for it.
 * @throws HooklineError FORBIDDEN (a foreign agent id), RATE_LIMITED, INVALID_INPUT (too deep inside other calls).
 */
export async function invokeHook(
  host: Host,
  actor: TenantActor,
  input: UseCaseInput<'invokeHook'>,
  { callerGone }: Waiting = {},
): Promise<Positioned<HookInvocationRecord>> {
  refuseDeepNesting();
  const { hook, data } = input;
  const tenantId = actor.tenant.id;
  const agentId = agentIdOf(actor, input.agentId);
  const run = {
    tenantId,
    hook,
    data,
    runId: input.runId ?? null,
    agentId,
    executionId: null,
  };
  const call = { tenantId, owner: { subject: actor.subject, agentId }, callerGone };
  return host.calls.run(call, async ({ signal }) => {
    const { invocation, journalled } = await runHook(host, { ...run, signal });
    const [event] = await host.journal.append(tenantId, [{ type: 'HOOK_INVOKED', invocation: journalled }]);
    return { ...invocation, seq: event!.seq };
  });
}
