/**
 * A server that is killed at random moments of 10,000 hook invocations: each that was acknowledged is in its journal, none is
 * there twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { findTenant } from '../../src/auth/tenants.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createBus } from '../../src/events/bus.ts';
import { createJournal } from '../../src/events/create-journal.ts';
import { createPostgresDatabase, DATABASE_KINDS, type DatabaseKind } from '../rig/open-test-database.ts';
import { startServer } from '../rig/start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const INVOCATIONS = 10_000;
const KILLS = 6;
const AT_ONCE = 48;

interface Told {
  /** How many were sent, answered or not. */
  sent: number;
  /** What each that was acknowledged was sent with, by the id it was answered with. */
  readonly acknowledged: Map<string, number>;
}

/** Invokes hooks, many at once, until all were sent or the server is gone. */
async function invoke(server: { url: string; token: string }, told: Told, onAcknowledged: () => void): Promise<void> {
  const client = createClient({ url: server.url, token: server.token, retries: 0 });
  let gone = false;
  const one = async () => {
    while (!gone && told.sent < INVOCATIONS) {
      const index = told.sent++;
      await client.invokeHook('ON_REASONING_STEP', { index }).then(
        ({ id }) => {
          told.acknowledged.set(id, index);
          onAcknowledged();
        },
        () => (gone = true),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  client.close();
}

async function readAll(kind: DatabaseKind, options: { dataDir: string; databaseUrl?: string | undefined }) {
  await using database = await openDatabase(options);
  expect(database.kind).toBe(kind);
  const journal = createJournal(database, createBus(), { retention: { days: 7, eventsPerTenant: 1_000_000 } });
  const tenant = await findTenant(database.prisma, 'demo');
  return (await journal.read(tenant!.id, 0, 2 * INVOCATIONS)).flatMap((event) =>
    event.type === 'HOOK_INVOKED' ? [{ seq: event.seq, ...event.invocation }] : [],
  );
}

describe.each(DATABASE_KINDS)('kill -9 on $title', ({ kind, missing }) => {
  test.skipIf(missing)(
    'at random moments of 10,000 invocations loses no acknowledged one and doubles none',
    { timeout: 240_000 },
    async () => {
      await using folder = await temporaryFolder();
      const postgres = kind === 'postgresql' ? await createPostgresDatabase() : undefined;
      const env: Record<string, string> = postgres ? { DATABASE_URL: postgres.url } : {};
      const told: Told = { sent: 0, acknowledged: new Map() };
      // Counted in acknowledgements; so many after the last that the server is still at work when it is killed.
      const moments = Array.from({ length: KILLS }, () => Math.random() * (INVOCATIONS - 1_000)).sort((a, b) => a - b);
      let killed = 0;
      while (told.sent < INVOCATIONS) {
        await using server = await startServer(folder.path, { env });
        const moment = moments[killed] ?? Infinity;
        let killing: Promise<void> | undefined;
        await invoke(server, told, () => {
          // An answer comes when its batch is on disk; a kill some milliseconds later is anywhere in the next.
          if (told.acknowledged.size >= moment)
            killing ??= sleep(Math.random() * 20).then(() => void server.kill('SIGKILL'));
        });
        if (killing) killed += 1;
        else server.kill('SIGKILL');
        await killing;
        await server.ended();
      }
      expect(killed).toBe(KILLS);
      expect(told.acknowledged.size).toBeGreaterThanOrEqual(INVOCATIONS - KILLS * AT_ONCE);

      const recorded = await readAll(kind, {
        dataDir: postgres ? 'memory' : `${folder.path}/data`,
        databaseUrl: postgres?.url,
      });
      const numbers = recorded.map(({ seq }) => seq);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      const indexOf = new Map(recorded.map(({ id, input }) => [id, (input as { index: number }).index]));
      expect(indexOf.size).toBe(recorded.length);
      expect(new Set(indexOf.values()).size).toBe(recorded.length);
      for (const [id, index] of told.acknowledged) expect(indexOf.get(id)).toBe(index);
      await postgres?.drop();
    },
  );
});
