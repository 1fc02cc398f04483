/** The events of tool calls into the journal and nothing else, against a transaction of Prisma's for each append. */
import { findPostgres, startPostgres } from '../../scripts/start-postgres.ts';
import { createTenant } from '../../src/auth/tenants.ts';
import { migrate } from '../../src/db/migrate.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createBus } from '../../src/events/bus.ts';
import { createJournal } from '../../src/events/create-journal.ts';
import { prismaAppend } from '../contestants/prisma-append.ts';
import type { Contestant, Suite } from '../frame/contest.ts';
import { temporaryFolder } from '../frame/temporary-folder.ts';
import { appendCall, type Append } from '../load/call-events.ts';
import { countInFlight, timeAlone } from '../load/time-calls.ts';

const IN_FLIGHT = 32;

export const journalSuite: Suite = {
  name: 'journal',
  contests: ({ sampleMs }) => [
    {
      title: 'Events of tool calls into the journal',
      about:
        `A call is four events in two appends, and done when they are on disk; no tool, no sandbox, no subscriber. ` +
        `"In flight": ${IN_FLIGHT} calls under way; "alone": one after the other. Prisma: a transaction for each append, with ` +
        `the same rows and numbers. Without indexes: but those of the keys.`,
      metrics: [
        { key: 'inFlight', title: 'calls in flight', unit: '/s' },
        { key: 'p50', title: 'alone, p50', unit: 'µs' },
        { key: 'p99', title: 'alone, p99', unit: 'µs', bare: true },
      ],
      contestants: [
        contestant('Prisma, PGlite', prismaAppend, sampleMs),
        contestant('Hookline, PGlite', hooklineAppend, sampleMs),
        contestant('Hookline, PGlite, without indexes', withoutIndexes, sampleMs),
        ...(findPostgres() === undefined
          ? []
          : [
              contestant('Prisma, PostgreSQL', prismaAppend, sampleMs, postgres),
              contestant('Hookline, PostgreSQL', hooklineAppend, sampleMs, postgres),
            ]),
      ],
    },
  ],
};

type MakeAppend = (database: Database, tenantId: string) => Append | Promise<Append>;
type Place = (owner: AsyncDisposableStack) => Promise<Parameters<typeof openDatabase>[0]>;

function contestant(name: string, make: MakeAppend, sampleMs: number, place: Place = embedded): Contestant {
  return {
    name,
    async open() {
      await using opening = new AsyncDisposableStack();
      const database = opening.use(await openDatabase(await place(opening)));
      await migrate(database);
      const append = await make(database, (await createTenant(database.prisma, { slug: 'bench' })).id);
      const call = () => appendCall(append);
      const running = opening.move();
      return {
        async measure() {
          const inFlight = await countInFlight(Array<typeof call>(IN_FLIGHT).fill(call), sampleMs);
          return { ...(await timeAlone(call, sampleMs)), inFlight };
        },
        [Symbol.asyncDispose]: () => running.disposeAsync(),
      };
    },
  };
}

async function embedded(owner: AsyncDisposableStack) {
  return { dataDir: owner.use(await temporaryFolder()).path };
}

async function postgres(owner: AsyncDisposableStack) {
  return { databaseUrl: owner.use(await startPostgres(undefined)).url, dataDir: 'memory' };
}

function hooklineAppend(database: Database, tenantId: string): Append {
  const retention = { days: 7, eventsPerTenant: Number.MAX_SAFE_INTEGER };
  const journal = createJournal(database, createBus(), { retention });
  return (events) => journal.append(tenantId, events);
}

async function withoutIndexes(database: Database, tenantId: string): Promise<Append> {
  const indexes = await database.prisma.$queryRaw<{ indexname: string }[]>`
    SELECT indexname FROM pg_indexes
    WHERE tablename IN ('events', 'tool_executions') AND indexdef NOT LIKE 'CREATE UNIQUE%'`;
  for (const { indexname } of indexes) await database.prisma.$executeRawUnsafe(`DROP INDEX "${indexname}"`);
  return hooklineAppend(database, tenantId);
}
