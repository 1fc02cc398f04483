/** Whose doing a runner's end is held to be, when somebody did it who was not seen to be at work. */
import { describe, expect, test } from 'vitest';
import type { PluginKill } from '../../src/sandbox/sandbox.ts';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';

const HANG = '[].indexOf.call({ length: 2 ** 53 - 1 }, 1);';
const SLOW = toolPlugin('return new Promise((done) => setTimeout(() => done("done"), 1_500));');

describe.runIf(process.platform === 'linux')('a runner ended by', () => {
  test('an instance that made room, and cannot be stopped: the one that came in its place is innocent', async () => {
    const kills: PluginKill[] = [];
    const events = { onPluginKilled: (kill: PluginKill) => kills.push(kill) };
    await using sandbox = await openSandbox({ events, maxRunners: 1 });
    const limits = { heapMb: 100, unloadMs: 300 };
    const hostile = toolPlugin('return 1;', `onUnload() { ${HANG} }`);
    await openPlugin(sandbox, hostile, { tenantId: 'hostile', limits });
    const victim = await openPlugin(sandbox, SLOW, { tenantId: 'victim', limits: { heapMb: 64 } });
    expect(await run(victim, {}, { wallMs: 20_000 })).toEqual({ success: true, value: 'done' });
    await expect.poll(() => kills.map(({ tenantId }) => tenantId), { timeout: 10_000 }).toEqual(['hostile']);
  });

  test('what an answered call left behind: its neighbour is innocent, and it is known when it does it again', async () => {
    const kills: PluginKill[] = [];
    const events = { onPluginKilled: (kill: PluginKill) => kills.push(kill) };
    await using sandbox = await openSandbox({ events });
    const bomb = toolPlugin('setTimeout(() => JSON.parse("[".repeat(4e6) + "]".repeat(4e6)), 300); return 1;');
    const hostile = await openPlugin(sandbox, bomb, { tenantId: 'hostile' });
    const victim = await openPlugin(sandbox, SLOW, { tenantId: 'victim' });
    expect(sandbox.health()).toMatchObject({ runners: 1 });
    const underWay = run(victim, {}, { wallMs: 20_000 });
    expect(await run(hostile)).toMatchObject({ success: true });
    expect(await underWay).toEqual({ success: true, value: 'done' });
    // On a slow machine it has used up its processor time before V8 gives up, and is known already.
    expect(kills.filter(({ tenantId }) => tenantId !== 'hostile')).toEqual([]);
    const again = await openPlugin(sandbox, bomb, { tenantId: 'hostile' });
    const known = kills.length;
    expect(await run(again)).toMatchObject({ success: true });
    const told = () => kills.map(({ tenantId }) => tenantId);
    await expect.poll(told, { timeout: 10_000 }).toEqual(Array.from({ length: known + 1 }, () => 'hostile'));
  });

  test('a plugin that keeps the own thread of a runner: others are opened elsewhere at once', async () => {
    const kills: PluginKill[] = [];
    const events = { onPluginKilled: (kill: PluginKill) => kills.push(kill) };
    await using sandbox = await openSandbox({ events });
    const trusted = toolPlugin(`if (params.hang) ${HANG} return 1;`);
    const hostile = await openPlugin(sandbox, trusted, { tenantId: 'hostile' });
    for (let n = 0; n < 600; n += 1) await run(hostile);
    const hangs = run(hostile, { hang: true }, { wallMs: 30_000 });
    const victim = await openPlugin(sandbox, toolPlugin('return 7;'), { tenantId: 'victim' });
    expect(await run(victim)).toEqual({ success: true, value: 7 });
    expect(await hangs).toMatchObject({ success: false, error: { code: 'TIMEOUT' } });
    await expect.poll(() => kills.map(({ tenantId }) => tenantId), { timeout: 10_000 }).toEqual(['hostile']);
  });
});

test('what answered calls leave behind has little processor time in all, and it is logged when that is used up', async () => {
  const lines: string[] = [];
  await using sandbox = await openSandbox({ events: { onLog: ({ message }) => lines.push(message) } });
  const body = 'setInterval(() => { const end = Date.now() + 15; while (Date.now() < end); }, 1); return 1;';
  const instance = await openPlugin(sandbox, toolPlugin(body), { limits: { hostCalls: 10_000 } });
  expect(await run(instance)).toMatchObject({ success: true });
  await expect.poll(() => instance.gone, { timeout: 10_000 }).toBe(true);
  expect(lines.join()).toContain('What answered calls left behind used more than 250 ms of processor time');
});
