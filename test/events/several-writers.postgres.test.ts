/** Several servers that write for the same tenants, while the database is made to end their transactions late and out of turn. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTenant } from '../../src/auth/tenants.ts';
import type { Database } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createBus } from '../../src/events/bus.ts';
import { createJournal } from '../../src/events/create-journal.ts';
import { createFanOut } from '../../src/events/fan-out.ts';
import { createFanOutCounts } from '../../src/events/fan-out-counts.ts';
import type { Journal } from '../../src/events/journal.ts';
import { createPostgresDatabase } from '../rig/open-test-database.ts';
import { hookInvoked, pluginChanged } from './journal-rig.ts';

const WRITERS = 4;
const ROUNDS = 40;
const APPENDS_AT_ONCE = 4;
const KEEP = { retention: { days: 7, eventsPerTenant: 1_000_000 } };

let drop: () => Promise<void>;
let databases: Database[] = [];
const tenants: string[] = [];

beforeAll(async () => {
  const made = await createPostgresDatabase();
  drop = made.drop;
  databases = await Promise.all(
    Array.from({ length: WRITERS + 1 }, () => openDatabase({ dataDir: 'memory', databaseUrl: made.url })),
  );
  const [{ prisma } = databases[0]!] = databases;
  await migrate(databases[0]!);
  for (let n = 0; n < 3; n += 1)
    tenants.push((await createTenant(prisma, { slug: `t-${randomUUID().slice(0, 8)}` })).id);
  // After the numbers were given and before the commit: who was first is not who is done first.
  await prisma.$executeRaw`CREATE FUNCTION dawdle() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep(random() * 0.004); RETURN NULL; END $$ LANGUAGE plpgsql`;
  await prisma.$executeRaw`
    CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()`;
});
afterAll(async () => {
  for (const database of databases) await database.close();
  await drop();
});

const pick = () => tenants[Math.floor(Math.random() * tenants.length)]!;

/** One server's work: batches of several tenants, and transactions between them. Returns how many events each tenant got. */
async function write(journal: Journal): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const add = (tenantId: string, count: number) => counts.set(tenantId, (counts.get(tenantId) ?? 0) + count);
  for (let round = 0; round < ROUNDS; round += 1) {
    const appends = Array.from({ length: APPENDS_AT_ONCE }, async () => {
      const tenantId = pick();
      add(tenantId, (await journal.append(tenantId, [hookInvoked(), hookInvoked()])).length);
    });
    if (round % 5 === 0) {
      const tenantId = pick();
      await journal.transact(tenantId, async () => {
        await sleep(Math.random() * 20);
        return { result: null, events: [pluginChanged('slow')] };
      });
      add(tenantId, 1);
    }
    await Promise.all(appends);
    await sleep(Math.random() * 5);
  }
  return counts;
}

test('no reader sees a number before the one that comes first, and followers get all of them in order', async () => {
  const reading = createJournal(databases[WRITERS]!, createBus(), KEEP);
  // What a bus between servers brings, it brings in the order in which they say so.
  const bus = createBus();
  const writers = databases.slice(0, WRITERS).map((database) => {
    const journal = createJournal(database, bus, KEEP);
    return { journal, fanOut: createFanOut(journal, bus, createFanOutCounts()) };
  });
  let done = false;
  let looks = 0;

  /** What is new since the last look has to begin with the next number, and to have no hole: never one committed later. */
  async function look(tenantId: string): Promise<number> {
    let seen = 0;
    let wasDone: boolean;
    do {
      wasDone = done;
      const events = await reading.read(tenantId, seen, 10_000);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => seen + index + 1));
      seen += events.length;
      looks += 1;
    } while (!wasDone);
    return seen;
  }

  const followed = await Promise.all(
    writers.flatMap(({ fanOut }) =>
      tenants.map(async (tenantId) => {
        const stream = await fanOut.follow({ tenantId, after: 'start', matches: () => true });
        return { tenantId, events: stream[Symbol.asyncIterator](), seqs: [] as number[] };
      }),
    ),
  );
  const looking = tenants.map(look);
  const counts = await Promise.all(writers.map(({ journal }) => write(journal)));
  done = true;
  const totals = new Map(
    tenants.map((id) => [id, counts.reduce((sum, ofWriter) => sum + (ofWriter.get(id) ?? 0), 0)] as const),
  );
  expect(await Promise.all(looking)).toEqual([...totals.values()]);
  // Numbers were given to several servers in turn, and looked at while they were.
  expect(looks).toBeGreaterThan(tenants.length * 10);

  for (const { tenantId, events, seqs } of followed) {
    const total = totals.get(tenantId) ?? 0;
    while (seqs.length < total) {
      const next = await events.next();
      seqs.push(next.done ? NaN : next.value.seq);
    }
    await events.return?.();
    expect(seqs).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  }
}, 120_000);
