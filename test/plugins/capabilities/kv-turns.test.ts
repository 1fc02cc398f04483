/** What one tenant asks of the database at once, and what others have of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAPABILITY_LIMITS } from '../../../src/config/capability-limits.ts';
import { createKv } from '../../../src/plugins/capabilities/kv.ts';
import { createJournalRig, hookInvocation, type JournalRig } from '../../events/journal-rig.ts';

const limits = {
  kvEntries: CAPABILITY_LIMITS.kvEntries.default,
  kvBytes: CAPABILITY_LIMITS.kvBytes.default,
  kvValueBytes: CAPABILITY_LIMITS.kvValueBytes.default,
};

describe('a tenant whose plugins ask for their values two hundred times at once', () => {
  const REQUESTS = 200;
  let rig: JournalRig;
  let kv: ReturnType<typeof createKv>;
  beforeAll(async () => {
    rig = await createJournalRig();
    kv = createKv({ prisma: rig.database.prisma, limits });
  });
  afterAll(() => rig.database.close());

  const request = { call: null, signal: new AbortController().signal };
  const asker = (tenantId: string, pluginName: string) => ({ tenantId, pluginName, granted: ['kv'] });

  /** Gives how many of them are done, and all of them. */
  function flood() {
    const flooded = { done: 0 };
    const all = Array.from({ length: REQUESTS }, async (_none, index) => {
      await kv.set(asker(rig.tenantId, `hog-${index % 3}`), { key: `key ${index}`, value: 'x'.repeat(1_000) }, request);
      flooded.done += 1;
    });
    return { flooded, all: Promise.all(all) };
  }

  test.each([
    [
      'values of another tenant',
      async (tenantId: string) => void (await kv.get(asker(tenantId, 'p'), { key: 'k' }, request)),
    ],
    [
      'the journal of another tenant',
      async (tenantId: string) =>
        void (await rig.journal.append(tenantId, [{ type: 'HOOK_INVOKED', invocation: hookInvocation() }])),
    ],
  ])('leaves %s next in turn', async (_title, work) => {
    const other = await rig.addTenant();
    const { flooded, all } = flood();
    await work(other);
    const before = flooded.done;
    await all;
    expect(flooded.done).toBe(REQUESTS);
    expect(before).toBeLessThan(REQUESTS / 10);
  });

  test('has those refused that are more than may wait, the others done', async () => {
    const space = asker(rig.tenantId, 'hog-0');
    const asked = Array.from({ length: 600 }, () => kv.get(space, { key: 'k' }, request));
    const refused = (await Promise.allSettled(asked)).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(600 - 512 - 2);
    expect(refused[0]).toMatchObject({
      reason: { kind: 'refused', message: 'There are 512 requests waiting already.' },
    });
    await expect(kv.get(space, { key: 'k' }, request)).resolves.toBeNull();
  });

  test('has what still waits forgotten when its call ends', async () => {
    const ended = new AbortController();
    const space = asker(rig.tenantId, 'hog-0');
    const asked = Array.from({ length: 20 }, (_none, index) =>
      kv.set(space, { key: `late ${index}`, value: 1 }, { call: null, signal: ended.signal }),
    );
    const settled = Promise.allSettled(asked);
    ended.abort();
    const done = (await settled).filter(({ status }) => status === 'fulfilled');
    expect(done.length).toBeLessThan(20);
    expect(await kv.list(space, { prefix: 'late ' }, request)).toHaveLength(done.length);
  });
});
