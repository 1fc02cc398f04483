/** What belongs to an execution that runs or ended a moment ago is answered from memory, and is what the database says. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createBus } from '../../src/events/bus.ts';
import { createJournal } from '../../src/events/create-journal.ts';
import { createHistory } from '../../src/events/history.ts';
import { createRecentExecutions } from '../../src/events/recent-executions.ts';
import type { JournalEvent, NewEvent } from '../../src/events/records.ts';
import { createJournalRig, hookInvoked, toolCompleted, toolExecution, toolStarted } from './journal-rig.ts';

const TENANT = randomUUID();

function numbered(events: readonly NewEvent[]): readonly JournalEvent[] {
  return events.map((event, index) => ({
    ...event,
    tenantId: TENANT,
    seq: index + 1,
    occurredAt: '2026-01-02T03:04:05Z',
  }));
}

function remembering(events: readonly NewEvent[]) {
  const recent = createRecentExecutions();
  for (const event of numbered(events)) recent.remember(event, 100);
  return recent;
}

test('the journal answers as the database does, at every event of an execution', async () => {
  await using rig = await createJournalRig();
  const stored = createHistory(rig.database);
  const { id } = toolExecution();
  const events = [
    hookInvoked({ executionId: id }),
    toolStarted({ id }),
    hookInvoked({ executionId: id, hook: 'AFTER_TOOL_CALL' }),
    toolCompleted({ id }),
  ];
  for (const event of events) {
    await rig.journal.append(rig.tenantId, [event]);
    const seq = await rig.journal.latestSeq(rig.tenantId);
    for (const atSeq of [undefined, ...Array.from({ length: seq }, (_, index) => index + 1)]) {
      expect(await rig.journal.toolExecutionsByIds(rig.tenantId, [id], atSeq)).toEqual(
        await stored.toolExecutionsByIds(rig.tenantId, [id], atSeq),
      );
    }
    expect(await rig.journal.invocationsOfExecutions(rig.tenantId, [id])).toEqual(
      await stored.invocationsOfExecutions(rig.tenantId, [id]),
    );
  }
});

test('of some that are remembered and some that are not, all are there, in journal order', async () => {
  await using rig = await createJournalRig();
  const [elsewhere, here] = [toolExecution().id, toolExecution().id];
  const other = createJournal(rig.database, createBus(), { retention: { days: 7, eventsPerTenant: 1_000 } });
  await other.append(rig.tenantId, [hookInvoked({ executionId: elsewhere }), toolStarted({ id: elsewhere })]);
  await rig.journal.append(rig.tenantId, [hookInvoked({ executionId: here }), toolStarted({ id: here })]);
  await other.append(rig.tenantId, [hookInvoked({ executionId: elsewhere }), toolCompleted({ id: elsewhere })]);
  const invocations = await rig.journal.invocationsOfExecutions(rig.tenantId, [here, elsewhere, here]);
  expect(invocations.map(({ seq, executionId }) => [seq, executionId])).toEqual([
    [1, elsewhere],
    [3, here],
    [5, elsewhere],
  ]);
  const executions = await rig.journal.toolExecutionsByIds(rig.tenantId, [here, elsewhere]);
  expect(new Map(executions.map(({ id, status }) => [id, status]))).toEqual(
    new Map([
      [here, 'RUNNING'],
      [elsewhere, 'SUCCEEDED'],
    ]),
  );
});

test('what retention has deleted is not remembered', async () => {
  const now = { date: new Date('2026-01-02T00:00:00Z') };
  await using rig = await createJournalRig('pglite', {
    retention: { days: 1, eventsPerTenant: 1_000 },
    now: () => now.date,
  });
  const { id } = toolExecution();
  await rig.journal.append(rig.tenantId, [
    hookInvoked({ executionId: id }),
    toolStarted({ id }),
    toolCompleted({ id }),
  ]);
  now.date = new Date('2026-01-09T00:00:00Z');
  expect(await rig.journal.applyRetention()).toBe(3);
  expect(await rig.journal.invocationsOfExecutions(rig.tenantId, [id])).toEqual([]);
});

describe('what is not known for sure is asked of the database', () => {
  const { id } = toolExecution();

  test('an end without a beginning: it began elsewhere', () => {
    expect(remembering([toolCompleted({ id })]).find(TENANT, id)).toBeUndefined();
  });

  test('another tenant of the same id', () => {
    const recent = remembering([toolStarted({ id })]);
    expect(recent.find(TENANT, id)).toBeDefined();
    expect(recent.find(randomUUID(), id)).toBeUndefined();
  });

  test('an execution of which an event may be lost, also after its next ones', () => {
    const recent = remembering([toolStarted({ id })]);
    recent.doubt(TENANT, [hookInvoked({ executionId: id })]);
    const [, end] = numbered([toolStarted({ id }), toolCompleted({ id })]);
    recent.remember(end!, 100);
    expect(recent.find(TENANT, id)).toBeUndefined();
  });

  test('an execution that is not under way and has no end', () => {
    const recent = remembering([toolStarted({ id })]);
    recent.forgetLost((tenantId, executionId) => tenantId === TENANT && executionId === id);
    expect(recent.find(TENANT, id)).toBeDefined();
    recent.forgetLost(() => false);
    expect(recent.find(TENANT, id)).toBeUndefined();
  });

  test.each([
    { limit: 'so many', count: 1_001, bytes: 100 },
    { limit: 'so large', count: 3, bytes: 10 * 1024 * 1024 },
  ])('the oldest that have ended, when they are $limit', ({ count, bytes }) => {
    const recent = createRecentExecutions();
    const ids = Array.from({ length: count }, () => toolExecution().id);
    for (const id of ids) {
      for (const event of numbered([toolStarted({ id }), toolCompleted({ id })])) recent.remember(event, bytes / 2);
    }
    expect(recent.find(TENANT, ids[0]!)).toBeUndefined();
    expect(recent.find(TENANT, ids.at(-1)!)).toBeDefined();
  });
});
