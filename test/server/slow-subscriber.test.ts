/** A subscriber that stops reading: it is ended, in time, and nobody else notices. */
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { openRawHttp } from '../rig/raw-http.ts';
import { openAcknowledged, type RawSocket } from '../rig/raw-socket.ts';

const FOLLOW = 'subscription { hookInvoked { cursor invocation { output } } }';
/** The first two share one execution with whoever is stuck, and the last has its own. */
const OTHERS = [FOLLOW, FOLLOW, 'subscription { hookInvoked { cursor invocation { id output } } }'];
const STEP = 'x'.repeat(60_000);
const BURST = 10;
const BASELINE_BURSTS = 30;

let app: TestApp;
let token: string;
const log: string[] = [];
beforeAll(async () => {
  app = await createTestApp({ log: pino({ level: 'warn' }, { write: (line: string) => void log.push(line) }) });
  token = await app.token();
});
afterAll(() => app.close());
beforeEach(async () => {
  await expect.poll(() => metric('subscribers')).toBe(0);
});

async function metric(name: string): Promise<number> {
  const [, value] = new RegExp(`^hookline_${name} (\\d+)$`, 'm').exec(await app.metrics.text()) ?? [];
  return Number(value);
}

async function follow(query = FOLLOW): Promise<RawSocket> {
  const before = await metric('subscribers');
  const raw = await openAcknowledged(app.url, token);
  raw.send({ id: '1', type: 'subscribe', payload: { query } });
  await expect.poll(() => metric('subscribers')).toBe(before + 1);
  return raw;
}

/** Milliseconds from the calls until each of their events has come to each of the others. */
async function deliver(others: readonly RawSocket[]): Promise<readonly number[]> {
  const caller = await app.actor();
  const started = performance.now();
  const calls = Array.from({ length: BURST }, () =>
    app.useCases.invokeHook(caller, { hook: 'ON_REASONING_STEP', data: { step: STEP } }),
  );
  const times: number[] = [];
  const received = others.map(async (other) => {
    for (let n = 0; n < BURST; n += 1) {
      expect(await other.receive()).toMatchObject({ type: 'next' });
      times.push(performance.now() - started);
    }
  });
  await Promise.all([...calls, ...received]);
  return times;
}

/** The value that this share of them does not exceed. */
function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? NaN;
}

/**
 * Somebody follows beside the others and reads nothing. Gives the milliseconds from its full queue to the end of its connection, or
 * undefined when that came first: on a machine that is slow enough it stands still for too long before its queue is full.
 */
async function getStuck(others: readonly RawSocket[], beside: number[]): Promise<number | undefined> {
  log.length = 0;
  const ended = await metric('slow_consumers_total');
  await using stuck = await follow();
  stuck.socket.pause();
  let filledAt: number | undefined;
  while (!log.join('\n').includes('A socket is closed: it does not read')) {
    beside.push(...(await deliver(others)));
    if (filledAt === undefined && (await metric('slow_consumers_total')) > ended) filledAt = performance.now();
  }
  const tookMs = filledAt === undefined ? undefined : performance.now() - filledAt;
  stuck.socket.resume();
  await stuck.closed;
  return tookMs;
}

test(
  'on a socket: within 5 seconds of its queue filling, and the others are served as before',
  { timeout: 90_000 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const others: RawSocket[] = [];
    for (const query of OTHERS) others.push(stack.use(await follow(query)));
    for (let n = 0; n < BASELINE_BURSTS; n += 1) await deliver(others);
    const alone: number[] = [];
    for (let n = 0; n < BASELINE_BURSTS; n += 1) alone.push(...(await deliver(others)));
    const beside: number[] = [];
    let tookMs: number | undefined;
    for (let tries = 0; tookMs === undefined && tries < 3; tries += 1) tookMs = await getStuck(others, beside);
    expect(tookMs, 'its queue was never full before its connection was ended').toBeDefined();
    expect(tookMs).toBeLessThan(5_000);
    while (beside.length < alone.length) beside.push(...(await deliver(others)));
    expect(await metric('subscribers')).toBe(OTHERS.length);
    expect(others.map(({ socket }) => socket.readyState)).toEqual(others.map(({ socket }) => socket.OPEN));
    // The machine does other things as well, in one half of the samples or in the other.
    expect(quantile(beside, 0.5)).toBeLessThan(quantile(alone, 0.5) * 2 + 25);
    expect(quantile(beside, 0.99)).toBeLessThan(quantile(alone, 0.99) * 2 + 50);
  },
);

/** Follows by Server-Sent Events, reads nothing, and is behind. */
async function fallBehind() {
  const raw = await openRawHttp(app.url, token);
  raw.post({ query: FOLLOW }, { accept: 'text/event-stream' });
  await raw.received(/retry: /);
  await expect.poll(() => metric('subscribers')).toBe(1);
  raw.socket.pause();
  const before = await metric('slow_consumers_total');
  const caller = await app.actor();
  while ((await metric('slow_consumers_total')) === before) {
    await Promise.all(
      Array.from({ length: BURST }, () =>
        app.useCases.invokeHook(caller, { hook: 'ON_REASONING_STEP', data: { step: STEP } }),
      ),
    );
  }
  return raw;
}

test('as Server-Sent Events: an error with the cursor to go on from, then the end', { timeout: 60_000 }, async () => {
  await using raw = await fallBehind();
  raw.socket.resume();
  const text = await raw.received(/event: complete/);
  const last = [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1];
  const [, error = ''] = /^data: (\{"errors".*)$/m.exec(text) ?? [];
  expect(JSON.parse(error)).toMatchObject({
    errors: [{ extensions: { code: 'SLOW_CONSUMER', details: { cursor: last } } }],
  });
});

test('as Server-Sent Events, and it never reads: its connection is closed', { timeout: 60_000 }, async () => {
  await using raw = await fallBehind();
  await expect.poll(() => log.join('\n'), { timeout: 6_000 }).toContain('A stream is closed: it does not read');
  raw.socket.resume();
  await raw.closed;
  await expect(raw.received(/event: complete/)).rejects.toThrow('did not come');
});
