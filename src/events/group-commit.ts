/**
 * The one writer of a journal in this process. While a flush is under way, what arrives meanwhile gathers for the next,
 * so the cost of a commit is shared; and because commits follow each other, events are published in the order of their
 * numbers.
 */
import { setImmediate } from 'node:timers/promises';
import { HooklineError } from '../errors/hookline-error.ts';
import type { PreparedEvent } from './event-rows.ts';
import type { JournalEvent } from './records.ts';
import {
  writeBatch,
  type Append,
  type Batch,
  type Transact,
  type TransactionWork,
  type WriterDeps,
} from './write-batch.ts';

/** Turns of the event loop that a batch waits at most, and milliseconds after which it waits for no further one: turns may be long. */
const GATHER_TURNS = 4;
const GATHER_MS = 5;
const FLUSH_MAX_EVENTS = 1_000;
const FLUSH_MAX_BYTES = 4 * 1024 * 1024;
/** What may wait for the database before callers are told to come back later. */
const QUEUE_MAX_EVENTS = 50_000;
const QUEUE_MAX_BYTES = 64 * 1024 * 1024;

export interface GroupCommit {
  append(tenantId: string, events: readonly PreparedEvent[]): Promise<readonly JournalEvent[]>;
  transact(tenantId: string, work: TransactionWork): Promise<readonly JournalEvent[]>;
  /** Resolves when everything that waits now is committed or refused. */
  flush(): Promise<void>;
}

export function createGroupCommit(deps: WriterDeps): GroupCommit {
  let queue: (Append | Transact)[] = [];
  let waiting = { events: 0, bytes: 0 };
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    while (queue.length > 0) {
      await gather();
      const batch = takeBatch(queue);
      queue = queue.slice(batch.length);
      // It tells each waiter itself; what it throws is a bug of ours, and must not stop the writer.
      await writeBatch(deps, batch).catch((error: unknown) => {
        for (const { done } of batch) done.reject(error);
      });
      const appends = batch.filter((entry) => !entry.work);
      waiting = {
        events: waiting.events - appends.reduce((sum, { events }) => sum + events.length, 0),
        bytes: waiting.bytes - appends.reduce((sum, { bytes }) => sum + bytes, 0),
      };
    }
    writing = undefined;
  }

  /**
   * Waits while more arrives, but not for long: what requests bring lies unread in their sockets until the loop turns, and a
   * batch taken at once would hold only what came before.
   */
  async function gather(): Promise<void> {
    const end = performance.now() + GATHER_MS;
    for (let turn = 0, seen = -1; turn < GATHER_TURNS && queue.length > seen && performance.now() < end; turn += 1) {
      seen = queue.length;
      await setImmediate();
    }
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
