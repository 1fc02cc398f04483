/** Who is asking, as the token said and the database confirmed. The scope is always the token's tenant. */
export const ROLES = ['admin', 'agent', 'platform_admin'] as const;
export type Role = (typeof ROLES)[number];

export interface ActorTenant {
  /** UUID. */
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

export interface Actor {
  readonly subject: string;
  readonly tenant: ActorTenant | null;
  readonly roles: readonly Role[];
  /** From the token's `agent_id`: the default, and the only agent id this actor may name. */
  readonly agentId: string | null;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** An actor within a tenant. */
export type TenantActor = Actor & { readonly tenant: ActorTenant };
