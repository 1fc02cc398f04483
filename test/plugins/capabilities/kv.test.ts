import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAPABILITY_LIMITS, type CapabilityLimits } from '../../../src/config/capability-limits.ts';
import type { Json } from '../../../src/json/json.ts';
import type { HostMethod } from '../../../src/sandbox/host-methods.ts';
import { createCapabilities, type PluginKv } from '../../../src/sdk/capabilities.ts';
import { createKv } from '../../../src/plugins/capabilities/kv.ts';
import { DATABASE_KINDS } from '../../rig/open-test-database.ts';
import { createJournalRig, type JournalRig } from '../../events/journal-rig.ts';

const LIMITS = Object.fromEntries(
  Object.entries(CAPABILITY_LIMITS).map(([name, limit]) => [name, limit.default]),
) as CapabilityLimits;

describe.each(DATABASE_KINDS)('kv on $title', ({ kind, missing }) => {
  describe.skipIf(missing)('', () => {
    let rig: JournalRig;
    beforeAll(async () => {
      rig = await createJournalRig(kind);
    });
    afterAll(() => rig.database.close());

    let spaces = 0;
    /** As a plugin has it, in a space of its own unless one is given. */
    function open(space: { tenantId?: string; pluginName?: string; limits?: Partial<CapabilityLimits> } = {}) {
      const { tenantId = rig.tenantId, pluginName = `plugin-${(spaces += 1)}`, limits = {} } = space;
      const kv = createKv({ prisma: rig.database.prisma, limits: { ...LIMITS, ...limits } });
      const asker = { tenantId, pluginName, granted: ['kv'] };
      const request = { call: null, signal: new AbortController().signal };
      const ask = (method: HostMethod, args: Parameters<typeof kv.get>[1]): Promise<Json> => {
        const name = method.slice('kv.'.length);
        if (!(name in kv)) throw new Error(`${method} is not of kv`);
        return kv[name as keyof typeof kv](asker, args, request);
      };
      const plugin = createCapabilities(ask).kv;
      return Object.assign(plugin satisfies PluginKv, { space: { tenantId, pluginName }, ask });
    }

    test('a value comes back as it was set, with a version that grows with each write', async () => {
      const kv = open();
      expect(await kv.get('a')).toBeNull();
      expect(await kv.set('a', { deep: [1, null, 'ü\u0000\ud83d\ude00', 1e300, -0.5] })).toEqual({
        success: true,
        version: 1,
      });
      expect(await kv.set('a', null)).toEqual({ success: true, version: 2 });
      expect(await kv.get('a')).toEqual({ key: 'a', value: null, version: 2 });
      await kv.set('b', { deep: [1, null, 'ü\u0000\ud83d\ude00', 1e300, -0.5] });
      expect((await kv.get('b'))?.value).toEqual({ deep: [1, null, 'ü\u0000\ud83d\ude00', 1e300, -0.5] });
    });

    test('a version never comes again, though its key is deleted and set anew', async () => {
      const kv = open();
      const { version: first } = await kv.set('k', 'first');
      await kv.set('other', 1);
      const { version: second } = await kv.set('k', 'second');
      await kv.delete('k');
      const { version: anew } = await kv.set('k', 'anew', { ifVersion: 0 });
      expect(second).toBeGreaterThan(first);
      expect(anew).toBeGreaterThan(second);
      for (const ifVersion of [first, second]) {
        expect(await kv.set('k', 'late', { ifVersion })).toEqual({ success: false, version: anew });
        expect(await kv.delete('k', { ifVersion })).toEqual({ success: false, version: anew });
      }
      expect(await kv.get('k')).toEqual({ key: 'k', value: 'anew', version: anew });
    });

    test.each([
      ['nothing there', null, 0, true],
      ['something there', 1, 0, false],
      ['the version', 2, 2, true],
      ['an older version', 2, 1, false],
      ['a version to come', 1, 2, false],
      ['a version, and nothing there', null, 1, false],
    ])('compare-and-set: %s', async (_title, writes, ifVersion, success) => {
      const kv = open();
      for (let version = 1; version <= (writes ?? 0); version += 1) await kv.set('k', version);
      const before = writes ?? 0;
      expect(await kv.set('k', 'new', { ifVersion })).toEqual({ success, version: success ? before + 1 : before });
      expect((await kv.get('k'))?.value ?? null).toEqual(success ? 'new' : writes);
    });

    test.each([
      ['what is there', 2, {}, true, 0],
      ['what is there, by its version', 2, { ifVersion: 2 }, true, 0],
      ['what has changed', 2, { ifVersion: 1 }, false, 2],
      ['what is not there', 0, {}, true, 0],
      ['what is not there, as expected', 0, { ifVersion: 0 }, true, 0],
      ['what is gone', 0, { ifVersion: 3 }, false, 0],
    ])('delete: %s', async (_title, writes, options, success, version) => {
      const kv = open();
      for (let count = 0; count < writes; count += 1) await kv.set('k', count);
      expect(await kv.delete('k', options)).toEqual({ success, version });
      expect((await kv.get('k'))?.version ?? 0).toBe(version);
    });

    test('of 50 who write at once with one version, one wins, round after round', async () => {
      const kv = open();
      for (let round = 0; round < 4; round += 1) {
        const writers = Array.from({ length: 50 }, (_, writer) => kv.set('k', { round, writer }, { ifVersion: round }));
        const results = await Promise.all(writers);
        expect(results.filter(({ success }) => success)).toEqual([{ success: true, version: round + 1 }]);
        const winner = results.findIndex(({ success }) => success);
        expect(await kv.get('k')).toEqual({ key: 'k', value: { round, writer: winner }, version: round + 1 });
        expect(results.filter(({ success }) => !success).every(({ version }) => version === round + 1)).toBe(true);
      }
    }, 60_000);

    test('a list is in the order of code points, by prefix, after a key, and ends where it is said to', async () => {
      const kv = open();
      for (const key of ['b', 'a/1', 'a/10', 'a/2', 'A', 'é', '\ufffd', '\u{1f600}', 'a%', 'a_x'])
        await kv.set(key, key);
      const keys = async (options?: Parameters<PluginKv['list']>[0]) => (await kv.list(options)).map(({ key }) => key);
      expect(await keys()).toEqual(['A', 'a%', 'a/1', 'a/10', 'a/2', 'a_x', 'b', 'é', '\ufffd', '\u{1f600}']);
      expect(await keys({ prefix: 'a/' })).toEqual(['a/1', 'a/10', 'a/2']);
      expect(await keys({ prefix: 'a/', after: 'a/1', limit: 1 })).toEqual(['a/10']);
      expect(await keys({ prefix: 'a%' })).toEqual(['a%']);
      expect(await keys({ prefix: 'a_' })).toEqual(['a_x']);
      expect(await keys({ after: '\u{1f600}' })).toEqual([]);
    });

    test('a list of large values ends early, and goes on after its last key', async () => {
      const kv = open();
      const large = 'x'.repeat(50_000);
      for (const key of ['a', 'b', 'c', 'd', 'e']) await kv.set(key, large);
      const first = await kv.list();
      expect(first.map(({ key }) => key)).toEqual(['a', 'b']);
      expect((await kv.list({ after: 'b' })).map(({ key }) => key)).toEqual(['c', 'd']);
    });

    test('tenants and plugins never see each other’s values', async () => {
      const other = await rig.addTenant();
      const names = ['one', 'two'];
      const all = [rig.tenantId, other].flatMap((tenantId) =>
        names.map((pluginName) => open({ tenantId, pluginName })),
      );
      for (const [index, kv] of all.entries()) await kv.set('shared/key', index);
      for (const [index, kv] of all.entries()) {
        expect(await kv.get('shared/key')).toEqual({ key: 'shared/key', value: index, version: 1 });
        expect((await kv.list()).map(({ value }) => value)).toEqual([index]);
      }
      await all[0]?.delete('shared/key');
      expect(await Promise.all(all.map(async (kv) => (await kv.list()).length))).toEqual([0, 1, 1, 1]);
    });

    test.each([
      ['empty', '', 'must have 1 to 256'],
      ['too long', 'x'.repeat(257), 'must have 1 to 256'],
      ['far too long', 'x'.repeat(100_000), 'must have 1 to 256'],
      ['with a NUL', 'a\0b', 'NUL'],
      ['with half a character', '\ud800', 'surrogate'],
    ])('a key is refused that is %s', async (_title, key, message) => {
      const kv = open();
      await expect(kv.get(key)).rejects.toThrow(message);
      await expect(kv.set(key, 1)).rejects.toThrow(message);
      await expect(kv.delete(key)).rejects.toThrow(message);
    });

    test('a key may have 256 characters of any size', async () => {
      const kv = open();
      const key = '\u{1f600}'.repeat(256);
      await kv.set(key, 1);
      expect((await kv.list({ prefix: key })).map((entry) => entry.key)).toEqual([key]);
    });

    test.each([
      [{ key: 'k' }, 'value is missing'],
      [{ key: 7, value: 1 }, 'key must be a text'],
      [{ key: 'k', value: 1, ifVersion: -1 }, 'ifVersion must be a whole number'],
      [{ key: 'k', value: 1, ifVersion: 1.5 }, 'ifVersion must be a whole number'],
      [{ key: 'k', value: 1, ifVersion: 2 ** 60 }, 'ifVersion must be a whole number'],
      [{ key: 'k', value: 1, ttl: 5 }, '"ttl" is not an option'],
      [{ key: 'k', value: 'x'.repeat(70_000) }, 'there may be 65536'],
    ])('set refuses row %#', async (args, message) => {
      await expect(open().ask('kv.set', args)).rejects.toThrow(message);
    });

    test.each([{ tenantId: 'x' }, { tenant: 'x' }, { pluginName: 'x' }, { plugin: 'x' }, { configKey: 'x' }])(
      'who names somebody (%j) has no permission',
      async (extra) => {
        await expect(open().ask('kv.get', { key: 'k', ...extra })).rejects.toMatchObject({ kind: 'denied' });
        await expect(open().set('k', 1, extra as object)).rejects.toMatchObject({ kind: 'denied' });
      },
    );

    test('the quota of entries holds, also when many write at once', async () => {
      const kv = open({ limits: { kvEntries: 10 } });
      const writes = await Promise.allSettled(Array.from({ length: 40 }, (_, index) => kv.set(`k${index}`, index)));
      expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
      expect(await kv.list()).toHaveLength(10);
      const [first] = await kv.list();
      await expect(kv.set('another', 1)).rejects.toThrow('keeps 10 entries');
      expect(await kv.set(first?.key ?? '', 'changed')).toMatchObject({ success: true });
      await kv.delete(first?.key ?? '');
      expect(await kv.set('another', 1)).toMatchObject({ success: true });
    }, 60_000);

    test('the quota of bytes holds, also when many write at once', async () => {
      const kv = open({ limits: { kvBytes: 1_024 } });
      const value = 'x'.repeat(98);
      const writes = await Promise.allSettled(
        Array.from({ length: 30 }, (_, index) => kv.set(`${index}`.padStart(2, '0'), value)),
      );
      // Two characters of key and a hundred of JSON make 102 bytes each.
      expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
      const [first] = await kv.list();
      const key = first?.key ?? '';
      await expect(kv.set(key, 'x'.repeat(200))).rejects.toThrow('may keep 1024 bytes');
      expect(await kv.set(key, 'x')).toMatchObject({ success: true });
      // Stale is said before full: the plugin has to look again anyway.
      const { version = 0 } = (await kv.get(key)) ?? {};
      expect(await kv.set(key, 'x'.repeat(500), { ifVersion: version - 1 })).toEqual({ success: false, version });
      const space = await rig.database.prisma.pluginKvSpace.findFirst({ where: kv.space });
      expect(space).toMatchObject({ entryCount: 10n, byteCount: 9n * 102n + 5n });
    }, 60_000);

    test('what is over a lowered quota may shrink and go, and not grow', async () => {
      const before = open();
      for (const key of ['a', 'b', 'c']) await before.set(key, 'x'.repeat(100));
      const kv = open({ ...before.space, limits: { kvBytes: 50, kvEntries: 1 } });
      expect(await kv.set('a', 'x'.repeat(90))).toMatchObject({ success: true });
      await expect(kv.set('a', 'x'.repeat(95))).rejects.toThrow('may keep 50 bytes');
      await expect(kv.set('d', 1)).rejects.toThrow('keeps 1 entries');
      expect(await kv.delete('b')).toMatchObject({ success: true });
    });

    test('deleting the space deletes what was kept, and so does deleting the tenant', async () => {
      const tenantId = await rig.addTenant();
      const kv = open({ tenantId });
      await kv.set('k', 1);
      await rig.database.prisma.pluginKvSpace.deleteMany({ where: kv.space });
      expect(await kv.get('k')).toBeNull();
      await kv.set('k', 2);
      await rig.database.prisma.tenant.delete({ where: { id: tenantId } });
      expect(await rig.database.prisma.pluginKvEntry.count({ where: { tenantId } })).toBe(0);
    });
  });
});
