import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeCursor } from '../../src/events/cursor.ts';
import { matchesHookFilter, matchesToolFilter } from '../../src/events/filters.ts';
import type { HookInvocationFilter, ToolExecutionFilter } from '../../src/events/journal.ts';
import type { Page, PageRequest } from '../../src/events/page.ts';
import { HOOK_OUTCOMES, type JournalEvent, type NewEvent, type ToolExecutionRecord } from '../../src/events/records.ts';
import { DATABASE_KINDS } from '../rig/open-test-database.ts';
import { fillBlocks } from './fill-blocks.ts';
import { createJournalRig, hookInvoked, hookStep, toolCompleted, toolStarted, type JournalRig } from './journal-rig.ts';

describe.each(DATABASE_KINDS)('connections on $title', ({ kind, missing }) => {
  describe.skipIf(missing)('', () => {
    let rig: JournalRig;
    beforeAll(async () => {
      rig = await createJournalRig(kind);
      // Invocations stand at the odd numbers 1 to 13, executions at the even ones.
      for (let index = 0; index < 7; index += 1)
        await rig.journal.append(rig.tenantId, [hookInvoked(), toolCompleted()]);
    });
    afterAll(async () => {
      await rig[Symbol.asyncDispose]();
    });

    /** Cursors written as numbers: `after: 3` is the cursor of event 3. */
    const at = (seq: number) => encodeCursor(rig.tenantId, seq);
    type Numbered = Omit<PageRequest, 'after' | 'before'> & { after?: number | 'start'; before?: number };
    const toRequest = ({ after, before, ...rest }: Numbered): PageRequest => ({
      ...rest,
      ...(after === undefined ? {} : { after: after === 'start' ? after : at(after) }),
      ...(before === undefined ? {} : { before: at(before) }),
    });

    test.each<[Numbered, number[], boolean, boolean]>([
      [{}, [1, 3, 5, 7, 9, 11, 13], false, false],
      [{ first: 3 }, [1, 3, 5], false, true],
      [{ first: 3, after: 5 }, [7, 9, 11], true, true],
      [{ first: 3, after: 'start' }, [1, 3, 5], false, true],
      [{ first: 3, after: 9 }, [11, 13], true, false],
      [{ first: 3, after: 8 }, [9, 11, 13], true, false],
      [{ first: 3, after: 13 }, [], true, false],
      [{ first: 7 }, [1, 3, 5, 7, 9, 11, 13], false, false],
      [{ first: 0 }, [], false, true],
      [{ first: 2, before: 5 }, [1, 3], false, true],
      [{ first: 2, after: 1, before: 13 }, [3, 5], true, true],
      [{ first: 9, after: 3, before: 7 }, [5], true, true],
      [{ last: 3 }, [9, 11, 13], true, false],
      [{ last: 50 }, [1, 3, 5, 7, 9, 11, 13], false, false],
      [{ last: 3, before: 9 }, [3, 5, 7], true, true],
      [{ last: 3, before: 5 }, [1, 3], false, true],
      [{ last: 3, before: 1 }, [], false, true],
      [{ last: 1, after: 3 }, [13], true, false],
      [{ last: 0 }, [], true, false],
    ])('%j is %j', async (request, seqs, hasPreviousPage, hasNextPage) => {
      const { edges, pageInfo } = await rig.journal.hookInvocations(rig.tenantId, toRequest(request), {});
      expect(edges.map(({ node }) => node.seq)).toEqual(seqs);
      expect(edges.map(({ cursor }) => cursor)).toEqual(seqs.map(at));
      const [start, end] = [seqs.at(0), seqs.at(-1)];
      expect(pageInfo).toEqual({
        hasPreviousPage,
        hasNextPage,
        startCursor: start === undefined ? null : at(start),
        endCursor: end === undefined ? null : at(end),
      });
    });

    test('executions are paged the same way', async () => {
      const { edges, pageInfo } = await rig.journal.toolExecutions(rig.tenantId, { last: 2, before: at(13) }, {});
      expect(edges.map(({ node }) => node.seq)).toEqual([10, 12]);
      expect(pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: true });
    });

    test.each<[string, PageRequest]>([
      ['first and last', { first: 1, last: 1 }],
      ['too many', { first: 201 }],
      ['too many from the end', { last: 201 }],
      ['fewer than none', { first: -1 }],
      ['fewer than none from the end', { last: -1 }],
      ['half of one', { first: 1.5 }],
      ['a cursor that is none', { after: 'nonsense' }],
      ['"start" as an end', { before: 'start' }],
      ['an empty cursor', { after: '' }],
      ["another tenant's cursor", { after: encodeCursor('00000000-0000-4000-8000-000000000000', 1) }],
    ])('%s is INVALID_INPUT', async (_name, request) => {
      await expect(rig.journal.hookInvocations(rig.tenantId, request, {})).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
      await expect(rig.journal.toolExecutions(rig.tenantId, request, {})).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
    });

    test('another tenant has none of them', async () => {
      const page = await rig.journal.hookInvocations(await rig.addTenant(), {}, {});
      expect(page).toEqual({
        edges: [],
        pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      });
    });

    test('filters on columns mean what the predicates on events mean', async () => {
      const random = randomFrom(20_261_122);
      const tenantId = await rig.addTenant();
      const events: JournalEvent[] = [];
      for (let batch = 0; batch < 10; batch += 1) {
        events.push(
          ...(await rig.journal.append(
            tenantId,
            Array.from({ length: 15 }, () => randomEvent(random)),
          )),
        );
      }
      const seen = { hooks: 0, tools: 0 };
      for (let round = 0; round < 60; round += 1) {
        const hookFilter = randomHookFilter(random);
        const hooks = await rig.journal.hookInvocations(tenantId, { first: 200 }, hookFilter);
        const wantedHooks = events.filter(
          (event) => event.type === 'HOOK_INVOKED' && matchesHookFilter(hookFilter, event.invocation),
        );
        expect(
          hooks.edges.map(({ node }) => node.seq),
          JSON.stringify(hookFilter),
        ).toEqual(wantedHooks.map(({ seq }) => seq));
        const toolFilter = randomToolFilter(random);
        const tools = await rig.journal.toolExecutions(tenantId, { first: 200 }, toolFilter);
        const wantedTools = events.filter(
          (event) => event.type === 'TOOL_EXECUTED' && matchesToolFilter(toolFilter, event.execution, event.kind),
        );
        expect(
          tools.edges.map(({ node }) => node.seq),
          JSON.stringify(toolFilter),
        ).toEqual(wantedTools.map(({ seq }) => seq));
        seen.hooks += wantedHooks.length;
        seen.tools += wantedTools.length;
      }
      // A comparison of nothing with nothing would prove nothing.
      expect(Math.min(seen.hooks, seen.tools)).toBeGreaterThan(100);
    });

    test('any page of the invocations of a plugin is what lies between its cursors', async () => {
      const random = randomFrom(20_261_128);
      const tenantId = await rig.addTenant();
      const named = (name: string) => hookInvoked({ steps: [hookStep('all'), hookStep(name)] });
      const events = await rig.journal.append(
        tenantId,
        Array.from({ length: 500 }, () =>
          random() < 0.1 ? toolCompleted({ pluginName: 'few' }) : named(random() < 0.03 ? 'few' : 'other'),
        ),
      );
      for (let round = 0; round < 100; round += 1) {
        const filter = { pluginName: pick(random, ['all', 'few', 'nobody']), hooks: pick(random, [null, HOOKS]) };
        const all = events.filter(
          (event) => event.type === 'HOOK_INVOKED' && matchesHookFilter(filter, event.invocation),
        );
        await expectPages(random, all, (page) => rig.journal.hookInvocations(tenantId, page, filter), {
          tenantId,
          what: JSON.stringify(filter),
        });
      }
    });

    test('any page of the executions of a status, also of those that run, is what lies between its cursors', async () => {
      const random = randomFrom(20_261_129);
      const tenantId = await rig.addTenant();
      const started = Array.from({ length: 400 }, () =>
        toolStarted({ agentId: random() < 0.05 ? 'few' : 'many', startedAt: new Date(random() * 1e10).toISOString() }),
      );
      const executions = new Map<string, ToolExecutionRecord & { seq: number }>();
      for (const event of await rig.journal.append(tenantId, started))
        if (event.type === 'TOOL_EXECUTED') executions.set(event.execution.id, { ...event.execution, seq: event.seq });
      for (const execution of executions.values()) {
        if (random() < 0.05) continue;
        const ended = { ...execution, status: random() < 0.05 ? ('FAILED' as const) : ('SUCCEEDED' as const) };
        await rig.journal.append(tenantId, [{ type: 'TOOL_EXECUTED', kind: 'COMPLETED', execution: ended }]);
        executions.set(execution.id, ended);
      }
      const seen = new Set<string>();
      for (let round = 0; round < 100; round += 1) {
        const filter: ToolExecutionFilter = {
          statuses: pick(random, [null, ['RUNNING'], ['RUNNING', 'FAILED'], ['FAILED'], ['SUCCEEDED', 'FAILED'], []]),
          agentId: pick(random, [null, 'few']),
          startedAfter: pick(random, [null, new Date(5e9)]),
          startedBefore: pick(random, [null, new Date(6e9)]),
        };
        const all = [...executions.values()].filter((execution) => matchesToolFilter(filter, execution, 'COMPLETED'));
        for (const { status } of all) seen.add(status);
        await expectPages(random, all, (page) => rig.journal.toolExecutions(tenantId, page, filter), {
          tenantId,
          what: JSON.stringify(filter),
        });
      }
      expect(seen).toEqual(new Set(['RUNNING', 'SUCCEEDED', 'FAILED']));
    });

    test('a journal of before has the same blocks after its migration as one that wrote them itself', async () => {
      const random = randomFrom(20_261_130);
      const tenantId = await rig.addTenant();
      for (let batch = 0; batch < 10; batch += 1)
        await rig.journal.append(
          tenantId,
          Array.from({ length: 30 }, () => (random() < 0.1 ? toolStarted() : randomEvent(random))),
        );
      const { journalBlock } = rig.database.prisma;
      const blocks = () =>
        journalBlock.findMany({ where: { tenantId }, orderBy: [{ facet: 'asc' }, { value: 'asc' }, { block: 'asc' }] });
      const written = await blocks();
      await journalBlock.deleteMany();
      await fillBlocks(rig.database);
      expect(await blocks()).toEqual(written);
      expect(new Set(written.map(({ facet }) => facet)).size).toBe(13);
    });

    test('kinds asks which events an execution has had', async () => {
      const tenantId = await rig.addTenant();
      const started = toolStarted();
      const blocked = toolCompleted({ status: 'BLOCKED' });
      await rig.journal.append(tenantId, [started, blocked]);
      const seqs = async (filter: ToolExecutionFilter) =>
        (await rig.journal.toolExecutions(tenantId, {}, filter)).edges.map(({ node }) => node.seq);
      expect(await seqs({ kinds: ['STARTED'] })).toEqual([1]);
      expect(await seqs({ kinds: ['COMPLETED'] })).toEqual([2]);
      expect(await seqs({ kinds: ['STARTED', 'COMPLETED'] })).toEqual([1, 2]);
      expect(await seqs({ kinds: [] })).toEqual([]);
    });
  });
});

/** A page of any size from any end between any cursors, against the same of all that it is taken from. */
async function expectPages<T extends { readonly seq: number }>(
  random: Random,
  all: readonly { readonly seq: number }[],
  read: (page: PageRequest) => Promise<Page<T>>,
  { tenantId, what }: { readonly tenantId: string; readonly what: string },
): Promise<void> {
  const cursor = () => 1 + Math.floor(random() * 500);
  const [after, before] = [pick(random, [null, cursor()]), pick(random, [null, cursor()])];
  const size = 1 + Math.floor(random() * 40);
  const forward = random() < 0.5;
  const within = all.filter(({ seq }) => seq > (after ?? 0) && seq < (before ?? Infinity));
  const { edges, pageInfo } = await read({
    ...(forward ? { first: size } : { last: size }),
    after: after === null ? null : encodeCursor(tenantId, after),
    before: before === null ? null : encodeCursor(tenantId, before),
  });
  const asked = `${what} ${JSON.stringify({ after, before, size, forward })}`;
  expect(
    edges.map(({ node }) => node.seq),
    asked,
  ).toEqual((forward ? within.slice(0, size) : within.slice(-size)).map(({ seq }) => seq));
  expect(pageInfo, asked).toMatchObject({
    hasPreviousPage: (after !== null && all.some(({ seq }) => seq <= after)) || (!forward && within.length > size),
    hasNextPage: (before !== null && all.some(({ seq }) => seq >= before)) || (forward && within.length > size),
  });
}

type Random = () => number;

/** mulberry32: a small generator with a seed, so that a failure can be had again. */
function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NAMES = [
  'a',
  'b',
  'A',
  'ä',
  `${'x'.repeat(254)}1`,
  `${'x'.repeat(254)}2`,
  `${'x'.repeat(255)}1`,
  'n\0',
  '',
] as const;
const TIMES = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z', '2026-06-01T12:00:00.500Z'] as const;
const HOOKS = ['BEFORE_TOOL_CALL', 'AFTER_TOOL_CALL', 'ON_ERROR'] as const;

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('Nothing to pick from.');
  return value;
}

function randomEvent(random: Random): NewEvent {
  const common = {
    runId: pick(random, [null, ...NAMES]),
    agentId: pick(random, [null, ...NAMES]),
    startedAt: pick(random, TIMES),
  };
  if (random() < 0.5) {
    const steps = Array.from({ length: Math.floor(random() * 4) }, () => hookStep(pick(random, ['a', 'b', 'c'])));
    const toolName = pick(random, [null, ...NAMES]);
    return hookInvoked({ ...common, toolName, hook: pick(random, HOOKS), outcome: pick(random, HOOK_OUTCOMES), steps });
  }
  const status = pick(random, ['SUCCEEDED', 'FAILED', 'BLOCKED'] as const);
  return toolCompleted({ ...common, toolName: pick(random, NAMES), pluginName: pick(random, ['a', 'b']), status });
}

/** Each field absent, null or given. */
function maybe<T>(random: Random, value: T): T | null | undefined {
  const choice = random();
  return choice < 0.6 ? undefined : choice < 0.7 ? null : value;
}

function randomShared(random: Random) {
  return {
    toolName: maybe(random, pick(random, NAMES)),
    runId: maybe(random, pick(random, NAMES)),
    agentId: maybe(random, pick(random, NAMES)),
    pluginName: maybe(random, pick(random, ['a', 'b', 'none'])),
    startedAfter: maybe(random, new Date(pick(random, TIMES))),
    startedBefore: maybe(random, new Date(pick(random, TIMES))),
  };
}

function randomHookFilter(random: Random): HookInvocationFilter {
  const hooks = maybe(
    random,
    HOOKS.filter(() => random() < 0.6),
  );
  const outcomes = maybe(
    random,
    HOOK_OUTCOMES.filter(() => random() < 0.6),
  );
  return withoutUndefined({ ...randomShared(random), hooks, outcomes });
}

function randomToolFilter(random: Random): ToolExecutionFilter {
  const statuses = maybe(
    random,
    (['SUCCEEDED', 'FAILED', 'BLOCKED'] as const).filter(() => random() < 0.6),
  );
  const kinds = maybe(
    random,
    (['STARTED', 'COMPLETED'] as const).filter(() => random() < 0.6),
  );
  return withoutUndefined({ ...randomShared(random), statuses, kinds });
}

function withoutUndefined<T extends object>(filter: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return JSON.parse(JSON.stringify(filter), (key, value: unknown) =>
    key.startsWith('started') && typeof value === 'string' ? new Date(value) : value,
  );
}
