/** Commits one batch of the writer's queue, publishes it, and tells those who wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import { classifyDatabaseError, toCallerError } from '../db/database-errors.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import type { PreparedStatement } from '../db/prepared-statement.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import type { Bus } from './bus.ts';
import { toJournalEvent, type PreparedEvent } from './event-rows.ts';
import { insertEvents, insertWithin, type TenantEvents } from './insert-events.ts';
import type { JournalEvent } from './records.ts';

const CONFLICT_RETRIES = 3;
/** Longer than any transaction of ours should take; a stuck one must not stop the writer for good. */
const TRANSACTION_TIMEOUT_MS = 10_000;

export interface WriterDeps {
  readonly database: Database;
  /** `INSERT_EVENTS`, prepared. */
  readonly insert: PreparedStatement;
  readonly bus: Pick<Bus, 'publish'>;
  readonly serverId: string | null;
  readonly now: () => Date;
}

/** Runs in the transaction, after the tenant's row is locked; returns what to append. */
export type TransactionWork = (tx: DatabaseTransaction) => Promise<readonly PreparedEvent[]>;

export interface Append {
  readonly tenantId: string;
  readonly events: readonly PreparedEvent[];
  readonly bytes: number;
  readonly work?: undefined;
  readonly done: PromiseWithResolvers<readonly JournalEvent[]>;
}
export interface Transact {
  readonly tenantId: string;
  readonly work: TransactionWork;
  readonly done: PromiseWithResolvers<readonly JournalEvent[]>;
}

export type Batch = readonly [Transact] | readonly Append[];

export async function writeBatch(deps: WriterDeps, batch: Batch): Promise<void> {
  const [head] = batch;
  if (head?.work) return await writeTransaction(deps, head);
  await writeAppends(
    deps,
    batch.filter((entry): entry is Append => !entry.work),
  );
}

async function writeAppends(deps: WriterDeps, batch: readonly Append[]): Promise<void> {
  const occurredAt = deps.now().toISOString();
  let bases: ReadonlyMap<string, number>;
  try {
    bases = await retryConflicts(() => insertEvents(deps.insert, byTenant(batch), occurredAt, deps.serverId));
  } catch (error) {
    // One event the database refuses must not take the others down with it: each goes alone, in order.
    if (batch.length > 1 && classifyDatabaseError(error) === 'other') {
      for (const entry of batch) await writeAppends(deps, [entry]);
      return;
    }
    for (const { done } of batch) done.reject(toCallerError(error));
    return;
  }
  const next = new Map(bases);
  for (const entry of batch) {
    const base = next.get(entry.tenantId);
    next.set(entry.tenantId, (base ?? 0) + entry.events.length);
    settle(deps, entry, base, entry.events, occurredAt);
  }
}

async function writeTransaction(deps: WriterDeps, entry: Transact): Promise<void> {
  const { tenantId } = entry;
  const occurredAt = deps.now().toISOString();
  try {
    const { base, events } = await retryConflicts(() =>
      deps.database.prisma.$transaction(
        async (tx) => {
          await lockTenant(tx, tenantId);
          const events = await entry.work(tx);
          const bases =
            events.length > 0
              ? await insertEvents(insertWithin(tx), [{ tenantId, events }], occurredAt, deps.serverId)
              : null;
          return { base: bases ? bases.get(tenantId) : 0, events };
        },
        { maxWait: TRANSACTION_TIMEOUT_MS, timeout: TRANSACTION_TIMEOUT_MS },
      ),
    );
    settle(deps, entry, base, events, occurredAt);
  } catch (error) {
    entry.done.reject(toCallerError(error));
  }
}

async function lockTenant(tx: DatabaseTransaction, tenantId: string): Promise<void> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM tenants WHERE id = ${tenantId}::uuid FOR NO KEY UPDATE`;
  if (rows.length === 0) throw noSuchTenant();
}

function settle(
  deps: WriterDeps,
  { tenantId, done }: Append | Transact,
  base: number | undefined,
  prepared: readonly PreparedEvent[],
  occurredAt: string,
): void {
  if (base === undefined) return done.reject(noSuchTenant());
  const events = prepared.map(({ event }, index) => toJournalEvent(event, tenantId, base + index + 1, occurredAt));
  for (const [index, event] of events.entries()) deps.bus.publish(event, prepared[index]?.row.payload.length ?? 0);
  done.resolve(events);
}

function noSuchTenant(): HooklineError {
  return new HooklineError('NOT_FOUND', 'There is no such tenant.');
}

function byTenant(batch: readonly Append[]): readonly TenantEvents[] {
  const groups = Map.groupBy(batch, ({ tenantId }) => tenantId);
  return [...groups].map(([tenantId, entries]) => ({ tenantId, events: entries.flatMap(({ events }) => events) }));
}

/** Deadlocks and serialisation failures leave nothing behind, so the same work may simply be done again. */
async function retryConflicts<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt > CONFLICT_RETRIES || classifyDatabaseError(error) !== 'conflict') throw error;
      await sleep(Math.random() * 20 * attempt);
    }
  }
}
