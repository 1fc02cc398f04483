import type { TenantActor } from '../auth/actor.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import type { Positioned } from '../events/journal.ts';
import type { ToolExecutionRecord } from '../events/records.ts';
import type { CallOwner } from './calls-under-way.ts';
import type { Host } from './host.ts';
import type { UseCaseInput } from './use-cases.ts';

/** Nothing else is asked of the database, which refuses some texts. */
const EXECUTION_ID = /^ToolExecution:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Cancels a tool call and answers with its end, which is at most the grace of its plugin away. One that has ended is
 * answered as it is.
 * @throws HooklineError NOT_FOUND when there is none, or an agent asks for one that is not its own; SERVICE_UNAVAILABLE
 * when another server runs it.
 */
export async function cancelToolExecution(
  host: Host,
  actor: TenantActor,
  { id }: UseCaseInput<'cancelToolExecution'>,
): Promise<Positioned<ToolExecutionRecord>> {
  const tenantId = actor.tenant.id;
  const call = host.calls.find(tenantId, id);
  // One that is another's takes the same way from here on as one that is not there.
  if (call && mayCancel(actor, call.owner)) await call.cancel('ASKED');
  const record = EXECUTION_ID.test(id) ? await host.journal.findToolExecution(tenantId, id) : null;
  if (!record || !mayCancel(actor, { agentId: record.agentId, subject: record.subject ?? null })) throw notFound();
  if (record.status !== 'RUNNING') return record;
  throw new HooklineError(
    'SERVICE_UNAVAILABLE',
    'Another server of this database runs this execution, or did; only that one can cancel it.',
    { retryAfterS: 1 },
  );
}

/** Of an agent: what was called with its token, or for the agent that its token speaks for. */
function mayCancel(actor: TenantActor, owner: CallOwner): boolean {
  if (actor.roles.includes('admin')) return true;
  return owner.subject === actor.subject || (actor.agentId !== null && owner.agentId === actor.agentId);
}

function notFound(): HooklineError {
  return new HooklineError('NOT_FOUND', 'There is no such execution.');
}
