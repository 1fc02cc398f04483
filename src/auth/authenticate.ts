/** From a token to who is asking. On the way of every request, so what was checked a moment ago is remembered. */
import { createHash } from 'node:crypto';
import type { Actor, ActorTenant } from './actor.ts';
import { createExpiringCache } from './expiring-cache.ts';
import type { Claims } from './parse-claims.ts';
import type { ResolvedAuth } from './resolve-auth.ts';
import { badToken, createTokenVerifier } from './verify-token.ts';

export interface AuthenticatorDeps {
  readonly auth: ResolvedAuth;
  findTenant(idOrSlug: string): Promise<ActorTenant | null>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** A verified token is believed this long before its signature is checked again: keys can be withdrawn. */
const CLAIMS_KEPT_MS = 60_000;
const TENANT_KEPT_MS = 5_000;
const CACHE_MAX_ENTRIES = 10_000;

/** @throws HooklineError UNAUTHENTICATED, the same for every bad token except an expired one; SERVICE_UNAVAILABLE. */
export type Authenticate = (token: string) => Promise<Actor>;

export function createAuthenticator({ auth, findTenant, now = Date.now }: AuthenticatorDeps): Authenticate {
  const verify = createTokenVerifier(auth);
  const claimsByToken = createExpiringCache<Claims>(CACHE_MAX_ENTRIES, now);
  const tenants = createExpiringCache<ActorTenant>(CACHE_MAX_ENTRIES, now);
  const asked = new Map<string, Promise<ActorTenant | null>>();

  async function claimsOf(token: string): Promise<Claims> {
    // By its hash: the cache must not become a store of tokens.
    const key = createHash('sha256').update(token).digest('base64');
    const known = claimsByToken.get(key);
    if (known) return known;
    const claims = await verify(token, new Date(now()));
    claimsByToken.set(key, claims, Math.min(claims.expiresAt, now() + CLAIMS_KEPT_MS));
    return claims;
  }

  async function tenantOf(idOrSlug: string): Promise<ActorTenant | null> {
    // One that is missing is asked for again each time, by each: it may be created in the next moment.
    return tenants.get(idOrSlug) ?? (await asked.get(idOrSlug)) ?? (await askFor(idOrSlug));
  }

  /** Those who ask for the same one meanwhile wait for this answer: a hundred at once do not ask the database a hundred times. */
  function askFor(idOrSlug: string): Promise<ActorTenant | null> {
    const asking = findTenant(idOrSlug)
      .then((tenant) => {
        if (tenant) tenants.set(idOrSlug, tenant, now() + TENANT_KEPT_MS);
        return tenant;
      })
      .finally(() => asked.delete(idOrSlug));
    asked.set(idOrSlug, asking);
    return asking;
  }

  return async (token) => {
    const { subject, tenant: idOrSlug, roles, agentId, expiresAt } = await claimsOf(token);
    const tenant = idOrSlug === null ? null : await tenantOf(idOrSlug);
    if (idOrSlug !== null && !tenant) throw badToken();
    return { subject, tenant, roles, agentId, expiresAt };
  };
}
