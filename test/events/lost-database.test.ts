import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTenant } from '../../src/auth/tenants.ts';
import type { Database } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createBus } from '../../src/events/bus.ts';
import { createJournal } from '../../src/events/create-journal.ts';
import { createFanOut } from '../../src/events/fan-out.ts';
import { createFanOutCounts } from '../../src/events/fan-out-counts.ts';
import type { Journal } from '../../src/events/journal.ts';
import { createPostgresDatabase, DATABASE_KINDS, TEST_POSTGRES_URL } from '../rig/open-test-database.ts';
import { hookInvoked, pluginChanged } from './journal-rig.ts';

describe.skipIf(DATABASE_KINDS[1].missing)('a PostgreSQL that goes away', () => {
  let database: Database;
  let journal: Journal;
  let tenantId: string;
  let name: string;
  let admin: pg.Client;
  let drop: () => Promise<void>;
  const bus = createBus();

  beforeEach(async () => {
    const made = await createPostgresDatabase();
    drop = made.drop;
    name = new URL(made.url).pathname.slice(1);
    admin = new pg.Client(TEST_POSTGRES_URL);
    await admin.connect();
    database = await openDatabase({ databaseUrl: made.url, dataDir: 'memory' });
    await migrate(database);
    tenantId = (await createTenant(database.prisma, { slug: 'acme' })).id;
    journal = createJournal(database, bus, { retention: { days: 7, eventsPerTenant: 1_000_000 } });
  });
  afterEach(async () => {
    await database.close();
    await admin.end();
    await drop();
  });

  const cutConnections = () =>
    admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  const allowConnections = (allowed: boolean) => admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${allowed}`);

  test('for a moment, again and again: what was acknowledged is there once, the rest is SERVICE_UNAVAILABLE', async () => {
    const acknowledged: number[] = [];
    const refused: unknown[] = [];
    for (let round = 0; round < 10; round += 1) {
      const writes = Array.from({ length: 20 }, async (_, index) => {
        const event = hookInvoked({ runId: `${round}-${index}` });
        const write =
          index % 5 === 0
            ? journal.transact(tenantId, async () => ({ result: [], events: [event] }))
            : journal.append(tenantId, [event]);
        await write.then(
          (events) => acknowledged.push(...events.map(({ seq }) => seq)),
          (error: unknown) => refused.push(error),
        );
      });
      await cutConnections();
      await Promise.all(writes);
    }
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfterS: 1 });
    await journal.append(tenantId, [hookInvoked()]);
    const kept = (await journal.read(tenantId, 0, 1_000)).map(({ seq }) => seq);
    expect(kept).toEqual(kept.map((_, index) => index + 1));
    expect(acknowledged.filter((seq) => !kept.includes(seq))).toEqual([]);
  });

  test('for longer: reads and writes fail at once with SERVICE_UNAVAILABLE, a subscriber waits, and all go on when it is back', async () => {
    const fanOut = createFanOut(journal, bus, createFanOutCounts());
    const followed = await fanOut.follow({ tenantId, after: 'start', matches: () => true });
    const stream = followed[Symbol.asyncIterator]();
    await allowConnections(false);
    await cutConnections();
    const before = performance.now();
    await expect(journal.append(tenantId, [hookInvoked()])).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(
      journal.transact(tenantId, async () => ({ result: 0, events: [pluginChanged('p')] })),
    ).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(journal.latestSeq(tenantId)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(journal.hookInvocations(tenantId, {}, {})).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(performance.now() - before).toBeLessThan(8_000);
    const next = stream.next();
    await allowConnections(true);
    const [event] = await journal.append(tenantId, [hookInvoked()]);
    expect(await next).toEqual({ done: false, value: event });
    await stream.return?.();
  });
});
