/** What a token whose signature holds says about its bearer. Pure; null for anything that is not as it must be. */
import { ROLES, type Role } from './actor.ts';

export interface Claims {
  readonly subject: string;
  /** A tenant's id or slug; null only for a platform admin. */
  readonly tenant: string | null;
  readonly roles: readonly Role[];
  readonly agentId: string | null;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const TEXT_MAX_CHARS = 255;
const ROLES_MAX = 64;

export function parseClaims(payload: Readonly<Record<string, unknown>>): Claims | null {
  const { sub, exp, tenant_id: tenant, roles, agent_id: agentId } = payload;
  if (!isText(sub) || typeof exp !== 'number' || !Number.isFinite(exp)) return null;
  if (!(isAbsent(tenant) || isText(tenant)) || !(isAbsent(agentId) || isText(agentId))) return null;
  if (!isRoleList(roles)) return null;
  // An identity provider may know roles that mean something elsewhere; here they give nothing.
  const known = ROLES.filter((role) => roles.includes(role));
  if (isAbsent(tenant) && !known.includes('platform_admin')) return null;
  return { subject: sub, tenant: tenant ?? null, roles: known, agentId: agentId ?? null, expiresAt: exp * 1000 };
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= TEXT_MAX_CHARS && !/\p{Cc}/u.test(value);
}

function isRoleList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= ROLES_MAX && value.every((role) => typeof role === 'string');
}
