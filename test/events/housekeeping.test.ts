/** What a server does by itself from time to time: it takes away events that are older than retention, and keys. */
import { afterEach, expect, test, vi } from 'vitest';
import { createTestApp } from '../rig/create-test-app.ts';

const TEN_MINUTES = 10 * 60 * 1_000;

afterEach(() => void vi.useRealTimers());

test('a server keeps as many events as its settings say', { timeout: 60_000 }, async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  await using app = await createTestApp({ settings: { retention: { days: 7, eventsPerTenant: 5 } } });
  const actor = await app.actor();
  for (let n = 1; n <= 20; n += 1)
    await app.useCases.invokeHook(actor, { hook: 'ON_REASONING_STEP', data: { n }, idempotencyKey: `key-${n}` });
  await app.database.prisma.$executeRaw`UPDATE idempotency_keys SET claimed_at = claimed_at - interval '25 hours'`;
  expect(await app.journal.oldestSeq(actor.tenant.id)).toBe(1);
  vi.advanceTimersByTime(TEN_MINUTES);
  await expect.poll(() => app.journal.oldestSeq(actor.tenant.id), { timeout: 10_000 }).toBe(16);
  const [{ keys } = {}] = await app.database.prisma.$queryRaw<
    { keys: bigint }[]
  >`SELECT count(*) AS keys FROM idempotency_keys`;
  expect(Number(keys)).toBe(0);
});
