import { SignJWT } from 'jose';
import type { Role } from './actor.ts';

export interface TokenRequest {
  /** At least 32 bytes. */
  readonly secret: string;
  readonly subject: string;
  /** A tenant's id or slug; a platform admin needs none. */
  readonly tenant?: string | undefined;
  readonly roles: readonly Role[];
  readonly agentId?: string | undefined;
  readonly expiresInSeconds: number;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

/** A token of this installation's own, signed with its secret (HS256). */
export async function mintToken(request: TokenRequest): Promise<string> {
  const { tenant, agentId, issuer, audience } = request;
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    roles: request.roles,
    ...(tenant === undefined ? {} : { tenant_id: tenant }),
    ...(agentId === undefined ? {} : { agent_id: agentId }),
  };
  const token = new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(request.subject)
    .setIssuedAt(now)
    .setExpirationTime(now + request.expiresInSeconds);
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return await token.sign(new TextEncoder().encode(request.secret));
}
