/** Faults of the processes, and what callers see of them: kills from outside, no memory, no process to be had. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { runnerCommand, type ChildCommand } from '../../src/sandbox/process-flags.ts';
import { RunnerPool } from '../../src/sandbox/runner-pool.ts';
import type { RunnerTenant } from '../../src/sandbox/runner-tenant.ts';
import type { SandboxProcessEnd } from '../../src/sandbox/sandbox.ts';
import { childrenOf } from './processes.ts';
import { NOBODY, openPlugin, openSandbox, OPEN, run, toolPlugin } from './rig.ts';
import { PORTABLE, PROGRAMS } from './tiers.ts';

const PONG = toolPlugin('return "pong";');
const WORKING = toolPlugin('return new Promise((done) => setTimeout(() => done("pong"), params.ms));');

const runnersNow = () => childrenOf(process.pid, 'runner/main.js');

describe.runIf(process.platform === 'linux')('a runner that is killed from outside', () => {
  // F03
  test('at any point of a call costs its caller no answer and the next call no time', async () => {
    await using sandbox = await openSandbox();
    for (let point = 0; point < 20; point += 1) {
      const instance = await openPlugin(sandbox, WORKING);
      const answer = run(instance, { ms: 20 }, { wallMs: 5_000 });
      await sleep(point * 2);
      for (const pid of runnersNow().slice(0, 1)) process.kill(pid, 'SIGKILL');
      expect(await answer).toEqual({ success: true, value: 'pong' });
      expect(await run(await openPlugin(sandbox, PONG))).toEqual({ success: true, value: 'pong' });
    }
  });

  // F04
  test('every 100 ms leaves nearly all calls an answer', async () => {
    const openedAt = performance.now();
    await using sandbox = await openSandbox();
    // A machine that takes longer than that to start one could do nothing else.
    const everyMs = Math.max(100, performance.now() - openedAt);
    await openPlugin(sandbox, PONG);
    const outcomes: boolean[] = [];
    const until = performance.now() + 6_000;
    const caller = async (tenantId: string) => {
      let instance = await sandbox.open(PONG, { ...OPEN, tenantId });
      while (performance.now() < until) {
        // As the plugin layer does: an instance that is gone is opened again before the call.
        if (!instance.success || instance.value.gone) instance = await sandbox.open(PONG, { ...OPEN, tenantId });
        outcomes.push(instance.success && (await run(instance.value)).success);
        await sleep(40);
      }
    };
    const killer = async () => {
      while (performance.now() < until) {
        await sleep(everyMs);
        const [oldest] = runnersNow();
        if (oldest !== undefined) process.kill(oldest, 'SIGKILL');
      }
    };
    await Promise.all([caller('a'), caller('b'), killer()]);
    const failed = outcomes.filter((success) => !success).length;
    expect(outcomes.length).toBeGreaterThan(20);
    expect(failed / outcomes.length).toBeLessThanOrEqual(0.05);
  }, 60_000);

  // F09
  test('while it waits in reserve is not missed', async () => {
    await using sandbox = await openSandbox();
    await openPlugin(sandbox, PONG);
    await expect.poll(() => runnersNow().length, { timeout: 10_000 }).toBe(3);
    for (const pid of runnersNow()) process.kill(pid, 'SIGKILL');
    expect(await run(await openPlugin(sandbox, PONG))).toEqual({ success: true, value: 'pong' });
  });
});

// F08
describe.runIf(process.platform === 'linux')('a runner without memory', () => {
  test.each([
    ['V8 aborts', 'return JSON.parse("[".repeat(4e6) + "]".repeat(4e6));', /SIGABRT/],
    [
      'V8 says so in its last words',
      'let s = "abc"; const held = []; for (;;) { s += s; if (s.length > 1e8) { held.push(s.split("")); s = "abc"; } }',
      /used up its memory/,
    ],
  ])('because %s ends the call as MEMORY_LIMIT_EXCEEDED, and leaves no core', async (_how, body, reason) => {
    const before = coreFiles();
    const ends: SandboxProcessEnd[] = [];
    await using sandbox = await openSandbox({ events: { onProcessEnd: (end) => ends.push(end) } });
    const instance = await openPlugin(sandbox, toolPlugin(body));
    expect(await run(instance, {}, { wallMs: 20_000 })).toMatchObject({ error: { code: 'MEMORY_LIMIT_EXCEEDED' } });
    await expect.poll(() => ends.find(({ asked }) => !asked)?.reason, { timeout: 5_000 }).toMatch(reason);
    expect(coreFiles()).toEqual(before);
    expect(await run(await openPlugin(sandbox, PONG))).toEqual({ success: true, value: 'pong' });
  });
});

function coreFiles(): readonly string[] {
  return ['/', process.cwd()].flatMap((folder) => readdirSync(folder).filter((name) => /^core(\.|$)/.test(name)));
}

// F07
describe.runIf(process.platform === 'linux')('no process to be had', () => {
  const sound = runnerCommand('hardened', PROGRAMS[0], PORTABLE);

  test('is told at once, backed off from, and recovered from without anybody asking', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookline-no-node-'));
    const binary = join(folder, 'sh');
    const command: ChildCommand = { ...sound, file: binary };
    const ends: string[] = [];
    const pool = new RunnerPool({
      command,
      heapMbPerRunner: 64,
      maxRunners: 2,
      onEnd: ({ reason }) => ends.push(reason),
    });
    const startedAt = performance.now();
    expect(await pool.place(NOBODY)).toBeUndefined();
    expect(await pool.place(NOBODY)).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(200);
    expect(pool.ready).toBe(false);
    expect(pool.problem).toMatch(/a runner did not start: .*ENOENT/);
    const tried = ends.length;
    for (let call = 0; call < 50; call += 1) expect(await pool.place(NOBODY)).toBeUndefined();
    expect(ends.length).toBeLessThanOrEqual(tried + 2);

    writeFileSync(binary, '#!/bin/sh\nexec /bin/sh "$@"\n');
    chmodSync(binary, 0o755);
    await expect.poll(() => pool.ready, { timeout: 15_000 }).toBe(true);
    expect(pool.problem).toBeUndefined();
    expect(await pool.place(NOBODY)).toMatchObject({ number: 1 });
    await pool.close();
    rmSync(folder, { recursive: true });
  }, 30_000);

  test.each([
    ['when the timer for that comes before the time', ''],
    ['when the first that starts is lost', 'mkdir FOLDER/lost 2>/dev/null && kill -9 $$'],
  ])('is recovered from %s', async (_how, first) => {
    const folder = mkdtempSync(join(tmpdir(), 'hookline-late-node-'));
    const binary = join(folder, 'sh');
    const ends: string[] = [];
    const pool = new RunnerPool({
      command: { ...sound, file: binary },
      heapMbPerRunner: 64,
      maxRunners: 2,
      onEnd: ({ cause }) => ends.push(cause),
    });
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    expect(await pool.place(NOBODY)).toBeUndefined();
    writeFileSync(binary, `#!/bin/sh\n${first.replace('FOLDER', folder)}\nexec /bin/sh "$@"\n`, { mode: 0o755 });
    vi.advanceTimersToNextTimer();
    vi.useRealTimers();
    await expect.poll(() => pool.ready, { timeout: 15_000 }).toBe(true);
    expect(ends).toEqual(first === '' ? ['not started'] : ['not started', 'lost']);
    await pool.close();
    rmSync(folder, { recursive: true });
  });

  test('because there may be no more of them, is the same', async () => {
    const [shell = '', ...rest] = ['/bin/sh', '-c', 'echo "Cannot fork: EAGAIN" >&2; exit 2'];
    const pool = new RunnerPool({
      command: { file: shell, args: rest, residentMb: undefined },
      heapMbPerRunner: 64,
      maxRunners: 2,
      onEnd: () => {},
    });
    expect(await pool.place(NOBODY)).toBeUndefined();
    expect(pool.ready).toBe(false);
    expect(pool.problem).toMatch(/EAGAIN/);
    await pool.close();
  });

  test('is on the record of no plugin that waited for it', async () => {
    const ends: string[] = [];
    const blamed: RunnerTenant[] = [];
    const guilt: boolean[] = [];
    const pool = new RunnerPool({
      command: { file: '/bin/sh', args: ['-c', 'echo "Error: no such file" >&2; exit 1'], residentMb: undefined },
      heapMbPerRunner: 64,
      maxRunners: 2,
      onEnd(end, culprit) {
        ends.push(end.cause);
        if (culprit) blamed.push(culprit);
      },
    });
    const waiting: RunnerTenant = { ...NOBODY, idle: false, onRunnerEnd: (_end, guilty) => guilt.push(guilty) };
    expect(await pool.place(waiting)).toBeUndefined();
    expect(ends).toContain('crashed');
    expect(blamed).toEqual([]);
    expect(guilt).toContain(false);
    expect(guilt).not.toContain(true);
    await pool.close();
  });

  test('does not make a sandbox unready whose runners work', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookline-one-node-'));
    const binary = join(folder, 'sh');
    writeFileSync(binary, '#!/bin/sh\nexec /bin/sh "$@"\n');
    chmodSync(binary, 0o755);
    const pool = new RunnerPool({
      command: { ...sound, file: binary },
      heapMbPerRunner: 64,
      maxRunners: 2,
      onEnd: () => {},
    });
    expect(await pool.warm()).toBe(true);
    rmSync(folder, { recursive: true });
    expect(await pool.place(NOBODY)).toBeDefined();
    await expect.poll(() => pool.problem, { timeout: 5_000 }).toMatch(/ENOENT/);
    expect(pool.ready).toBe(true);
    await pool.close();
  });
});
