/**
 * The one writer of a journal in this process. While a flush is under way, what arrives meanwhile gathers for the next,
 * so the cost of a commit is shared; and because commits follow each other, events are published in the order of their
 * numbers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { classifyDatabaseError, toCallerError } from '../db/database-errors.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import type { Bus } from './bus.ts';
import { toJournalEvent, type PreparedEvent } from './event-rows.ts';
import { insertEvents, type TenantEvents } from './insert-events.ts';
import type { JournalEvent } from './records.ts';

const FLUSH_MAX_EVENTS = 1_000;
const FLUSH_MAX_BYTES = 4 * 1024 * 1024;
/** What may wait for the database before callers are told to come back later. */
const QUEUE_MAX_EVENTS = 50_000;
const QUEUE_MAX_BYTES = 64 * 1024 * 1024;
const CONFLICT_RETRIES = 3;
/** Longer than any transaction of ours should take; a stuck one must not stop the writer for good. */
const TRANSACTION_TIMEOUT_MS = 10_000;

export interface GroupCommitDeps {
  readonly database: Database;
  readonly bus: Bus;
  readonly serverId: string | null;
  readonly now: () => Date;
}

/** Runs in the transaction, after the tenant's row is locked; returns what to append. */
export type TransactionWork = (tx: DatabaseTransaction) => Promise<readonly PreparedEvent[]>;

export interface GroupCommit {
  append(tenantId: string, events: readonly PreparedEvent[]): Promise<readonly JournalEvent[]>;
  transact(tenantId: string, work: TransactionWork): Promise<readonly JournalEvent[]>;
  /** Resolves when everything that waits now is committed or refused. */
  flush(): Promise<void>;
}

interface Append {
  readonly tenantId: string;
  readonly events: readonly PreparedEvent[];
  readonly bytes: number;
  readonly work?: undefined;
  readonly done: PromiseWithResolvers<readonly JournalEvent[]>;
}
interface Transact {
  readonly tenantId: string;
  readonly work: TransactionWork;
  readonly done: PromiseWithResolvers<readonly JournalEvent[]>;
}

export function createGroupCommit(deps: GroupCommitDeps): GroupCommit {
  let queue: (Append | Transact)[] = [];
  let waiting = { events: 0, bytes: 0 };
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    while (queue.length > 0) {
      const batch = takeBatch(queue);
      queue = queue.slice(batch.length);
      await writeBatch(deps, batch);
      const appends = batch.filter((entry) => !entry.work);
      waiting = {
        events: waiting.events - appends.reduce((sum, { events }) => sum + events.length, 0),
        bytes: waiting.bytes - appends.reduce((sum, { bytes }) => sum + bytes, 0),
      };
    }
    writing = undefined;
  }

  function enqueue(entry: Append | Transact): Promise<readonly JournalEvent[]> {
    queue.push(entry);
    writing ??= writeAll();
    return entry.done.promise;
  }

  return {
    append(tenantId, events) {
      const bytes = events.reduce((sum, { row }) => sum + row.payload.length, 0);
      waiting = { events: waiting.events + events.length, bytes: waiting.bytes + bytes };
      if (waiting.events > QUEUE_MAX_EVENTS || waiting.bytes > QUEUE_MAX_BYTES) {
        waiting = { events: waiting.events - events.length, bytes: waiting.bytes - bytes };
        return Promise.reject(queueFull());
      }
      return enqueue({ tenantId, events, bytes, done: Promise.withResolvers() });
    },
    transact: (tenantId, work) => enqueue({ tenantId, work, done: Promise.withResolvers() }),
    async flush() {
      await writing;
    },
  };
}

function queueFull(): HooklineError {
  return new HooklineError('SERVICE_UNAVAILABLE', 'The journal cannot keep up at the moment; try again.', {
    retryAfterS: 1,
  });
}

type Batch = readonly [Transact] | readonly Append[];

/** One transaction, or as many appends from the head of the queue as fit into a flush. */
function takeBatch(queue: readonly (Append | Transact)[]): Batch {
  const [head] = queue;
  if (head?.work) return [head];
  const batch: Append[] = [];
  let [events, bytes] = [0, 0];
  for (const entry of queue) {
    if (entry.work) break;
    events += entry.events.length;
    bytes += entry.bytes;
    if (batch.length > 0 && (events > FLUSH_MAX_EVENTS || bytes > FLUSH_MAX_BYTES)) break;
    batch.push(entry);
  }
  return batch;
}

async function writeBatch(deps: GroupCommitDeps, batch: Batch): Promise<void> {
  const [head] = batch;
  if (head?.work) return await writeTransaction(deps, head);
  await writeAppends(
    deps,
    batch.filter((entry): entry is Append => !entry.work),
  );
}

async function writeAppends(deps: GroupCommitDeps, batch: readonly Append[]): Promise<void> {
  const occurredAt = deps.now().toISOString();
  let bases: ReadonlyMap<string, number>;
  try {
    bases = await retryConflicts(() => insertEvents(deps.database.prisma, byTenant(batch), occurredAt, deps.serverId));
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

async function writeTransaction(deps: GroupCommitDeps, entry: Transact): Promise<void> {
  const { tenantId } = entry;
  const occurredAt = deps.now().toISOString();
  try {
    const { base, events } = await retryConflicts(() =>
      deps.database.prisma.$transaction(
        async (tx) => {
          await lockTenant(tx, tenantId);
          const events = await entry.work(tx);
          const bases =
            events.length > 0 ? await insertEvents(tx, [{ tenantId, events }], occurredAt, deps.serverId) : null;
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
  deps: GroupCommitDeps,
  { tenantId, done }: Append | Transact,
  base: number | undefined,
  prepared: readonly PreparedEvent[],
  occurredAt: string,
): void {
  if (base === undefined) return done.reject(noSuchTenant());
  const events = prepared.map(({ event }, index) => toJournalEvent(event, tenantId, base + index + 1, occurredAt));
  for (const event of events) deps.bus.publish(event);
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
