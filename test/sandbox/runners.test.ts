/** Which runner an instance gets, and when a runner goes. */
import { describe, expect, test } from 'vitest';
import type { RecycleMarks } from '../../src/sandbox/runner-pool.ts';
import type { SandboxProcessEnd } from '../../src/sandbox/sandbox.ts';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';
import { childrenOf } from './processes.ts';

const PONG = toolPlugin('return "pong";');
const UNSTOPPABLE = toolPlugin('if (params.x) return "done"; return [].indexOf.call({ length: 2 ** 53 - 1 }, 1);');
const onLinux = process.platform === 'linux';

const runnerPids = () => childrenOf(process.pid, 'runner/main.js');

describe('a cordon', () => {
  test('for each tenant keeps them in runners of their own', async () => {
    await using sandbox = await openSandbox({ cordon: 'tenant' });
    for (const tenantId of ['a', 'b', 'a']) await openPlugin(sandbox, PONG, { tenantId });
    expect(sandbox.health()).toMatchObject({ runners: 2, instances: 3 });
  });

  test('is kept when there is one runner: it is replaced', async () => {
    const ends: SandboxProcessEnd[] = [];
    const onProcessEnd = (end: SandboxProcessEnd) => ends.push(end);
    await using sandbox = await openSandbox({ cordon: 'tenant', maxRunners: 1, events: { onProcessEnd } });
    const first = await openPlugin(sandbox, PONG, { tenantId: 'a' });
    const second = await openPlugin(sandbox, PONG, { tenantId: 'b' });
    expect(await run(second)).toEqual({ success: true, value: 'pong' });
    expect(first.gone).toBe(true);
    await expect.poll(() => ends).toMatchObject([{ process: 'runner', asked: true }]);
    expect(sandbox.health()).toMatchObject({ runners: 1, instances: 1 });
  });

  test('is not there unless it is asked for', async () => {
    await using sandbox = await openSandbox();
    for (const tenantId of ['a', 'b']) await openPlugin(sandbox, PONG, { tenantId });
    expect(sandbox.health()).toMatchObject({ runners: 1, instances: 2 });
  });
});

test.runIf(onLinux)('a spare runner is there before it is needed', async () => {
  await using sandbox = await openSandbox();
  await openPlugin(sandbox, PONG);
  await expect.poll(runnerPids, { timeout: 20_000 }).toHaveLength(3);
  const [used, spare] = runnerPids();
  if (used === undefined || spare === undefined) throw new Error('There are no two runners.');
  process.kill(used, 'SIGKILL');
  await expect.poll(() => sandbox.health().runners).toBe(0);
  expect(await run(await openPlugin(sandbox, PONG))).toEqual({ success: true, value: 'pong' });
  expect(sandbox.health()).toMatchObject({ runners: 1, instances: 1 });
  // For a while there are more in reserve, since nobody knows what ended that one.
  await expect.poll(runnerPids, { timeout: 20_000 }).toHaveLength(4);
  await expect.poll(runnerPids, { timeout: 20_000 }).toHaveLength(3);
  expect(runnerPids()).toContain(spare);
});

test.runIf(onLinux)('a runner that nobody is in any more goes when another waits in reserve', async () => {
  await using sandbox = await openSandbox();
  const opened = await openPlugin(sandbox, PONG);
  const [used] = runnerPids();
  await expect.poll(runnerPids, { timeout: 20_000 }).toHaveLength(3);
  await opened.close();
  await expect.poll(runnerPids, { timeout: 20_000 }).toHaveLength(2);
  expect(runnerPids()).not.toContain(used);
  expect(await run(await openPlugin(sandbox, PONG))).toEqual({ success: true, value: 'pong' });
});

describe('a runner that has served its time', () => {
  test.each<[string, Partial<RecycleMarks>]>([
    ['calls', { calls: 3, everyMs: 20 }],
    ['age', { ageMs: 100, everyMs: 20 }],
    ['memory', { residentMb: onLinux ? 10 : 0, everyMs: 50 }],
  ])('by its %s is replaced; what is under way ends first', async (_name, recycle) => {
    const ends: SandboxProcessEnd[] = [];
    const onProcessEnd = (end: SandboxProcessEnd) => ends.push(end);
    await using sandbox = await openSandbox({ recycle, events: { onProcessEnd } });
    const instance = await openPlugin(
      sandbox,
      toolPlugin('return new Promise((done) => setTimeout(() => done("done"), 300));'),
    );
    const calls = [run(instance), run(instance), run(instance)];
    const before = ends.length;
    await expect.poll(() => instance.gone, { interval: 5 }).toBe(true);
    expect(ends).toHaveLength(before);
    for (const outcome of await Promise.all(calls)) expect(outcome).toEqual({ success: true, value: 'done' });
    await expect.poll(() => ends[before]).toMatchObject({ process: 'runner', asked: true });
  });
});

describe('a plugin that ended a runner', () => {
  test('costs its neighbours some time, and nothing else', async () => {
    await using sandbox = await openSandbox();
    const slow = toolPlugin('return new Promise((done) => setTimeout(() => done("done"), 1500));');
    const neighbours = await Promise.all(['a', 'b'].map((tenantId) => openPlugin(sandbox, slow, { tenantId })));
    const hostile = await openPlugin(sandbox, UNSTOPPABLE, { tenantId: 'c' });
    expect(sandbox.health()).toMatchObject({ runners: 1, instances: 3 });
    const calls = neighbours.map((neighbour) => run(neighbour, {}, { wallMs: 20_000 }));
    expect(await run(hostile, {}, { wallMs: 50 })).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(await Promise.all(calls)).toEqual([1, 2].map(() => ({ success: true, value: 'done' })));
    expect(neighbours.map(({ gone }) => gone)).toEqual([true, true]);
    await expect.poll(() => sandbox.health().instances).toBe(0);
  });

  test('gets one to itself, and only for its tenant', async () => {
    await using sandbox = await openSandbox();
    const hostile = await openPlugin(sandbox, UNSTOPPABLE, { tenantId: 'a' });
    expect(await run(hostile, {}, { wallMs: 100 })).toMatchObject({ error: { code: 'TIMEOUT' } });
    await expect.poll(() => sandbox.health().runners, { timeout: 10_000 }).toBe(0);
    await openPlugin(sandbox, PONG, { tenantId: 'a' });
    await openPlugin(sandbox, UNSTOPPABLE, { tenantId: 'b' });
    expect(sandbox.health()).toMatchObject({ runners: 1, instances: 2 });
    const again = await openPlugin(sandbox, UNSTOPPABLE, { tenantId: 'a' });
    expect(sandbox.health()).toMatchObject({ runners: 2, instances: 3 });
    expect(await run(again, { x: 1 })).toEqual({ success: true, value: 'done' });
    await openPlugin(sandbox, PONG, { tenantId: 'a' });
    expect(sandbox.health()).toMatchObject({ runners: 2, instances: 4 });
  });
});
