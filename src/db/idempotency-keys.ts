/**
 * Idempotency keys: which call a key stands for, and how that was answered. A key is claimed before anything is done for it,
 * by the one server whose INSERT comes first; the claim names the call, so that the journal can tell what became of it when
 * the server dies before it has answered.
 */
import { withCallerErrors } from './database-errors.ts';
import type { Database, DatabaseTransaction } from './database.ts';
import { goneServers } from './servers.ts';

export interface KeyName {
  readonly tenantId: string;
  /** What the caller asked for: a key of another operation is another key. */
  readonly operation: string;
  readonly key: string;
}

export interface Claim extends KeyName {
  /** Of the input: SHA-256, hex. */
  readonly fingerprint: string;
  /** The call that the key stands for. */
  readonly callId: string;
}

/** What the key was claimed for before. */
export interface Claimed {
  readonly fingerprint: string;
  readonly callId: string;
  readonly serverId: string | null;
  /** JSON; null as long as it is not known here. */
  readonly answer: string | null;
}

export interface IdempotencyKeys {
  /** 'taken' when the key now stands for this call; `instead`: the call of an abandoned claim, which it replaces. */
  claim(claim: Claim, instead?: string): Promise<'taken' | 'free again' | Claimed>;
  /** Keeps the answer, unless there is one; within `tx`, with what it says. */
  answer(claim: Claim, json: string, tx?: DatabaseTransaction): Promise<void>;
  /** Forgets a claim for which nothing was done. */
  release(claim: Claim): Promise<void>;
  /** Whether whoever made a claim cannot come back to it. This server asks only of claims that it does not know of. */
  isAbandoned(claimed: Claimed): Promise<boolean>;
  /** Returns how many were older than they are kept. */
  deleteExpired(): Promise<number>;
}

const STEP_KEYS = 5_000;

/** `keepHours`, by the clock of the database, since servers share it. */
export function createIdempotencyKeys(
  database: Database,
  { serverId, keepHours }: { readonly serverId: string; readonly keepHours: number },
): IdempotencyKeys {
  const { prisma } = database;
  const keys: IdempotencyKeys = {
    async claim({ tenantId, operation, key, fingerprint, callId }, instead) {
      const taken = await prisma.$executeRaw`
        INSERT INTO idempotency_keys AS k (tenant_id, operation, key, fingerprint, call_id, server_id, claimed_at)
        VALUES (${tenantId}::uuid, ${operation}, ${key}, ${fingerprint}, ${callId}, ${serverId}::uuid, now())
        ON CONFLICT (tenant_id, operation, key) DO UPDATE SET fingerprint = EXCLUDED.fingerprint,
          call_id = EXCLUDED.call_id, server_id = EXCLUDED.server_id, claimed_at = EXCLUDED.claimed_at, answer = NULL
        WHERE k.claimed_at < now() - ${keepHours} * interval '1 hour' OR k.call_id = ${instead ?? null}`;
      if (taken > 0) return 'taken';
      const [claimed] = await prisma.$queryRaw<Claimed[]>`
        SELECT fingerprint, call_id AS "callId", server_id::text AS "serverId", answer::text AS answer
        FROM idempotency_keys WHERE tenant_id = ${tenantId}::uuid AND operation = ${operation} AND key = ${key}`;
      return claimed ?? 'free again';
    },
    async answer({ tenantId, operation, key, callId }, json, tx = prisma) {
      await tx.$executeRaw`
        UPDATE idempotency_keys SET answer = ${json}::json
        WHERE tenant_id = ${tenantId}::uuid AND operation = ${operation} AND key = ${key} AND call_id = ${callId}
        AND answer IS NULL`;
    },
    async release({ tenantId, operation, key, callId }) {
      await prisma.$executeRaw`
        DELETE FROM idempotency_keys WHERE tenant_id = ${tenantId}::uuid AND operation = ${operation} AND key = ${key}
        AND call_id = ${callId} AND answer IS NULL`;
    },
    async isAbandoned({ serverId: owner }) {
      if (owner === serverId) return true;
      return (await goneServers(database, serverId, [owner])).has(owner);
    },
    async deleteExpired() {
      for (let deleted = 0; ;) {
        const step = await prisma.$executeRaw`
          DELETE FROM idempotency_keys WHERE (tenant_id, operation, key) IN (
            SELECT tenant_id, operation, key FROM idempotency_keys
            WHERE claimed_at < now() - ${keepHours} * interval '1 hour' LIMIT ${STEP_KEYS})`;
        deleted += step;
        if (step < STEP_KEYS) return deleted;
      }
    },
  };
  return {
    ...keys,
    claim: withCallerErrors(keys.claim),
    release: withCallerErrors(keys.release),
    isAbandoned: withCallerErrors(keys.isAbandoned),
  };
}
