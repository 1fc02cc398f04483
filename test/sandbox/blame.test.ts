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
});
