/** The one place that says who may: every use case names what it needs, and this refuses the rest. */
import { HooklineError } from '../errors/hookline-error.ts';
import type { Actor, Role, TenantActor } from './actor.ts';

/** 'anyone' is any valid token, 'member' is admin or agent of a tenant. */
export type Need = 'anyone' | 'member' | 'admin' | 'platform_admin';

const SIGN_IN =
  'Sign in: send a valid token as "Authorization: Bearer TOKEN" (WebSocket: connectionParams.authorization).';

const NEEDS: Record<
  Need,
  { readonly oneOf: readonly Role[] | null; readonly inTenant: boolean; readonly refusal: string }
> = {
  anyone: { oneOf: null, inTenant: false, refusal: '' },
  member: { oneOf: ['admin', 'agent'], inTenant: true, refusal: 'This needs the role admin or agent in a tenant.' },
  admin: { oneOf: ['admin'], inTenant: true, refusal: 'This needs the role admin in a tenant.' },
  platform_admin: { oneOf: ['platform_admin'], inTenant: false, refusal: 'This needs the role platform_admin.' },
};

/**
 * The caller, once it is known to be signed in and to hold what is needed; for 'member' and 'admin' also with a tenant.
 * @throws HooklineError UNAUTHENTICATED without a caller or with one whose token has ended, FORBIDDEN without the role.
 */
export function requireRole(caller: Actor | null | undefined, need: 'member' | 'admin', now?: number): TenantActor;
export function requireRole(caller: Actor | null | undefined, need: Need, now?: number): Actor;
export function requireRole(caller: Actor | null | undefined, need: Need, now = Date.now()): Actor {
  if (!caller) throw new HooklineError('UNAUTHENTICATED', SIGN_IN);
  // A WebSocket outlives the check of its token.
  if (caller.expiresAt <= now)
    throw new HooklineError('UNAUTHENTICATED', 'The token has expired. Get a new one and try again.');
  const { oneOf, inTenant, refusal } = NEEDS[need];
  const hasRole = oneOf === null || caller.roles.some((role) => oneOf.includes(role));
  if (!hasRole || (inTenant && !caller.tenant)) throw new HooklineError('FORBIDDEN', refusal);
  return caller;
}
