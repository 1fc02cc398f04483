/**
 * Calls with an idempotency key: done once, and answered the same however often they are made. The key is claimed in the
 * database, so it holds across servers and restarts; calls of one server that come while the first is under way share it.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Claim, Claimed, IdempotencyKeys } from '../db/idempotency-keys.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import { canonicalJson } from '../json/canonical-json.ts';
import type { Json } from '../json/json.ts';
import { isStorable } from '../json/storable.ts';
import { over, type UnderWay } from './under-way.ts';

/** The longest key: characters. */
export const IDEMPOTENCY_KEY_MAX_CHARS = 255;
/** How long a call waits for another server to say in the journal what it does under the same key. */
const PATIENCE_MS = 20_000;
/** And how long for the end of what that server does. No call takes so long: it has lost the end. */
const FOLLOW_MS = 600_000;
/** How often it looks. */
const LOOK_EVERY_MS = 100;

/** What an operation is, and where its calls are found again. */
export interface OnceOperation<T> {
  readonly name: string;
  newId(): string;
  /** What the journal knows of a call; null when it does not, which is then as good as not made. */
  recorded(tenantId: string, callId: string): Promise<T | null>;
  hasEnded(value: T): boolean;
  /** Ends in the journal what dead servers left under way. */
  endAbandoned(): Promise<unknown>;
  /** The answer as it was kept. */
  parse(json: string): T;
}

export interface OnceRequest<T> {
  /** UUID. */
  readonly tenantId: string;
  /** Null: it is done whenever it is asked for. */
  readonly key: string | null;
  /** What must be the same again. */
  readonly input: Json;
  /**
   * Does it. What it does must be in the journal, under this id, before anybody outside can notice; it may keep its answer
   * itself by `claim`. What it throws before that is not kept.
   */
  begin(callId: string, claim: Claim | null): Promise<Begun<T>>;
}

export interface Begun<T> extends UnderWay<T> {
  /** What is kept as the answer, where that is not what this caller is told. */
  readonly kept?: Promise<T>;
}

export interface OnceOnly<T> {
  /** @throws HooklineError INVALID_INPUT, IDEMPOTENCY_MISMATCH, SERVICE_UNAVAILABLE, and what `begin` throws. */
  run(request: OnceRequest<T>): Promise<UnderWay<T>>;
}

export function createOnceOnly<T>(keys: IdempotencyKeys, operation: OnceOperation<T>): OnceOnly<T> {
  /** Those under way here, by tenant and key. */
  const here = new Map<string, { readonly fingerprint: string; readonly call: Promise<UnderWay<T>> }>();

  async function obtain(request: OnceRequest<T>, key: string, fingerprint: string): Promise<UnderWay<T>> {
    const { tenantId } = request;
    const patience = performance.now() + PATIENCE_MS;
    for (let abandoned: string | undefined; performance.now() < patience;) {
      const claim = { tenantId, operation: operation.name, key, fingerprint, callId: operation.newId() };
      const found = await keys.claim(claim, abandoned);
      if (found === 'taken') return await beginOnce(request, claim);
      if (found === 'free again') continue;
      requireSame(found.fingerprint, fingerprint);
      const known = await resolve(tenantId, found);
      if (known) return known;
      abandoned = (await keys.isAbandoned(found)) ? found.callId : undefined;
      if (!abandoned) await sleep(LOOK_EVERY_MS);
    }
    throw notYet(
      'Another server is at work on a call with this key, and the journal does not know of it yet. Try again.',
    );
  }

  /** What came of a call that was made before, by another server or in another life of this one. */
  async function resolve(tenantId: string, claimed: Claimed): Promise<UnderWay<T> | null> {
    if (claimed.answer !== null) return over(operation.parse(claimed.answer));
    const recorded = await operation.recorded(tenantId, claimed.callId);
    if (recorded === null || operation.hasEnded(recorded)) return recorded && over(recorded);
    if (await keys.isAbandoned(claimed)) await operation.endAbandoned();
    const ended = untilEnded(tenantId, claimed.callId);
    ended.catch(() => {});
    return { started: Promise.resolve(recorded), ended };
  }

  async function untilEnded(tenantId: string, callId: string): Promise<T> {
    for (const patience = performance.now() + FOLLOW_MS; performance.now() < patience;) {
      const recorded = await operation.recorded(tenantId, callId);
      if (recorded === null) throw new Error('An execution that was running is gone from the journal.');
      if (operation.hasEnded(recorded)) return recorded;
      await sleep(LOOK_EVERY_MS);
    }
    throw notYet('The first call with this key has not ended yet. Try again.');
  }

  async function beginOnce(request: OnceRequest<T>, claim: Claim): Promise<UnderWay<T>> {
    const begun = await request.begin(claim.callId, claim).catch((error: unknown) => forget(claim, error));
    const keep = async (value: T) => {
      const answer = JSON.stringify(begun.kept ? await begun.kept : value);
      // It has been done, and the journal can tell of it: that the key cannot is no failure of the call.
      await keys.answer(claim, answer).catch(() => {});
      return value;
    };
    const ended = begun.ended.then(keep, (error: unknown) => forget(claim, error));
    ended.catch(() => {});
    return { started: begun.started, ended };
  }

  /** The key is free again, unless something was done. */
  async function forget(claim: Claim, error: unknown): Promise<never> {
    try {
      if ((await operation.recorded(claim.tenantId, claim.callId)) === null) await keys.release(claim);
    } catch {
      // The database does not answer. This server knows the claim for one that nobody works on when the key comes again.
    }
    throw error;
  }

  return {
    async run(request) {
      const { tenantId, key } = request;
      if (key === null) return await request.begin(operation.newId(), null);
      requireKey(key);
      const fingerprint = createHash('sha256').update(canonicalJson(request.input)).digest('hex');
      const name = `${tenantId} ${key}`;
      const known = here.get(name);
      if (known) {
        requireSame(known.fingerprint, fingerprint);
        return await known.call;
      }
      const call = obtain(request, key, fingerprint);
      here.set(name, { fingerprint, call });
      call
        .then(({ ended }) => ended)
        .catch(() => {})
        .finally(() => here.delete(name));
      return await call;
    },
  };
}

function notYet(message: string): HooklineError {
  return new HooklineError('SERVICE_UNAVAILABLE', message, { retryAfterS: 1 });
}

function requireKey(key: string): void {
  if (key.length > 0 && key.length <= IDEMPOTENCY_KEY_MAX_CHARS && isStorable(key)) return;
  const message = `must be a text of 1 to ${IDEMPOTENCY_KEY_MAX_CHARS} characters`;
  throw new HooklineError('INVALID_INPUT', `"idempotencyKey" ${message}.`, {
    details: [{ pointer: '/idempotencyKey', message }],
  });
}

function requireSame(before: string, now: string): void {
  if (before === now) return;
  throw new HooklineError(
    'IDEMPOTENCY_MISMATCH',
    'This idempotency key came with another input before; the run and the agent are part of it. Take a new key for a new call.',
  );
}
