/** Who is set apart from others after a runner's end, for how long, and how the guilty one of several is found. */
import { describe, expect, test } from 'vitest';
import { Quarantine } from '../../src/sandbox/quarantine.ts';
import type { PluginKill } from '../../src/sandbox/sandbox.ts';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';

const MINUTE = 60_000;

describe('a quarantine', () => {
  const at = { ms: 0 };
  const fresh = () => {
    at.ms = 0;
    return new Quarantine(() => at.ms);
  };

  test('holds what ended a runner for ten minutes, and a suspect for one', () => {
    const quarantine = fresh();
    quarantine.convict('guilty');
    quarantine.suspect('suspect');
    expect(['guilty', 'suspect', 'other'].map((plugin) => quarantine.holds(plugin))).toEqual([true, true, false]);
    at.ms = 1.1 * MINUTE;
    expect(['guilty', 'suspect'].map((plugin) => quarantine.holds(plugin))).toEqual([true, false]);
    at.ms = 10.1 * MINUTE;
    expect(quarantine.holds('guilty')).toBe(false);
  });

  test('holds a suspect as long as a convict after three strikes, and forgets strikes that are old', () => {
    const quarantine = fresh();
    for (const second of [0, 20, 40]) {
      at.ms = second * 1_000;
      quarantine.suspect('often');
    }
    quarantine.suspect('once');
    at.ms = 5 * MINUTE;
    expect(['often', 'once'].map((plugin) => quarantine.holds(plugin))).toEqual([true, false]);
    at.ms = 11 * MINUTE;
    quarantine.suspect('often');
    at.ms = 13 * MINUTE;
    expect(quarantine.holds('often')).toBe(false);
  });

  test('never shortens what was said before', () => {
    const quarantine = fresh();
    quarantine.convict('guilty');
    quarantine.suspect('guilty');
    at.ms = 5 * MINUTE;
    expect(quarantine.holds('guilty')).toBe(true);
  });
});

describe.runIf(process.platform === 'linux')('a runner that ended with several at work', () => {
  // V8's own memory, outside of every heap: the process aborts, and nothing says whose doing it was.
  const HARD_CRASH = toolPlugin('return JSON.parse("[".repeat(4e6) + "]".repeat(4e6));');
  const SLOW = toolPlugin('return new Promise((done) => setTimeout(() => done("done"), 2_000));');

  test('is found out about: suspects are set apart, and the one that does it again is known', async () => {
    const kills: PluginKill[] = [];
    await using sandbox = await openSandbox({ events: { onPluginKilled: (kill) => kills.push(kill) } });
    const neighbour = await openPlugin(sandbox, SLOW, { tenantId: 'neighbour' });
    // Memory is to end it, however long this machine computes until then.
    const limits = { cpuMs: 20_000 };
    const hostile = await openPlugin(sandbox, HARD_CRASH, { tenantId: 'hostile', limits });
    expect(sandbox.health()).toMatchObject({ runners: 1, instances: 2 });
    const [kind, cruel] = await Promise.all([
      run(neighbour, {}, { wallMs: 20_000 }),
      run(hostile, {}, { wallMs: 20_000 }),
    ]);
    expect(kind).toEqual({ success: true, value: 'done' });
    expect(cruel).toMatchObject({ success: false, error: { code: 'MEMORY_LIMIT_EXCEEDED' } });
    expect(kills).toMatchObject([{ tenantId: 'hostile', pluginName: 'sample' }]);
  });
});
