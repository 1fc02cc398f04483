/** A module that cannot be stopped while it loads, or while it is read: whoever asked is answered, and nothing spins on. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { OPEN, compiled, openPlugin, openSandbox, run, toolPlugin } from './rig.ts';
import { descendantsOf } from './processes.ts';

const HUNG = compiled('Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1); export default class {}');

describe.each(['hardened', 'jit'] as const)('in the %s profile', (profile) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await openSandbox({ profile });
  });
  afterAll(() => sandbox.close());

  // With a millisecond it is ended before its isolate is there.
  test.each([1, 300])('opened, and given up after %i ms', async (initMs) => {
    const opened = await sandbox.open(HUNG, { ...OPEN, limits: { initMs } });
    expect(opened).toMatchObject({ success: false, error: { code: 'TIMEOUT' } });
    await expect.poll(spinning, { timeout: 10_000 }).toEqual([]);
  });

  test('described', async () => {
    expect(await sandbox.describe(HUNG)).toMatchObject({ success: false });
    await expect.poll(spinning, { timeout: 10_000 }).toEqual([]);
    expect(await run(await openPlugin(sandbox, toolPlugin('return 1;')))).toEqual({ success: true, value: 1 });
  });
});

const WINDOW_MS = 300;
/** Ticks of 10 ms; a process that waits for work has none. */
const BUSY_TICKS = 10;

/** The processes below this one that use the processor now. */
async function spinning(): Promise<readonly number[]> {
  const before = new Map(descendantsOf(process.pid).map((pid) => [pid, ticksOf(pid)]));
  await sleep(WINDOW_MS);
  return [...before].filter(([pid, ticks]) => ticksOf(pid) - ticks >= BUSY_TICKS).map(([pid]) => pid);
}

function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return Number(user) + Number(system);
  } catch {
    return 0;
  }
}
