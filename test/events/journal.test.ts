import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { HooklineError } from '../../src/errors/hookline-error.ts';
import { createBus } from '../../src/events/bus.ts';
import { encodeCursor } from '../../src/events/cursor.ts';
import { createJournal } from '../../src/events/create-journal.ts';
import type { JournalEvent } from '../../src/events/records.ts';
import { DATABASE_KINDS } from '../rig/open-test-database.ts';
import {
  createJournalRig,
  hookInvocation,
  hookInvoked,
  hookStep,
  pluginChanged,
  toolCompleted,
  toolExecution,
  toolStarted,
  type JournalRig,
} from './journal-rig.ts';

const KEEP = { days: 7, eventsPerTenant: 1_000_000 };

describe.each(DATABASE_KINDS)('the journal on $title', ({ kind, missing }) => {
  describe.skipIf(missing)('', () => {
    let rig: JournalRig;
    beforeEach(async () => {
      rig = await createJournalRig(kind);
    });
    afterEach(async () => {
      await rig[Symbol.asyncDispose]();
    });

    test('numbers events from 1 per tenant without a hole, and publishes in that order, with 20 tenants writing at once', async () => {
      const tenants = await Promise.all(Array.from({ length: 20 }, () => rig.addTenant()));
      const published = new Map<string, number[]>(tenants.map((id) => [id, []]));
      for (const id of tenants) rig.bus.subscribe(id, ({ seq }) => published.get(id)?.push(seq));
      await Promise.all(
        Array.from({ length: 600 }, (_, index) => {
          const tenantId = tenants[index % tenants.length] ?? '';
          if (index % 100 === 0) {
            return rig.journal.transact(tenantId, async () => ({
              result: null,
              events: [pluginChanged('a'), pluginChanged('b')],
            }));
          }
          return rig.journal.append(tenantId, [hookInvoked(), toolStarted()]);
        }),
      );
      const expected = Array.from({ length: 60 }, (_, index) => index + 1);
      for (const id of tenants) {
        expect((await rig.journal.read(id, 0, 100)).map(({ seq }) => seq)).toEqual(expected);
        expect(published.get(id)).toEqual(expected);
        expect(await rig.journal.latestSeq(id)).toBe(60);
      }
    });

    test('writes one batch at a time, which all that wait for it share', async () => {
      let [statements, underWay, most] = [0, 0, 0];
      const watched: Database = {
        ...rig.database,
        prepare(statement) {
          const run = rig.database.prepare(statement);
          return async (values) => {
            statements += 1;
            underWay += 1;
            most = Math.max(most, underWay);
            return run(values).finally(() => (underWay -= 1));
          };
        },
      };
      const journal = createJournal(watched, createBus(), { retention: KEEP });
      const append = async () => {
        for (let n = 0; n < 10; n += 1) await journal.append(rig.tenantId, [hookInvoked()]);
      };
      await Promise.all(Array.from({ length: 50 }, append));
      expect(await journal.latestSeq(rig.tenantId)).toBe(500);
      expect(most).toBe(1);
      expect(statements).toBeGreaterThanOrEqual(10);
      expect(statements).toBeLessThan(50);
    });

    test('gives back what it published and what it reads, with the events of a call together and in order', async () => {
      const published: JournalEvent[] = [];
      rig.bus.subscribe(rig.tenantId, (event) => published.push(event));
      const events = [hookInvoked({ runId: 'run-1' }), toolStarted(), pluginChanged('calculator')];
      const appended = await rig.journal.append(rig.tenantId, events);
      expect(appended).toEqual(
        events.map((event, index) => ({
          ...event,
          tenantId: rig.tenantId,
          seq: index + 1,
          occurredAt: expect.any(String),
        })),
      );
      expect(published).toEqual(appended);
      expect(await rig.journal.read(rig.tenantId, 0, 10)).toEqual(appended);
      expect(await rig.journal.read(rig.tenantId, 1, 1)).toEqual(appended.slice(1, 2));
    });

    test('keeps text that PostgreSQL cannot hold, and finds it again', async () => {
      const runId = `null \0, half a pair \ud800, and ${'long '.repeat(1_000)}`;
      const [event] = await rig.journal.append(rig.tenantId, [
        toolCompleted({ runId, toolName: 'a\0b', data: { '\0': '\udfff\0' } }),
      ]);
      expect(await rig.journal.read(rig.tenantId, 0, 1)).toEqual([event]);
      const page = await rig.journal.toolExecutions(rig.tenantId, {}, { runId, toolName: 'a\0b' });
      expect(page.edges.map(({ node }) => node.data)).toEqual([{ '\0': '\udfff\0' }]);
    });

    test('refuses an unknown tenant, and an event the database refuses, without the others of their batch', async () => {
      const results = await Promise.allSettled([
        rig.journal.append(rig.tenantId, [hookInvoked()]),
        rig.journal.append(randomUUID(), [hookInvoked()]),
        rig.journal.append(rig.tenantId, [hookInvoked()]),
        rig.journal.append(rig.tenantId, [hookInvoked({ startedAt: 'not a time' })]),
        rig.journal.append(rig.tenantId, [hookInvoked()]),
      ]);
      expect(results.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
      expect(results[1]).toMatchObject({ reason: { code: 'NOT_FOUND' } });
      expect((await rig.journal.read(rig.tenantId, 0, 10)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    });

    test('a transaction changes rows and appends its events, or neither', async () => {
      const rename = (name: string, fail: boolean) =>
        rig.journal.transact(rig.tenantId, async (tx) => {
          await tx.tenant.update({ where: { id: rig.tenantId }, data: { name } });
          if (fail) throw new HooklineError('CONFLICT', 'no');
          return { result: name, events: [pluginChanged('calculator')] };
        });
      const published: JournalEvent[] = [];
      rig.bus.subscribe(rig.tenantId, (event) => published.push(event));
      await expect(rename('never', true)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(published).toEqual([]);
      expect(await rename('Acme', false)).toBe('Acme');
      expect(published.map(({ seq }) => seq)).toEqual([1]);
      expect(await rig.database.prisma.tenant.findUnique({ where: { id: rig.tenantId } })).toMatchObject({
        name: 'Acme',
        eventSeq: 1n,
      });
    });

    test('a transaction whose COMMIT fails is an error, and leaves nothing', async () => {
      await rig.database.prisma
        .$executeRaw`CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'at commit'; END $$ LANGUAGE plpgsql`;
      await rig.database.prisma.$executeRaw`
        CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`;
      const published: JournalEvent[] = [];
      rig.bus.subscribe(rig.tenantId, (event) => published.push(event));
      await expect(rig.journal.append(rig.tenantId, [hookInvoked()])).rejects.toThrow();
      const work = async () => ({ result: null, events: [pluginChanged('calculator')] });
      await expect(rig.journal.transact(rig.tenantId, work)).rejects.toThrow();
      expect(published).toEqual([]);
      expect(await rig.journal.latestSeq(rig.tenantId)).toBe(0);
    });

    test('transactions of one tenant happen one after the other, between the flushes', async () => {
      const raise = () =>
        rig.journal.transact(rig.tenantId, async (tx) => {
          const { name } = await tx.tenant.findUniqueOrThrow({ where: { id: rig.tenantId } });
          await tx.tenant.update({ where: { id: rig.tenantId }, data: { name: `${name}+` } });
          return { result: null, events: [pluginChanged('calculator')] };
        });
      await rig.database.prisma.tenant.update({ where: { id: rig.tenantId }, data: { name: '' } });
      await Promise.all(
        Array.from({ length: 10 }, () => [raise(), rig.journal.append(rig.tenantId, [hookInvoked()])]).flat(),
      );
      expect(await rig.database.prisma.tenant.findUnique({ where: { id: rig.tenantId } })).toMatchObject({
        name: '+'.repeat(10),
        eventSeq: 20n,
      });
    });

    test('a transaction in an unknown tenant does not run', async () => {
      let ran = false;
      const transaction = rig.journal.transact(randomUUID(), async () => {
        ran = true;
        return { result: null, events: [] };
      });
      await expect(transaction).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(ran).toBe(false);
    });

    test('flush waits for what was appended before', async () => {
      const appended = Array.from({ length: 50 }, () => rig.journal.append(rig.tenantId, [hookInvoked()]));
      await rig.journal.flush();
      expect(await rig.journal.latestSeq(rig.tenantId)).toBe(50);
      await Promise.all(appended);
    });

    test('an execution is shown as it is now, or as it was at an event; its position never changes', async () => {
      const id = toolExecution().id;
      await rig.journal.append(rig.tenantId, [hookInvoked(), toolStarted({ id })]);
      await rig.journal.append(rig.tenantId, [hookInvoked({ executionId: id }), toolCompleted({ id, data: 42 })]);
      const { journal, tenantId } = rig;
      expect(await journal.findToolExecution(tenantId, id)).toMatchObject({ seq: 2, status: 'SUCCEEDED', data: 42 });
      const other = toolExecution().id;
      await rig.journal.append(tenantId, [toolStarted({ id: other }), hookInvoked({ executionId: other })]);
      const states = async (ids: string[], atSeq?: number) =>
        (await journal.toolExecutionsByIds(tenantId, ids, atSeq))
          .map(({ id: found, seq, status }) => ({ id: found, seq, status }))
          .sort((a, b) => a.seq - b.seq);
      expect(await states([id, other, 'ToolExecution:none'])).toEqual([
        { id, seq: 2, status: 'SUCCEEDED' },
        { id: other, seq: 5, status: 'RUNNING' },
      ]);
      expect(await states([id, other], 3)).toEqual([{ id, seq: 2, status: 'RUNNING' }]);
      expect(await states([id], 1)).toEqual([]);
      expect(await journal.toolExecutionsByIds(await rig.addTenant(), [id])).toEqual([]);
      expect(await journal.findToolExecution(await rig.addTenant(), id)).toBeNull();
      expect((await journal.invocationsOfExecutions(tenantId, [id])).map(({ seq }) => seq)).toEqual([3]);
      expect((await journal.invocationsOfExecutions(tenantId, [other, id])).map(({ seq }) => seq)).toEqual([3, 6]);
    });

    test('an invocation is found by its id, in its own tenant alone', async () => {
      const invocation = hookInvocation();
      await rig.journal.append(rig.tenantId, [{ type: 'HOOK_INVOKED', invocation }]);
      expect(await rig.journal.findHookInvocation(rig.tenantId, invocation.id)).toEqual({ ...invocation, seq: 1 });
      expect(await rig.journal.findHookInvocation(await rig.addTenant(), invocation.id)).toBeNull();
      expect(await rig.journal.findHookInvocation(rig.tenantId, 'HookInvocation:none')).toBeNull();
    });

    test('retention takes what invocations are found by with them', async () => {
      const journal = createJournal(rig.database, createBus(), { retention: { days: 2, eventsPerTenant: 10 } });
      await journal.append(
        rig.tenantId,
        Array.from({ length: 200 }, () => hookInvoked({ steps: [hookStep('one')] })),
      );
      const blocks = () =>
        rig.database.prisma.journalBlock.count({
          where: { tenantId: rig.tenantId, facet: 'invocation.plugin' },
        });
      expect(await blocks()).toBe(4);
      // More than are gone through at a time, every second one of a block that stays.
      await rig.database.prisma.$executeRaw`
        INSERT INTO journal_blocks (tenant_id, facet, value, block)
        SELECT ${rig.tenantId}::uuid, 'invocation.run', 'run-' || n, n % 2 * 1000 FROM generate_series(1, 12000) AS n`;
      expect(await journal.applyRetention()).toBe(190);
      expect(await blocks()).toBe(2);
      const { journalBlock } = rig.database.prisma;
      expect(await journalBlock.count({ where: { tenantId: rig.tenantId, block: { lt: 2 } } })).toBe(0);
      expect(await journalBlock.count({ where: { tenantId: rig.tenantId, facet: 'invocation.run' } })).toBe(6_000);
      const page = await journal.hookInvocations(rig.tenantId, { first: 200 }, { pluginName: 'one' });
      expect(page.edges.map(({ node }) => node.seq)).toEqual(Array.from({ length: 10 }, (_, index) => 191 + index));
    });

    test('retention leaves no hole where times are not in the order of the numbers', async () => {
      let now = new Date('2026-01-01T00:00:00Z');
      const journal = createJournal(rig.database, createBus(), {
        retention: { days: 2, eventsPerTenant: 100 },
        now: () => now,
      });
      // As of two servers whose clocks are apart: the third is older than the second.
      for (const day of [1, 3, 1, 4]) {
        now = new Date(`2026-01-0${day}T00:00:00Z`);
        await journal.append(rig.tenantId, [hookInvoked()]);
      }
      now = new Date('2026-01-04T12:00:00Z');
      expect(await journal.applyRetention()).toBe(1);
      expect((await journal.read(rig.tenantId, 1, 10)).map(({ seq }) => seq)).toEqual([2, 3, 4]);
      now = new Date('2026-01-05T12:00:00Z');
      expect(await journal.applyRetention()).toBe(2);
      expect((await journal.read(rig.tenantId, 3, 10)).map(({ seq }) => seq)).toEqual([4]);
    });

    test('retention by count and by age deletes from the oldest on, and numbers go on', async () => {
      let now = new Date('2026-01-01T00:00:00Z');
      const journal = createJournal(rig.database, createBus(), {
        retention: { days: 2, eventsPerTenant: 5 },
        now: () => now,
      });
      const { id } = toolExecution();
      const running = toolStarted();
      await journal.append(rig.tenantId, [
        running,
        toolStarted({ id }),
        toolCompleted({ id }),
        ...Array.from({ length: 5 }, () => hookInvoked()),
      ]);
      expect(await journal.applyRetention()).toBe(3);
      expect(await journal.oldestSeq(rig.tenantId)).toBe(4);
      expect(await journal.findToolExecution(rig.tenantId, id)).toBeNull();
      expect((await journal.toolExecutions(rig.tenantId, {}, {})).edges).toHaveLength(1);
      const pageAfter = (seq: number) =>
        journal.hookInvocations(rig.tenantId, { after: encodeCursor(rig.tenantId, seq) }, {});
      await expect(pageAfter(2)).rejects.toMatchObject({
        code: 'CURSOR_EXPIRED',
        details: { oldest: encodeCursor(rig.tenantId, 3) },
      });
      expect((await pageAfter(3)).edges).toHaveLength(5);
      await expect(pageAfter(9)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      now = new Date('2026-01-02T12:00:00Z');
      await journal.append(rig.tenantId, [hookInvoked()]);
      now = new Date('2026-01-03T12:00:00Z');
      expect(await journal.applyRetention()).toBe(5);
      expect(await journal.oldestSeq(rig.tenantId)).toBe(9);
      now = new Date('2026-02-01T00:00:00Z');
      expect(await journal.applyRetention()).toBe(1);
      expect(await journal.oldestSeq(rig.tenantId)).toBeNull();
      expect((await journal.append(rig.tenantId, [hookInvoked()])).map(({ seq }) => seq)).toEqual([10]);
    });
  });
});

test.skipIf(DATABASE_KINDS[1].missing)(
  'two servers on one PostgreSQL number a tenant together, without a hole',
  async () => {
    await using rig = await createJournalRig('postgresql');
    const other = createJournal(rig.database, createBus(), { retention: KEEP });
    const tenants = [rig.tenantId, await rig.addTenant(), await rig.addTenant()];
    await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        (index % 2 === 0 ? other : rig.journal).append(tenants[index % 3] ?? '', [hookInvoked(), toolCompleted()]),
      ),
    );
    for (const id of tenants) {
      const seqs = (await rig.journal.read(id, 0, 1_000)).map(({ seq }) => seq);
      expect(seqs).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    }
  },
);
