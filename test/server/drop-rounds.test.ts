/** 1,000 times somebody connects, subscribes and is gone: nothing of them stays. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createTestApp } from '../rig/create-test-app.ts';
import { openRawHttp } from '../rig/raw-http.ts';
import { openRawSocket } from '../rig/raw-socket.ts';

const ROUNDS = 1_000;
const AT_A_TIME = 10;
const GROWTH_MAX_BYTES = 4 * 1024 * 1024;
const FOLLOW = 'subscription { hookInvoked { cursor invocation { hook output } } }';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** In the heap and outside of it. */
async function usedBytes(): Promise<number> {
  for (let n = 0; n < 5; n += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('memory and subscriptions are back where they were', { timeout: 180_000 }, async () => {
  await using app = await createTestApp();
  const token = await app.token();
  const subscribers = async () => /^hookline_subscribers (\d+)$/m.exec(await app.metrics.text())?.[1];

  async function bySocket(): Promise<void> {
    await using raw = await openRawSocket(app.url);
    raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await raw.receive();
    raw.send({ id: '1', type: 'subscribe', payload: { query: FOLLOW } });
    // Some are gone before the server has begun, some after.
    if (Math.random() < 0.5) return;
    raw.send({ id: '2', type: 'subscribe', payload: { query: '{ __typename }' } });
    await raw.receive();
  }
  async function byEvents(): Promise<void> {
    await using raw = await openRawHttp(app.url, token);
    raw.post({ query: FOLLOW }, { accept: 'text/event-stream' });
    if (Math.random() < 0.5) await raw.received(/retry/);
  }
  async function rounds(count: number): Promise<void> {
    for (let n = 0; n < count; n += AT_A_TIME) {
      await Promise.all(Array.from({ length: AT_A_TIME }, (_, lane) => (lane % 2 ? bySocket() : byEvents())));
      await app.useCases.invokeHook(await app.actor(), { hook: 'ON_REASONING_STEP', data: { step: 'on' } });
    }
    await expect.poll(subscribers, { timeout: 10_000 }).toBe('0');
    await expect.poll(() => app.bus.size).toBe(0);
  }

  // What is cached, compiled and pooled comes with the first few hundred.
  await rounds(ROUNDS / 2);
  const before = await usedBytes();
  await rounds(ROUNDS);
  expect((await usedBytes()) - before).toBeLessThan(GROWTH_MAX_BYTES);
});
