/** However much a tenant wants to open: others find room, and its own idle instances make way before it is refused. */
import { expect, onTestFinished, test } from 'vitest';
import { runnerCommand } from '../../src/sandbox/process-flags.ts';
import { RunnerPool } from '../../src/sandbox/runner-pool.ts';
import type { RunnerTenant } from '../../src/sandbox/runner-tenant.ts';
import { NOBODY, openPlugin, openSandbox, OPEN, run, toolPlugin } from './rig.ts';
import { PORTABLE, PROGRAMS } from './tiers.ts';

const WAITS = toolPlugin('return new Promise((resolve) => setTimeout(() => resolve(1), params.ms));');
/** Two runners of 128 MB, so 128 MB for each tenant: four of these. */
const LIMITS = { heapMb: 32 };
const BUSY: RunnerTenant = { ...NOBODY, idle: false };

test('who holds its share is refused the next place, and nobody else is', async () => {
  await using sandbox = await openSandbox({ maxRunners: 2 });
  const own = await Promise.all(Array.from({ length: 4 }, () => openPlugin(sandbox, WAITS, { limits: LIMITS })));
  const calls = own.map((instance) => run(instance, { ms: 3_000 }, { wallMs: 20_000 }));
  expect(await sandbox.open(WAITS, { ...OPEN, limits: LIMITS })).toMatchObject({
    success: false,
    error: { code: 'SANDBOX_UNAVAILABLE', message: /one tenant may have/, retryable: true },
  });
  const other = await openPlugin(sandbox, WAITS, { tenantId: 'tenant-b', limits: LIMITS });
  expect(await run(other, { ms: 1 })).toEqual({ success: true, value: 1 });
  expect(await Promise.all(calls)).toEqual(own.map(() => ({ success: true, value: 1 })));
});

test('its own idle instances make way, the longest unused first', async () => {
  await using sandbox = await openSandbox({ maxRunners: 2 });
  const own = [];
  for (let count = 0; count < 4; count += 1) own.push(await openPlugin(sandbox, WAITS, { limits: LIMITS }));
  await run(own[0]!, { ms: 1 });
  const fifth = await openPlugin(sandbox, WAITS, { limits: LIMITS });
  expect(await run(fifth, { ms: 1 })).toEqual({ success: true, value: 1 });
  expect(own.map(({ gone }) => gone)).toEqual([false, true, false, false]);
});

test.runIf(process.platform === 'linux')('who waits for a runner to settle is asked for its share again', async () => {
  const pool = new RunnerPool({
    command: runnerCommand('hardened', PROGRAMS[0], PORTABLE),
    heapMbPerRunner: 64,
    maxRunners: 2,
    onEnd: () => {},
  });
  const first = await pool.place(BUSY);
  if (!first) throw new Error('There is no place.');
  onTestFinished(() => pool.close());
  // So that it is not known for as long as that is waited for.
  process.kill(first.runner.child.pid, 'SIGSTOP');
  onTestFinished(() => void process.kill(first.runner.child.pid, 'SIGCONT'));
  void first.runner.end(first.number);
  const places = await Promise.all([1, 2, 3].map(() => pool.place(BUSY)));
  expect(places.filter((place) => place !== undefined)).toHaveLength(1);
});
