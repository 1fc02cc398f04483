/** The process of the embedded database: what others notice of it, above all when it ends. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTenant, findTenant } from '../../src/auth/tenants.ts';
import { classifyDatabaseError } from '../../src/db/database-errors.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createBus } from '../../src/events/bus.ts';
import { createJournal } from '../../src/events/create-journal.ts';
import { hookInvoked } from '../events/journal-rig.ts';
import { openTestDatabase } from '../rig/open-test-database.ts';
import { childrenOf, isAlive } from '../sandbox/processes.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const tenantRow = (slug: string) => ({ data: { id: randomUUID(), slug, name: slug, createdAt: new Date() } });
const processes = () => childrenOf(process.pid, 'embedded/main');
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

test('is killed: what is under way is SERVICE_UNAVAILABLE, and the next request finds what was acknowledged', async () => {
  await using folder = await temporaryFolder();
  const told: string[] = [];
  await using database = await openDatabase({ dataDir: folder.path, onLost: (reason) => told.push(reason) });
  await migrate(database);
  const { id } = await createTenant(database.prisma, { slug: 'acme' });
  const journal = createJournal(database, createBus(), { retention: { days: 7, eventsPerTenant: 1_000 } });
  for (let round = 1; round <= 3; round += 1) {
    await journal.append(id, [hookInvoked()]);
    const [pid = 0] = processes();
    const open = failure(
      database.prisma.$transaction(async (tx) => {
        await tx.tenant.update({ where: { id }, data: { name: 'never' } });
        process.kill(pid, 'SIGKILL');
        await tx.tenant.update({ where: { id }, data: { name: 'never' } });
      }),
    );
    const lost = journal.append(id, [hookInvoked()]);
    await expect(lost).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfterS: 1 });
    expect(classifyDatabaseError(await open)).toBe('unavailable');
    expect((await journal.read(id, 0, 10)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: round }, (_, index) => index + 1),
    );
    expect((await findTenant(database.prisma, 'acme'))?.name).not.toBe('never');
    expect(processes()).toEqual([expect.any(Number)]);
    expect(processes()).not.toEqual([pid]);
    expect(told).toEqual(Array.from({ length: round }, () => 'its process ended with SIGKILL'));
  }
});

test('in memory, is killed: everything fails from then on, and says so', async () => {
  await using database = await openTestDatabase();
  const [pid = 0] = processes();
  process.kill(pid, 'SIGKILL');
  for (let n = 0; n < 2; n += 1) {
    const error = await failure(database.prisma.tenant.count());
    expect(classifyDatabaseError(error)).toBe('unavailable');
  }
  expect(processes()).toEqual([]);
});

test('leaves no process behind when it is closed, with requests under way or not', async () => {
  await using folder = await temporaryFolder();
  const told: string[] = [];
  const database = await openDatabase({ dataDir: folder.path, onLost: (reason) => told.push(reason) });
  const before = processes();
  expect(before).toHaveLength(1);
  const counts = Array.from({ length: 20 }, () => failure(database.prisma.$queryRaw`SELECT pg_sleep(0.001)`));
  await database.close();
  await Promise.all(counts);
  expect(before.filter(isAlive)).toEqual([]);
  expect(told).toEqual([]);
  expect(classifyDatabaseError(await failure(database.prisma.$queryRaw`SELECT 1`))).toBe('unavailable');
});

test('takes no notice of the signals that a supervisor sends to every process of a server', async () => {
  await using folder = await temporaryFolder();
  await using database = await openDatabase({ dataDir: folder.path });
  const before = processes();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(before[0] ?? 0, signal);
  expect(await database.prisma.$queryRaw`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  expect(processes()).toEqual(before);
});

test('a transaction that loses its process can be undone and done again', async () => {
  await using folder = await temporaryFolder();
  await using database = await openDatabase({ dataDir: folder.path });
  await migrate(database);
  const { prisma } = database;
  const batch = failure(
    prisma.$transaction([prisma.tenant.count(), prisma.$queryRaw`SELECT pg_sleep(0.2)`, prisma.tenant.count()]),
  );
  const [pid = 0] = processes();
  setTimeout(() => process.kill(pid, 'SIGKILL'), 50);
  expect(classifyDatabaseError(await batch)).toBe('unavailable');
  expect(await prisma.$transaction([prisma.tenant.count(), prisma.tenant.count()])).toEqual([0, 0]);
});

test('a transaction that the database does not take is an error, and the next one is not', async () => {
  await using database = await openTestDatabase();
  const { prisma } = database;
  await prisma.$executeRaw`CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'at commit'; END $$ LANGUAGE plpgsql`;
  await prisma.$executeRaw`
    CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON tenants DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.slug = 'refused') EXECUTE FUNCTION refuse()`;
  await expect(prisma.$transaction((tx) => tx.tenant.create(tenantRow('refused')))).rejects.toThrow('at commit');
  const swallowed = prisma.$transaction(async (tx) => {
    await tx.tenant.create(tenantRow('lost'));
    await tx.$queryRaw`SELECT 1 / 0`.catch(() => {});
  });
  await expect(swallowed).rejects.toThrow();
  await prisma.$transaction((tx) => tx.tenant.create(tenantRow('kept')), { isolationLevel: 'Serializable' });
  expect(await prisma.tenant.findMany({ select: { slug: true } })).toEqual([{ slug: 'kept' }]);
});

test('does its own upkeep: what is written without end leaves no log without end', async () => {
  await using folder = await temporaryFolder();
  await using database = await openDatabase({ dataDir: folder.path });
  const { prisma } = database;
  const written = async () => {
    const [row] = await prisma.$queryRaw<{ bytes: number }[]>`
      SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 AS bytes FROM pg_control_checkpoint()`;
    return row?.bytes ?? 0;
  };
  await prisma.$executeRaw`CREATE TABLE notes (text text)`;
  while ((await written()) < 40 * 1024 * 1024) {
    await prisma.$executeRaw`
      INSERT INTO notes SELECT (SELECT string_agg(md5(random()::text || g || i), '') FROM generate_series(1, 60) i)
      FROM generate_series(1, 2000) g`;
  }
  // It looks once a second, and waits for a pause of 20 ms.
  for (const end = performance.now() + 20_000; (await written()) > 16 * 1024 * 1024; await sleep(500))
    expect(performance.now()).toBeLessThan(end);
});
