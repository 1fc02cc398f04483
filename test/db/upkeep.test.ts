import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createUpkeep, type Upkeep } from '../../src/db/embedded/upkeep.ts';

const LOG_BYTES = 2 * 1024 * 1024;
const ROWS = 2_000;
/** Not compressible: a kilobyte of log for each, and some more. */
const ROW = `(SELECT string_agg(md5(random()::text || g || i), '') FROM generate_series(1, 40) i)`;

/** Longer than the write takes, so that the wait is seen. */
const PATIENCE_MS = 2_000;
const OFTEN = { lookEveryMs: 20, tableBytes: 1e12, logBytes: 1e12 };

let client: PGlite;
let upkeep: Upkeep | undefined;
beforeAll(async () => {
  client = await PGlite.create();
  await client.exec('CREATE TABLE notes (id int PRIMARY KEY, text text)');
});
beforeEach(async () => {
  await client.exec('TRUNCATE notes');
  await client.exec('CHECKPOINT');
});
afterEach(async () => {
  await upkeep?.stop();
  upkeep = undefined;
});
afterAll(() => client.close());

const write = (from: number) =>
  client.exec(`INSERT INTO notes SELECT g, ${ROW} FROM generate_series(${from}, ${from + ROWS - 1}) g`);

async function read(sql: string): Promise<number> {
  const { rows } = await client.query<{ value: number }>(`SELECT (${sql})::float8 AS value`);
  return rows[0]!.value;
}
const logBytes = () =>
  read('SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) FROM pg_control_checkpoint()');
const vacuums = () => read(`SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'notes'`);
const oldest = () => read(`SELECT age(relfrozenxid) FROM pg_class WHERE relname = 'notes'`);
const tableBytes = () => read(`pg_table_size('notes')`);

const SOON = { timeout: 10_000, interval: 20 };

test('without it the log grows, and the room of what was deleted is lost: this is what PGlite leaves undone', async () => {
  for (let round = 0; round < 3; round += 1) {
    await write(round * ROWS);
    await client.exec('DELETE FROM notes');
  }
  const before = await tableBytes();
  await sleep(1_500);
  expect(await logBytes()).toBeGreaterThan(LOG_BYTES);
  await write(0);
  expect(await tableBytes()).toBeGreaterThan(before * 1.2);
});

test('a checkpoint comes in a pause', async () => {
  upkeep = createUpkeep(client, { ...OFTEN, logBytes: LOG_BYTES });
  await upkeep.around(() => write(0));
  expect(await logBytes()).toBeGreaterThan(LOG_BYTES);
  await expect.poll(logBytes, SOON).toBeLessThan(LOG_BYTES);
});

test('the room of deleted rows is used again, and a table that does not grow is left alone', async () => {
  upkeep = createUpkeep(client, { ...OFTEN, tableBytes: 100_000 });
  const sizes: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    await upkeep.around(() => write(round * ROWS));
    sizes.push(await tableBytes());
    await upkeep.around(() => client.exec('DELETE FROM notes'));
    // A moment for what is due, which need not be anything.
    await sleep(500);
  }
  // What comes beside what is to be deleted needs room once.
  expect(Math.max(...sizes)).toBeLessThan(sizes[0]! * 2.5);
  const vacuumed = await vacuums();
  expect(vacuumed).toBeGreaterThan(0);
  await upkeep.around(() => client.exec(`INSERT INTO notes SELECT -g, 'x' FROM generate_series(1, 10) g`));
  for (let n = 0; n < 10; n += 1) {
    await upkeep.around(() => client.exec(`UPDATE notes SET text = 'x'`));
    await sleep(50);
  }
  expect(await vacuums()).toBe(vacuumed);
});

test('what is old is frozen, so that transactions do not run out', async () => {
  await write(0);
  for (let n = 0; n < 60; n += 1) await client.exec(`INSERT INTO notes VALUES (-1 - ${n}, '')`);
  expect(await oldest()).toBeGreaterThan(50);
  upkeep = createUpkeep(client, { ...OFTEN, freezeAge: 50 });
  await upkeep.around(() => client.exec('SELECT 1'));
  await expect.poll(oldest, SOON).toBeLessThan(50);
});

test('where there is no pause, not before patience ends, and then nevertheless', async () => {
  upkeep = createUpkeep(client, { ...OFTEN, logBytes: LOG_BYTES, patienceMs: PATIENCE_MS });
  const { promise: work, resolve: endWork } = Promise.withResolvers<void>();
  const asked = upkeep.around(() => work);
  const startedAt = performance.now();
  await upkeep.around(() => write(0));
  await expect.poll(logBytes, SOON).toBeLessThan(LOG_BYTES);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(PATIENCE_MS);
  endWork();
  await asked;
});

test('it waits for a transaction that is open, and what that wrote is there after it', async () => {
  upkeep = createUpkeep(client, { ...OFTEN, logBytes: LOG_BYTES, tableBytes: 100_000, patienceMs: 100 });
  const { around } = upkeep;
  await client.transaction(async (tx) => {
    for (const from of [0, ROWS]) {
      await around(() =>
        tx.exec(`INSERT INTO notes SELECT g, ${ROW} FROM generate_series(${from}, ${from + ROWS - 1}) g`),
      );
      await sleep(300);
    }
  });
  await expect.poll(logBytes, SOON).toBeLessThan(LOG_BYTES);
  expect(await read('SELECT count(*) FROM notes')).toBe(2 * ROWS);
});

test('what fails is told, and keeps nothing else from being done', async () => {
  const failures: string[] = [];
  const refusing: Parameters<typeof createUpkeep>[0] = {
    query: client.query.bind(client),
    exec: (step) => (step === 'CHECKPOINT' ? Promise.reject(new Error('no room')) : client.exec(step)),
  };
  const onFailure = (step: string, error: unknown) => failures.push(`${step}: ${String(error)}`);
  upkeep = createUpkeep(refusing, { ...OFTEN, logBytes: LOG_BYTES, tableBytes: 100_000, onFailure });
  const vacuumed = await vacuums();
  await upkeep.around(() => write(0));
  await expect.poll(vacuums, SOON).toBeGreaterThan(vacuumed);
  await upkeep.around(() => write(ROWS));
  await sleep(200);
  // Not at each look.
  expect(failures).toEqual(['CHECKPOINT: Error: no room']);
});

test('it is stopped while a step is under way: that one is waited for, and no other begins', async () => {
  const held = Promise.withResolvers<void>();
  const steps: string[] = [];
  const holding: Parameters<typeof createUpkeep>[0] = {
    query: client.query.bind(client),
    async exec(step) {
      steps.push(step);
      await held.promise;
      return client.exec(step);
    },
  };
  upkeep = createUpkeep(holding, { ...OFTEN, logBytes: LOG_BYTES, tableBytes: 100_000 });
  await upkeep.around(() => write(0));
  await expect.poll(() => steps, SOON).not.toEqual([]);
  let stopped = false;
  const stopping = upkeep.stop().then(() => (stopped = true));
  await sleep(100);
  expect(stopped).toBe(false);
  held.resolve();
  await stopping;
  expect(steps).toEqual(['CHECKPOINT']);
});
