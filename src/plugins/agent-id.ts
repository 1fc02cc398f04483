import type { Actor } from '../auth/actor.ts';
import { HooklineError } from '../errors/hookline-error.ts';

/** The agent a call speaks for: the token's, or without one whatever label the caller gives. FORBIDDEN for another agent's. */
export function agentIdOf(actor: Actor, given: string | null | undefined): string | null {
  if (actor.agentId === null) return given ?? null;
  if (given !== null && given !== undefined && given !== actor.agentId) {
    throw new HooklineError(
      'FORBIDDEN',
      `This token speaks for the agent "${actor.agentId}". Leave agentId out, or use a token without agent_id.`,
    );
  }
  return actor.agentId;
}
