/** However much a tenant wants to open: others find room, and its own idle instances make way before it is refused. */
import { expect, test } from 'vitest';
import { openPlugin, openSandbox, OPEN, run, toolPlugin } from './rig.ts';

const WAITS = toolPlugin('return new Promise((resolve) => setTimeout(() => resolve(1), params.ms));');
/** Two runners of 128 MB, so 128 MB for each tenant: four of these. */
const LIMITS = { heapMb: 32 };

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
