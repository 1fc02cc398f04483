/** What happens to the processes: they die, fill up, are not to be started, and leave nothing behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/sandbox/limits.ts';
import { openInstance } from '../../src/sandbox/open-instance.ts';
import { runnerCommand } from '../../src/sandbox/process-flags.ts';
import type { SandboxProcessEnd } from '../../src/sandbox/sandbox.ts';
import { RunnerPool } from '../../src/sandbox/runner-pool.ts';
import { openPlugin, openSandbox, OPEN, run, toolPlugin } from './rig.ts';
import { childrenOf, isAlive } from './processes.ts';
import { PORTABLE, PROGRAMS } from './tiers.ts';

const PONG = toolPlugin('return "pong";');
const SLOW = toolPlugin('return new Promise((done) => setTimeout(() => done(params.x), 100));');
const TALKING = toolPlugin('context.progress("half"); return new Promise(() => {});');
const LOGGING = toolPlugin('context.log.info("here"); return new Promise(() => {});');
const HELD = toolPlugin('return new Promise(() => {});');

/** Limits of the operating system and its list of processes are Linux's. */
const onLinux = process.platform === 'linux';

describe.runIf(onLinux)('a runner that is killed', () => {
  test('takes its instances with it; their calls run once more elsewhere', async () => {
    const ends: SandboxProcessEnd[] = [];
    await using sandbox = await openSandbox({ events: { onProcessEnd: (end) => ends.push(end) } });
    const instance = await openPlugin(sandbox, SLOW);
    const calls = [run(instance, { x: 1 }), run(instance, { x: 2 })];
    const [runner] = childrenOf(process.pid, 'runner/main.js');
    if (runner === undefined) throw new Error('There is no runner.');
    process.kill(runner, 'SIGKILL');
    expect(await Promise.all(calls)).toEqual([1, 2].map((value) => ({ success: true, value })));
    expect(instance.gone).toBe(true);
    expect(ends).toMatchObject([{ process: 'runner', pid: runner, reason: 'it ended with SIGKILL', asked: false }]);
    expect(await run(await openPlugin(sandbox, PONG))).toEqual({ success: true, value: 'pong' });
    await instance.close();
  });

  test('ends as SANDBOX_CRASHED what had been heard of, and what loses a second runner', async () => {
    const runners: number[] = [];
    const killRunner = () => {
      const [runner = 0] = childrenOf(process.pid, 'runner/main.js');
      runners.push(runner);
      process.kill(runner, 'SIGKILL');
    };
    await using sandbox = await openSandbox({ maxRunners: 1, events: { onLog: killRunner } });
    const talking = await openPlugin(sandbox, TALKING);
    expect(await run(talking, {}, { onProgress: killRunner })).toMatchObject({
      error: { code: 'SANDBOX_CRASHED', retryable: true },
    });

    let starts = 0;
    const logging = await openPlugin(sandbox, LOGGING);
    const outcome = await run(logging, {}, { wallMs: 20_000, onStart: () => (starts += 1) });
    expect(outcome).toMatchObject({ error: { code: 'SANDBOX_CRASHED', retryable: true } });
    expect(new Set(runners).size).toBe(3);
    expect(starts).toBe(1);
  });

  test('does not keep what was being opened in it from opening', async () => {
    let kills = 0;
    const onLog = () => {
      const [runner = 0] = childrenOf(process.pid, 'runner/main.js');
      if (kills++ === 0) process.kill(runner, 'SIGKILL');
    };
    await using sandbox = await openSandbox({ events: { onLog } });
    const plugin = toolPlugin(
      'return "pong";',
      'onLoad(context) { context.log.info("here"); return new Promise((done) => setTimeout(done, 200)); }',
    );
    expect(await run(await openPlugin(sandbox, plugin))).toEqual({ success: true, value: 'pong' });
    expect(kills).toBe(2);
  });

  test('has nothing of the server in its environment, and no core file', async () => {
    await using _sandbox = await openSandbox();
    const { readFileSync } = await import('node:fs');
    const [runner] = childrenOf(process.pid, 'runner/main.js');
    expect(
      readFileSync(`/proc/${runner}/environ`, 'utf8')
        .split('\0')
        .filter((entry) => !/^(PWD|_|SHLVL|OLDPWD)=/.test(entry) && entry !== ''),
    ).toEqual([]);
    const limits = readFileSync(`/proc/${runner}/limits`, 'utf8');
    expect(limits).toMatch(/Max core file size\s+0\s+0/);
    expect(limits).toMatch(/Max data size\s+268435456\s+268435456/);
  });
});

describe('heaps', () => {
  test('beyond what one runner admits go to another', async () => {
    await using sandbox = await openSandbox();
    for (let count = 0; count < 4; count += 1) await openPlugin(sandbox, PONG);
    expect(sandbox.health()).toMatchObject({ ready: true, runners: 1, instances: 4 });
    await openPlugin(sandbox, PONG);
    expect(sandbox.health()).toMatchObject({ ready: true, runners: 2, instances: 5 });
  });

  test('of idle instances are given to others when no runner may be added, the longest unused first', async () => {
    await using sandbox = await openSandbox({ maxRunners: 1 });
    const instances = [];
    for (let count = 0; count < 4; count += 1) instances.push(await openPlugin(sandbox, PONG));
    for (const index of [1, 0, 2, 3]) await run(instances[index] ?? (await openPlugin(sandbox, PONG)));
    const fifth = await openPlugin(sandbox, PONG);
    expect(instances.map(({ gone }) => gone)).toEqual([false, true, false, false]);
    expect(await run(fifth)).toEqual({ success: true, value: 'pong' });
  });

  test('of the longest unused are given first, whichever runner they are in', async () => {
    await using sandbox = await openSandbox({ maxRunners: 2 });
    const instances = [];
    for (const tenantId of ['one', 'two'])
      for (let count = 0; count < 4; count += 1) instances.push(await openPlugin(sandbox, PONG, { tenantId }));
    expect(sandbox.health()).toMatchObject({ runners: 2, instances: 8 });
    for (const instance of instances.slice(0, 4)) await run(instance);
    const others = await Promise.all([1, 2].map(() => openPlugin(sandbox, PONG, { tenantId: 'three' })));
    expect(instances.map(({ gone }) => gone)).toEqual([false, false, false, false, true, true, false, false]);
    for (const other of others) expect(await run(other)).toEqual({ success: true, value: 'pong' });
  });

  test('of busy instances are not', async () => {
    await using sandbox = await openSandbox({ maxRunners: 1 });
    for (let count = 0; count < 4; count += 1) void run(await openPlugin(sandbox, HELD));
    expect(await sandbox.open(PONG, OPEN)).toMatchObject({
      success: false,
      error: { code: 'SANDBOX_UNAVAILABLE', retryable: true },
    });
  });
});

describe('a runner that does not start', () => {
  test('is not started again and again, and says why', async () => {
    const ends: string[] = [];
    const command = { file: process.execPath, args: ['--no-such-flag'], residentMb: undefined };
    const pool = new RunnerPool({
      command,
      heapMbPerRunner: 64,
      maxRunners: 2,
      onEnd: ({ reason }) => ends.push(reason),
    });
    expect(await pool.warm()).toBe(false);
    await expect.poll(() => pool.problem).toContain('--no-such-flag');
    expect(await pool.warm()).toBe(false);
    expect(ends).toHaveLength(1);
    await pool.close();
  });

  test('costs whoever waited for it nothing but the time until the next one is up', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookline-lost-start-'));
    const binary = join(folder, 'sh');
    const lost = `mkdir ${folder}/lost 2>/dev/null && kill -9 $$`;
    writeFileSync(binary, `#!/bin/sh\n${lost}\nexec /bin/sh "$@"\n`, { mode: 0o755 });
    const sound = runnerCommand('hardened', PROGRAMS[0], PORTABLE);
    const ends: string[] = [];
    const pool = new RunnerPool({
      command: { ...sound, file: binary },
      heapMbPerRunner: 64,
      maxRunners: 2,
      onEnd: ({ cause }) => ends.push(cause),
    });
    const loads: string[] = [];
    const opened = await openInstance(
      { pool, limits: DEFAULT_LIMITS, events: { onLog: ({ message }) => loads.push(message) } },
      toolPlugin('return "pong";', 'onLoad(context) { context.log.info("loads"); }'),
      OPEN,
    );
    if (!opened.success) throw new Error(opened.error.message);
    expect(ends).toEqual(['lost']);
    expect(loads).toEqual(['loads']);
    expect(await Promise.all([1, 2, 3].map(() => run(opened.value)))).toEqual(
      [1, 2, 3].map(() => ({ success: true, value: 'pong' })),
    );
    await pool.close();
    rmSync(folder, { recursive: true });
  });

  test('because its file is missing ends in the same way', async () => {
    const command = { file: '/no/such/file', args: [], residentMb: undefined };
    const pool = new RunnerPool({ command, heapMbPerRunner: 64, maxRunners: 2, onEnd: () => undefined });
    expect(await pool.warm()).toBe(false);
    await expect.poll(() => pool.problem).toContain('ENOENT');
    await pool.close();
  });
});

describe.runIf(onLinux)('no child is left', () => {
  test('after close, which ends the calls under way', async () => {
    const ends: SandboxProcessEnd[] = [];
    const sandbox = await openSandbox({ events: { onProcessEnd: (end) => ends.push(end) } });
    const call = run(await openPlugin(sandbox, HELD), {}, { wallMs: 20_000 });
    const runners = () => childrenOf(process.pid, 'runner/main.js');
    await expect.poll(runners, { timeout: 10_000 }).toHaveLength(3);
    const children = runners();
    await sandbox.close();
    expect(await call).toMatchObject({ success: false, error: { code: 'SANDBOX_UNAVAILABLE' } });
    // Behind a front process, the last moments of the one inside are the kernel's.
    await expect.poll(() => children.filter(isAlive), { timeout: 1_000, interval: 5 }).toEqual([]);
    expect(ends).toMatchObject([1, 2, 3].map(() => ({ process: 'runner', asked: true })));
    expect(await sandbox.open(PONG, OPEN)).toMatchObject({ success: false, error: { code: 'SANDBOX_UNAVAILABLE' } });
  });

  test('after the server is killed, whatever its plugins do', async () => {
    const parent = spawn(process.execPath, [fileURLToPath(new URL('fixtures/parent.ts', import.meta.url))]);
    const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('busy\n');
    const below = () => childrenOf(parent.pid ?? 0);
    await expect.poll(() => below().length, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    const children = below();
    parent.kill('SIGKILL');
    await expect.poll(() => children.filter(isAlive), { timeout: 2_000 }).toEqual([]);
  });
});
