import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { joinServers } from '../../src/db/servers.ts';
import { createBus } from '../../src/events/bus.ts';
import { createJournal } from '../../src/events/create-journal.ts';
import type { JournalEvent } from '../../src/events/records.ts';
import { DATABASE_KINDS } from '../rig/open-test-database.ts';
import { createJournalRig, toolCompleted, toolExecution, toolStarted } from './journal-rig.ts';

const RETENTION = { days: 7, eventsPerTenant: 1_000_000 };

describe.each(DATABASE_KINDS)('executions of a dead server on $title', ({ kind, missing }) => {
  test.skipIf(missing)('end FAILED with SANDBOX_CRASHED, once, and are told to subscribers', async () => {
    await using rig = await createJournalRig(kind, { serverId: randomUUID() });
    const [left, done] = [toolExecution().id, toolExecution().id];
    await rig.journal.append(rig.tenantId, [
      toolStarted({ id: left }),
      toolStarted({ id: done }),
      toolCompleted({ id: done }),
    ]);

    const bus = createBus();
    const told: JournalEvent[] = [];
    bus.subscribe(rig.tenantId, (event) => told.push(event));
    const next = createJournal(rig.database, bus, { retention: RETENTION, serverId: randomUUID() });
    expect(await next.endAbandonedExecutions()).toBe(1);
    expect(await next.endAbandonedExecutions()).toBe(0);
    const record = await next.findToolExecution(rig.tenantId, left);
    expect(record).toMatchObject({
      seq: 1,
      status: 'FAILED',
      success: false,
      error: { code: 'SANDBOX_CRASHED', retryable: true },
    });
    expect(record?.durationMs).toBeGreaterThan(0);
    expect(told).toMatchObject([{ type: 'TOOL_EXECUTED', kind: 'COMPLETED', seq: 4, execution: { id: left } }]);
    expect(await next.findToolExecution(rig.tenantId, done)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test.skipIf(missing)("a server's own go on, and end when it knows nothing of them any more", async () => {
    const underWay = new Set<string>();
    const isUnderWay = (_tenantId: string, id: string) => underWay.has(id);
    await using rig = await createJournalRig(kind, { serverId: randomUUID(), isUnderWay });
    const [goesOn, lost] = [toolExecution().id, toolExecution().id];
    underWay.add(goesOn).add(lost);
    await rig.journal.append(rig.tenantId, [toolStarted({ id: goesOn }), toolStarted({ id: lost })]);
    expect(await rig.journal.endAbandonedExecutions()).toBe(0);
    underWay.delete(lost);
    expect(await rig.journal.endAbandonedExecutions()).toBe(1);
    expect(await rig.journal.findToolExecution(rig.tenantId, goesOn)).toMatchObject({ status: 'RUNNING' });
    expect(await rig.journal.findToolExecution(rig.tenantId, lost)).toMatchObject({
      status: 'FAILED',
      error: { code: 'SANDBOX_CRASHED', message: expect.stringContaining('the journal was out of reach') as string },
    });
  });
});

describe.skipIf(DATABASE_KINDS[1].missing)('with several servers on one PostgreSQL', () => {
  test('those of a server that is up go on, and end when it has left', async () => {
    await using rig = await createJournalRig('postgresql');
    const [up, here] = [await joinServers(rig.database), await joinServers(rig.database)];
    const theirs = createJournal(rig.database, createBus(), { retention: RETENTION, serverId: up.id });
    const ours = createJournal(rig.database, createBus(), { retention: RETENTION, serverId: here.id });
    await theirs.append(rig.tenantId, [toolStarted()]);
    expect(await ours.endAbandonedExecutions()).toBe(0);
    await up.leave();
    expect(await ours.endAbandonedExecutions()).toBe(1);
    await here.leave();
  });

  test('of a server elsewhere, only its silence tells', async () => {
    await using rig = await createJournalRig('postgresql');
    const elsewhere = randomUUID();
    const heard = (ago: string) =>
      rig.database.prisma.$executeRawUnsafe(
        `INSERT INTO servers (id, place, pid, start_ticks, seen_at) VALUES ('${elsewhere}', 'elsewhere', 1, '1', now() - interval '${ago}')
       ON CONFLICT (id) DO UPDATE SET seen_at = EXCLUDED.seen_at`,
      );
    await heard('1 second');
    const theirs = createJournal(rig.database, createBus(), { retention: RETENTION, serverId: elsewhere });
    await theirs.append(rig.tenantId, [toolStarted()]);
    expect(await rig.journal.endAbandonedExecutions()).toBe(0);
    await heard('1 minute');
    expect(await rig.journal.endAbandonedExecutions()).toBe(1);
  });

  test('two that clean up at the same time end each execution once', async () => {
    await using rig = await createJournalRig('postgresql', { serverId: randomUUID() });
    await rig.journal.append(rig.tenantId, [toolStarted(), toolStarted()]);
    const cleaners = [1, 2].map(() =>
      createJournal(rig.database, createBus(), { retention: RETENTION, serverId: randomUUID() }),
    );
    const ended = await Promise.all(cleaners.map((journal) => journal.endAbandonedExecutions()));
    expect(ended.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(await rig.journal.latestSeq(rig.tenantId)).toBe(4);
  });
});
