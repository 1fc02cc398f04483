/**
 * What a PostgreSQL server has processes of its own for, and PGlite has not: a checkpoint, without which the write-ahead log grows
 * until the database is closed, and VACUUM, without which the room of deleted rows is never used again. Each of them holds the
 * database up, so they are done one by one, in pauses where there are any.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';

export interface Upkeep {
  /** Everything that is asked of the database goes through here. */
  around<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves once nothing of it is under way; nothing of it begins any more. */
  stop(): Promise<void>;
}

export interface UpkeepOptions {
  /** Of write-ahead log since the last checkpoint, at which one is due. */
  readonly logBytes?: number;
  /** By which a table has grown since it was vacuumed, beside a fifth of it, at which that is due again. */
  readonly tableBytes?: number;
  /** Transactions since the oldest that a table tells apart, at which it is frozen: after 2,000 million PostgreSQL takes no more. */
  readonly freezeAge?: number;
  readonly lookEveryMs?: number;
  /** Without a pause for so long, what is due is done nevertheless. */
  readonly patienceMs?: number;
  /** Told what failed and why; it is due again after a while. */
  readonly onFailure?: (step: string, error: unknown) => void;
}

const LOG_BYTES = 32 * 1024 * 1024;
const TABLE_BYTES = 1024 * 1024;
const FREEZE_AGE = 200_000_000;
const LOOK_EVERY_MS = 1_000;
const PATIENCE_MS = 60_000;
const REST_AFTER_FAILURE_MS = 60_000;
/** So long nothing was asked: a pause. */
const PAUSE_MS = 20;

/**
 * What is due, as statements. A table that is as large as after its last VACUUM uses its own room again, or is not written: its size
 * says so, which outlives a restart, where PostgreSQL's counts of dead rows are lost, as long as it tells them at all.
 */
const DUE = `
SELECT 'CHECKPOINT' AS step FROM pg_control_checkpoint() WHERE pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) >= $1
UNION ALL
SELECT format(CASE WHEN aged THEN 'VACUUM (FREEZE) %s' ELSE 'VACUUM %s' END, name) FROM (
  SELECT t.oid::regclass AS name, greatest(age(t.relfrozenxid), age(nullif(toast.relfrozenxid, '0'::xid))) >= $3 AS aged,
    pg_relation_size(t.oid) >= 1.2 * 8192 * t.relpages + $2 AS grown
  FROM pg_class t LEFT JOIN pg_class toast ON toast.oid = t.reltoastrelid WHERE t.relkind IN ('r', 'm')
) AS tables WHERE aged OR grown`;

export function createUpkeep(client: Pick<PGlite, 'exec' | 'query'>, options: UpkeepOptions = {}): Upkeep {
  const { logBytes = LOG_BYTES, tableBytes = TABLE_BYTES, freezeAge = FREEZE_AGE } = options;
  const { lookEveryMs = LOOK_EVERY_MS, patienceMs = PATIENCE_MS, onFailure = () => {} } = options;
  let underWay = 0;
  let lastAskedAt = -Infinity;
  let lookedAt = -Infinity;
  let looking: Promise<void> | undefined;
  let restsUntil = -Infinity;
  let stopped = false;

  function fail(step: string, error: unknown): void {
    restsUntil = performance.now() + REST_AFTER_FAILURE_MS;
    onFailure(step, error);
  }

  async function look(): Promise<void> {
    lookedAt = performance.now();
    const { rows } = await client.query<{ step: string }>(DUE, [logBytes, tableBytes, freezeAge]);
    const end = performance.now() + patienceMs;
    for (const { step } of rows) {
      await pause(end);
      if (stopped) return;
      await client.exec(step).catch((error: unknown) => fail(step, error));
    }
  }

  async function pause(end: number): Promise<void> {
    const isPause = () => underWay === 0 && performance.now() - lastAskedAt >= PAUSE_MS;
    while (!stopped && !isPause() && performance.now() < end) await sleep(PAUSE_MS);
  }

  const clock = setInterval(() => {
    if (lastAskedAt <= lookedAt || performance.now() < restsUntil) return;
    looking ??= look()
      .catch((error: unknown) => fail('to see what is due', error))
      .finally(() => (looking = undefined));
  }, lookEveryMs).unref();

  return {
    async around(work) {
      underWay += 1;
      try {
        return await work();
      } finally {
        underWay -= 1;
        lastAskedAt = performance.now();
      }
    },
    async stop() {
      stopped = true;
      clearInterval(clock);
      await looking;
    },
  };
}
