import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeCursor, readCursor } from '../../src/events/cursor.ts';
import { createBus, type Bus } from '../../src/events/bus.ts';
import { createJournal } from '../../src/events/create-journal.ts';
import { createFanOut, type FollowEventsOptions } from '../../src/events/fan-out.ts';
import { createFanOutCounts, type FanOutCounts } from '../../src/events/fan-out-counts.ts';
import type { FollowedJournal } from '../../src/events/follow.ts';
import type { JournalEvent } from '../../src/events/records.ts';
import { createJournalRig, hookInvoked, pluginChanged, toolCompleted, type JournalRig } from './journal-rig.ts';

let rig: JournalRig;
let counts: FanOutCounts;
beforeEach(async () => {
  rig = await createJournalRig();
  counts = createFanOutCounts();
});
afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const at = (seq: number) => encodeCursor(rig.tenantId, seq);
const append = (count: number) =>
  rig.journal.append(
    rig.tenantId,
    Array.from({ length: count }, () => hookInvoked()),
  );
async function follow(options: Partial<FollowEventsOptions> = {}, bus: Bus = rig.bus) {
  const { tenantId } = rig;
  const fanOut = createFanOut(rig.journal, bus, counts);
  const followed = await fanOut.follow({ tenantId, after: null, matches: () => true, ...options });
  return followed[Symbol.asyncIterator]();
}

async function take(stream: AsyncIterator<JournalEvent>, count: number): Promise<number[]> {
  const seqs: number[] = [];
  while (seqs.length < count) {
    const { done, value } = await stream.next();
    if (done) break;
    seqs.push(value.seq);
  }
  return seqs;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('where a stream begins', () => {
  test('without a cursor: with what is appended once it is there', async () => {
    await append(3);
    const stream = await follow();
    await append(2);
    expect(await take(stream, 2)).toEqual([4, 5]);
  });

  test('with "start": with the oldest kept event', async () => {
    await append(250);
    const stream = await follow({ after: 'start' });
    await append(1);
    expect(await take(stream, 251)).toEqual(range(1, 251));
  });

  test('with "start" on an empty journal: with the first event', async () => {
    const stream = await follow({ after: 'start' });
    await append(1);
    expect(await take(stream, 1)).toEqual([1]);
  });

  test('with a cursor: with the event after it', async () => {
    await append(5);
    expect(await take(await follow({ after: at(3) }), 2)).toEqual([4, 5]);
  });

  test.each([
    ['that cannot be read', () => 'nonsense'],
    ['of another tenant', () => encodeCursor('00000000-0000-4000-8000-000000000000', 1)],
    ['of an event that has not happened', () => at(99)],
  ])('a cursor %s is INVALID_INPUT, and leaves nothing behind', async (_name, cursor) => {
    await append(1);
    await expect(follow({ after: cursor() })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(rig.bus.size).toBe(0);
  });

  test('a cursor older than retention is CURSOR_EXPIRED, and details.oldest goes on with what is left', async () => {
    await append(10);
    const short = createJournal(rig.database, createBus(), { retention: { days: 1, eventsPerTenant: 4 } });
    await short.applyRetention();
    const refusal = await follow({ after: at(5) }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'CURSOR_EXPIRED', details: { oldest: at(6) } });
    expect(await take(await follow({ after: at(6) }), 4)).toEqual([7, 8, 9, 10]);
    expect(await take(await follow({ after: 'start' }), 1)).toEqual([7]);
  });

  test('a stream that retention overtakes ends with CURSOR_EXPIRED instead of leaving events out', async () => {
    await append(500);
    const stream = await follow({ after: 'start' });
    expect(await take(stream, 1)).toEqual([1]);
    const short = createJournal(rig.database, createBus(), { retention: { days: 1, eventsPerTenant: 4 } });
    await short.applyRetention();
    const seqs: number[] = [];
    const ending = await (async () => {
      for await (const { seq } of stream) seqs.push(seq);
    })().catch((error: unknown) => error);
    expect(seqs).toEqual(range(2, 1 + seqs.length));
    expect(ending).toMatchObject({ code: 'CURSOR_EXPIRED', details: { oldest: at(496) } });
  });
});

describe('what a stream delivers', () => {
  test('100 connections that drop at random points and resume see every event once and in order', async () => {
    const total = 1_500;
    const writing = (async () => {
      for (let written = 0; written < total; written += 5) await append(5);
    })();
    const seen: number[] = [];
    for (let drop = 0; drop < 100 && seen.length < total; drop += 1) {
      const stream = await follow({ after: seen.length === 0 ? 'start' : at(seen.at(-1) ?? 0) });
      const last = drop === 99;
      seen.push(
        ...(await take(
          stream,
          last ? total - seen.length : Math.min(1 + Math.floor(Math.random() * 20), total - seen.length),
        )),
      );
      await stream.return?.();
    }
    await writing;
    expect(seen).toEqual(range(1, total));
    expect(rig.bus.size).toBe(0);
  });

  test('only what matches, and the numbers of the rest do not count as gaps', async () => {
    const stream = await follow({ matches: ({ type }) => type === 'PLUGIN_CHANGED' });
    await rig.journal.append(rig.tenantId, [hookInvoked(), pluginChanged('a'), hookInvoked()]);
    expect(await take(stream, 1)).toEqual([2]);
    await rig.journal.append(rig.tenantId, [toolCompleted(), pluginChanged('b')]);
    expect(await take(stream, 1)).toEqual([5]);
  });

  test('what the bus lost, doubled or turned round, from the journal', async () => {
    const bus = createBus();
    const stream = await follow({}, bus);
    const events = await append(20);
    for (const seq of [1, 1, 2, 5, 4, 3, 9, 9, 2, 15]) {
      const event = events[seq - 1];
      if (event) bus.publish(event, 100);
    }
    expect(await take(stream, 20)).toEqual(range(1, 20));
  });

  test('nothing of another tenant', async () => {
    const stream = await follow();
    const other = await rig.addTenant();
    await rig.journal.append(other, [hookInvoked()]);
    const [event] = await append(1);
    expect(await stream.next()).toEqual({ done: false, value: event });
  });

  test('to overlapping calls of next, one each, in order', async () => {
    const stream = await follow();
    const results = [stream.next(), stream.next(), stream.next()];
    await append(3);
    expect((await Promise.all(results)).map(({ value }) => value.seq)).toEqual([1, 2, 3]);
  });
});

describe('where a subscription stands', () => {
  const wanted = (event: JournalEvent) => event.type === 'PLUGIN_CHANGED';

  test('goes on past what it does not want, and never past what it was not given', async () => {
    // One message in ten is lost, so it is sent back to the journal in between.
    const lossy: Bus = {
      ...rig.bus,
      subscribe: (tenantId, listener) =>
        rig.bus.subscribe(tenantId, (event, bytes) => {
          if (Math.random() > 0.1 || event.seq > 2_000) listener(event, bytes);
        }),
    };
    const followed = await createFanOut(rig.journal, lossy, counts).follow({
      tenantId: rig.tenantId,
      after: null,
      matches: wanted,
    });
    const given: number[] = [];
    const written: JournalEvent[] = [];
    const render = async (event: JournalEvent) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      return { seq: event.seq, bytes: 10 };
    };
    let full = false;
    const subscription = followed.join(followed.share(render), {
      write({ seq }) {
        given.push(seq);
        full = Math.random() < 0.3;
        if (full) setTimeout(() => subscription.resume(), Math.random() * 10);
        return !full;
      },
      end: (error) => expect(error).toBeUndefined(),
    });
    let last = 0;
    const stands = () => {
      const { seq } = readCursor(subscription.cursor ?? '') ?? { seq: -1 };
      expect(seq).toBeGreaterThanOrEqual(last);
      last = seq;
      const due = written.filter((event) => wanted(event) && event.seq <= seq);
      expect(given.slice(0, due.length)).toEqual(due.map((event) => event.seq));
      return seq;
    };
    while (written.length < 2_100) {
      const batch = Array.from({ length: 1 + Math.floor(Math.random() * 20) }, () =>
        Math.random() < 0.1 ? pluginChanged('a') : hookInvoked(),
      );
      const appending = rig.journal.append(rig.tenantId, batch);
      stands();
      written.push(...(await appending));
      stands();
    }
    await expect.poll(stands).toBe(written.length);
    expect(given).toEqual(written.filter(wanted).map(({ seq }) => seq));
    subscription.close();
    expect(subscription.cursor).toBeNull();
  });

  test('is before its next event while that is being made', async () => {
    const followed = await createFanOut(rig.journal, rig.bus, counts).follow({
      tenantId: rig.tenantId,
      after: null,
      matches: wanted,
    });
    const gate = Promise.withResolvers<void>();
    const render = async () => {
      await gate.promise;
      return { bytes: 10 };
    };
    const given: unknown[] = [];
    const subscription = followed.join(followed.share(render), { write: (event) => given.push(event) > 0, end() {} });
    await append(3);
    await expect.poll(() => subscription.cursor).toBe(at(3));
    await rig.journal.append(rig.tenantId, [hookInvoked(), pluginChanged('a')]);
    await append(5);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(subscription.cursor).toBe(at(3));
    gate.resolve();
    await expect.poll(() => subscription.cursor).toBe(at(10));
    expect(given).toHaveLength(1);
    subscription.close();
  });
});

describe('how a stream ends', () => {
  test('nobody shares a read of the journal that began before an event which it does not hold', async () => {
    await append(3);
    const gate = Promise.withResolvers<void>();
    const firstPage = Promise.withResolvers<void>();
    let reads = 0;
    const journal: FollowedJournal = {
      ...rig.journal,
      async read(...range) {
        const isFirst = (reads += 1) === 1;
        const page = await rig.journal.read(...range);
        if (!isFirst) return page;
        firstPage.resolve();
        await gate.promise;
        return page;
      },
    };
    const fanOut = createFanOut(journal, rig.bus, counts);
    const { tenantId } = rig;
    const follow = async () =>
      (await fanOut.follow({ tenantId, after: at(3), matches: () => true }))[Symbol.asyncIterator]();
    const early = take(await follow(), 1);
    await firstPage.promise;
    const together = take(await follow(), 1);
    await append(1);
    const late = await follow();
    expect(await take(late, 1)).toEqual([4]);
    gate.resolve();
    expect(await Promise.all([early, together])).toEqual([[4], [4]]);
    await append(1);
    expect(await take(late, 1)).toEqual([5]);
  });

  test('for a subscriber that does not read: SLOW_CONSUMER with where to resume, and others go on', async () => {
    const slow = await follow({ maxItems: 10 });
    const fast = await follow();
    await append(1);
    expect(await take(slow, 1)).toEqual([1]);
    await append(10);
    expect(await take(fast, 11)).toEqual(range(1, 11));
    await append(1);
    await expect.poll(() => counts.slowConsumers).toBe(1);
    await expect(slow.next()).rejects.toMatchObject({ code: 'SLOW_CONSUMER', details: { cursor: at(1) } });
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    expect(rig.bus.size).toBe(1);
    expect(await take(await follow({ after: at(1) }), 11)).toEqual(range(2, 12));
    expect(await take(fast, 1)).toEqual([12]);
  });

  test('for a subscriber behind by too many bytes', async () => {
    const stream = await follow({ maxBytes: 1_000 });
    await append(10);
    await expect.poll(() => counts.slowConsumers).toBe(1);
    await expect(stream.next()).rejects.toMatchObject({ code: 'SLOW_CONSUMER', details: { cursor: at(0) } });
  });

  test('with the token: UNAUTHENTICATED, also while it waits', async () => {
    const stream = await follow({ expiresAt: Date.now() + 100 });
    await expect(stream.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(rig.bus.size).toBe(0);
  });

  test('not before, for a token that is good for longer than a timer can wait', async () => {
    const stream = await follow({ expiresAt: Date.now() + 400 * 24 * 60 * 60 * 1000 });
    await append(1);
    expect(await take(stream, 1)).toEqual([1]);
    await stream.return?.();
  });

  test('by return, while it waits; later events go nowhere', async () => {
    const stream = await follow();
    const waiting = stream.next();
    await stream.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await append(1);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(rig.bus.size).toBe(0);
  });
});

test('a listener that throws does not keep an event from the others', async () => {
  const errors: unknown[] = [];
  const bus = createBus((error) => errors.push(error));
  const seen: number[] = [];
  bus.subscribe(rig.tenantId, () => {
    throw new Error('broken');
  });
  const undo = bus.subscribe(rig.tenantId, ({ seq }) => seen.push(seq));
  const events = await append(2);
  for (const event of events) bus.publish(event, 1);
  undo();
  for (const event of events) bus.publish(event, 1);
  expect(seen).toEqual([1, 2]);
  expect(errors).toHaveLength(4);
  expect(bus.size).toBe(1);
});
