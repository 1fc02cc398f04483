import type { TenantActor } from '../auth/actor.ts';
import type { Positioned } from '../events/journal.ts';
import type { HookInvocationRecord } from '../events/records.ts';
import { agentIdOf } from './agent-id.ts';
import type { Host } from './host.ts';
import { refuseDeepNesting } from './nested-calls.ts';
import type { Begun } from './once-only.ts';
import { runHook, type HookRun } from './run-hook.ts';
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
  const { hook, data, runId = null, idempotencyKey: key = null } = input;
  const tenantId = actor.tenant.id;
  const agentId = agentIdOf(actor, input.agentId);
  const call = await host.once.invokeHook.run({
    tenantId,
    key,
    input: { hook, data, runId, agentId },
    begin: (id) => {
      const run = { id, tenantId, hook, data, runId, agentId, executionId: null };
      // With a key, its caller may come back for the answer.
      return begin(host, run, { subject: actor.subject, callerGone: key === null ? callerGone : undefined });
    },
  });
  return call.ended;
}

/** Never rejects itself: the promises it gives do. */
function begin(
  host: Host,
  run: Omit<HookRun, 'signal'>,
  { subject, callerGone }: { readonly subject: string; readonly callerGone: AbortSignal | undefined },
): Promise<Begun<Positioned<HookInvocationRecord>>> {
  const { tenantId, agentId } = run;
  const done = host.calls.run({ tenantId, owner: { subject, agentId }, callerGone }, async ({ signal }) => {
    const { invocation, journalled } = await runHook(host, { ...run, signal });
    const [event] = await host.journal.append(tenantId, [{ type: 'HOOK_INVOKED', invocation: journalled }]);
    return { invocation, journalled, seq: event!.seq };
  });
  const ended = done.then(({ invocation, seq }) => ({ ...invocation, seq }));
  // What is confidential is not kept for a key either.
  const kept = done.then(({ journalled, seq }) => ({ ...journalled, seq }));
  kept.catch(() => {});
  return Promise.resolve({ started: ended, ended, kept });
}
