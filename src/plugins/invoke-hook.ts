import type { TenantActor } from '../auth/actor.ts';
import type { Positioned } from '../events/journal.ts';
import type { HookInvocationRecord } from '../events/records.ts';
import { agentIdOf } from './agent-id.ts';
import type { Host } from './host.ts';
import { runHook } from './run-hook.ts';
import type { UseCaseInput } from './use-cases.ts';

/** Sends an agent's moment through the tenant's hooks; the answer is in the journal when it is given. */
export async function invokeHook(
  host: Host,
  actor: TenantActor,
  input: UseCaseInput<'invokeHook'>,
): Promise<Positioned<HookInvocationRecord>> {
  const { hook, data } = input;
  const run = {
    tenantId: actor.tenant.id,
    hook,
    data,
    runId: input.runId ?? null,
    agentId: agentIdOf(actor, input.agentId),
    executionId: null,
  };
  const { invocation, journalled } = await runHook(host, run);
  const [event] = await host.journal.append(actor.tenant.id, [{ type: 'HOOK_INVOKED', invocation: journalled }]);
  return { ...invocation, seq: event!.seq };
}
