/** Streams that come back by themselves: every event once and in order, whatever happens to the connection. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  createClient,
  type ClientOptions,
  type EventStream,
  type HooklineEvent,
  type Interruption,
  type StreamOptions,
} from '../../src/client/index.ts';
import { encodeCursor } from '../../src/events/cursor.ts';
import { createBus } from '../../src/events/bus.ts';
import { createJournal } from '../../src/events/create-journal.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { startServer } from '../rig/start-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { openCutProxy, type CutProxy } from './cut-proxy.ts';

// A server is started twice in one of them, on a machine that does other things as well.
vi.setConfig({ testTimeout: 180_000 });

let app: TestApp;
let proxy: CutProxy;
let token: string;
let tenantId: string;
beforeAll(async () => {
  app = await createTestApp();
  await app.enable('calculator');
  proxy = await openCutProxy(app.url);
  token = await app.token();
  tenantId = (await app.actor()).tenant.id;
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await app.close();
});
beforeEach(() => proxy.refuse(false));

const connect = (options: Partial<ClientOptions> = {}) => createClient({ url: proxy.url, token, ...options });

/** Sends hooks, one after the other. */
async function happen(count: number, runId = 'run'): Promise<void> {
  const actor = await app.actor();
  for (let index = 0; index < count; index += 1) {
    await app.useCases.invokeHook(actor, { hook: 'ON_REASONING_STEP', data: { step: 'think', index }, runId });
  }
}

async function take<Event>(stream: AsyncIterator<Event>, count: number): Promise<readonly Event[]> {
  const taken: Event[] = [];
  while (taken.length < count) {
    const { done, value } = await stream.next();
    if (done) throw new Error(`The stream ended after ${taken.length} of ${count}.`);
    taken.push(value);
  }
  return taken;
}

/** The cursors of everything that the journal has after a position. */
async function recordedAfter(cursor: string): Promise<readonly string[]> {
  const events = await app.journal.read(tenantId, 0, 100_000);
  const cursors = events.map(({ seq }) => encodeCursor(tenantId, seq));
  return cursors.slice(cursors.indexOf(cursor) + 1);
}

/** Subscriptions that the server has. */
async function subscribers(): Promise<number> {
  return Number(/^hookline_subscribers (\d+)$/m.exec(await app.metrics.text())?.[1]);
}

/** Questions go around the proxy, so that it carries sockets alone. */
const direct: typeof fetch = (_, init) => fetch(`${app.url}/graphql`, init);

const cursorsOf = (events: readonly HooklineEvent[]) => events.map(({ cursor }) => cursor);

const CUTS = 100;

describe('resuming', () => {
  test('a stream that is cut off at 100 random moments under load brings every event once and in order', async () => {
    const client = connect();
    let interruptions = 0;
    let cut = false;
    const events = client.events({
      onInterruption() {
        interruptions += 1;
        cut = false;
        // In every second one again, while it is being mended: in the handshake, or before the first event.
        if (interruptions % 2 === 0) setTimeout(() => proxy.cut(), Math.random() * 60);
      },
    });
    await events.begin();
    const start = events.cursor!;
    const load = (async () => {
      while (interruptions < CUTS) await Promise.all(Array.from({ length: 5 }, () => happen(4)));
      await happen(1, 'the last');
    })();
    const received: string[] = [];
    for await (const event of events) {
      received.push(event.cursor);
      if (event.__typename === 'HookInvokedEvent' && event.invocation.runId === 'the last') break;
      if (cut || interruptions >= CUTS || Math.random() > 0.2) continue;
      cut = true;
      proxy.cut();
    }
    await load;
    expect(received).toEqual(await recordedAfter(start));
    expect(received.length).toBeGreaterThan(CUTS);
    client.close();
  });

  test('a server that is killed and started again on its data loses nothing and doubles nothing', async () => {
    await using folder = await temporaryFolder();
    const before = await startServer(folder.path);
    await using way = await openCutProxy(before.url);
    const client = createClient({ url: way.url, token: before.token });
    const events = client.hookInvoked({ filter: { runId: 'one' } });
    await events.begin();
    const send = async (index: number) =>
      (await client.invokeHook('ON_REASONING_STEP', { index }, { runId: 'one' })).cursor;
    const sent: string[] = [];
    for (let index = 0; index < 20; index += 1) sent.push(await send(index));
    const first = await take(events, 10);
    before.kill('SIGKILL');
    await before.ended();

    await using after = await startServer(folder.path);
    way.leadTo(after.url);
    for (let index = 20; index < 40; index += 1) sent.push(await send(index));
    const rest = await take(events, 30);
    expect([...first, ...rest].map(({ cursor }) => cursor)).toEqual(sent);

    // In order this time: the server says that it stops.
    after.kill('SIGTERM');
    await after.ended();
    await using last = await startServer(folder.path);
    way.leadTo(last.url);
    const cursor = await send(40);
    expect((await take(events, 1))[0]).toMatchObject({ cursor, invocation: { input: { index: 40 } } });
    client.close();
  });

  test('a stream that brought nothing yet goes on from where it began', async () => {
    const client = connect();
    const told = Promise.withResolvers<Interruption>();
    const events = client.events({ onInterruption: told.resolve });
    const first = take(events, 2);
    await vi.waitFor(() => expect(proxy.open).toBeGreaterThan(0));
    proxy.refuse(true);
    await vi.waitFor(async () => expect(await subscribers()).toBeGreaterThan(0));
    proxy.cut();
    const { error } = await told.promise;
    expect(error).toMatchObject({ code: 'UNREACHABLE' });
    await happen(2, 'while it was cut off');
    proxy.refuse(false);
    expect((await first).map((event) => event.__typename === 'HookInvokedEvent' && event.invocation.runId)).toEqual([
      'while it was cut off',
      'while it was cut off',
    ]);
    client.close();
  });

  test('a stream whose filter let nothing through goes on past what it did not want', async () => {
    const { database, journal } = app;
    const client = connect();
    const interruptions: string[] = [];
    const changes = client.pluginChanged({
      onInterruption: ({ error }) => interruptions.push(error.code),
      onReconnection: () => interruptions.push('connected'),
    });
    await changes.begin();
    const begun = changes.cursor;
    await happen(20);
    const newest = encodeCursor(tenantId, await journal.latestSeq(tenantId));
    expect(newest).not.toBe(begun);
    await expect.poll(() => changes.cursor, { timeout: 30_000 }).toBe(newest);
    // What it had begun after is gone, and it does not care.
    const short = createJournal(database, createBus(), { retention: { days: 1, eventsPerTenant: 1 } });
    await short.applyRetention();
    proxy.cut();
    await expect.poll(() => interruptions, { timeout: 20_000 }).toEqual(['UNREACHABLE', 'connected']);
    await app.useCases.updatePluginConfig(await app.actor(), { name: 'calculator', config: {} });
    expect(await take(changes, 1)).toMatchObject([{ __typename: 'PluginChangedEvent' }]);
    expect(interruptions).toHaveLength(2);
    client.close();
  });

  test('what onReconnection throws ends its own stream, and no other on the same socket', async () => {
    const client = connect();
    const broken = client.events({
      onReconnection() {
        throw new Error('Not now.');
      },
    });
    const sound = client.events();
    await Promise.all([broken.begin(), sound.begin()]);
    await expect.poll(subscribers).toBe(2);
    const ending = (async () => {
      for await (const _ of broken);
    })();
    ending.catch(() => {});
    proxy.cut();
    await expect(ending).rejects.toThrow('Not now.');
    await happen(1, 'after');
    expect(await take(sound, 1)).toMatchObject([{ invocation: { runId: 'after' } }]);
    await expect.poll(subscribers).toBe(1);
    client.close();
  });

  test('a connection that is dead without a sign is found out', async () => {
    const client = connect({ heartbeatMs: 500 });
    const events = client.events({ after: await connect().latestCursor() });
    await happen(1);
    await take(events, 1);
    proxy.swallow();
    await happen(3, 'unheard');
    const unheard = await take(events, 3);
    expect(unheard).toMatchObject(Array.from({ length: 3 }, () => ({ invocation: { runId: 'unheard' } })));
    client.close();
    // What is swallowed has not told the server that it is gone.
    proxy.cut();
  });

  test.each([
    ["Node's own", globalThis.WebSocket],
    ['the package ws', WebSocket],
  ])('a server that takes connections and says nothing is given up: %s', async (_, webSocket) => {
    const client = connect({ heartbeatMs: 300, webSocket, fetch: direct });
    const { promise: givenUp, resolve } = Promise.withResolvers<Interruption>();
    proxy.mute(true);
    const events = client.events({ onInterruption: resolve });
    const first = take(events, 1);
    expect(await givenUp).toMatchObject({ error: { code: 'UNREACHABLE' } });
    proxy.mute(false);
    await happen(1, 'heard');
    expect(await first).toMatchObject([{ invocation: { runId: 'heard' } }]);
    client.close();
  });

  test('a reader that falls behind gets everything later, and holds no more than it may', async () => {
    const client = connect({ maxWaitingEvents: 10 });
    const events = client.events();
    await events.begin();
    const start = events.cursor!;
    const first = take(events, 1);
    await happen(200, 'slow');
    await first;
    // It has let go of its subscription, so that the server holds nothing for it either.
    await vi.waitFor(async () => expect(await subscribers()).toBe(0));
    const rest = await take(events, 199);
    expect(cursorsOf([...(await first), ...rest])).toEqual(await recordedAfter(start));
    client.close();
  });

  test('what a reader that was ended as SLOW_CONSUMER missed comes as well', async () => {
    const client = connect({ maxWaitingEvents: 1_000_000 });
    const codes: string[] = [];
    const events = client.events({ onInterruption: ({ error }) => void codes.push(error.code) });
    await events.begin();
    const start = events.cursor!;
    const first = take(events, 1);
    await happen(1);
    await first;
    // So that the server cannot get rid of what it has for it.
    proxy.swallow();
    const big = 'x'.repeat(60_000);
    const actor = await app.actor();
    await vi.waitFor(
      async () => {
        await app.useCases.invokeHook(actor, { hook: 'ON_REASONING_STEP', data: { step: big } });
        expect(await subscribers()).toBe(0);
      },
      { timeout: 40_000, interval: 1 },
    );
    proxy.cut();
    const wanted = await recordedAfter(start);
    expect(cursorsOf([...(await first), ...(await take(events, wanted.length - 1))])).toEqual(wanted);
    expect(codes.length).toBeGreaterThan(0);
    client.close();
  });
});

describe('tokens', () => {
  test('a stream goes on with a fresh token when the one it has expires', async () => {
    const old = await app.token({ expiresInSeconds: 2 });
    const told = Promise.withResolvers<Interruption>();
    let asked = 0;
    const client = connect({ token: () => ((asked += 1) <= 2 ? old : token) });
    const events = client.events({ onInterruption: told.resolve });
    await events.begin();
    const first = take(events, 1);
    const { error } = await told.promise;
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED' });
    await happen(1, 'after');
    expect(await first).toMatchObject([{ invocation: { runId: 'after' } }]);
    client.close();
  });

  test('without another token it ends with UNAUTHENTICATED', async () => {
    const client = connect({ token: await app.token({ expiresInSeconds: 1 }) });
    await expect(take(client.events(), 1)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', answered: true });
    client.close();
  });
});

describe('ends', () => {
  const noSubscribers = () => vi.waitFor(async () => expect(await subscribers()).toBe(0));

  test.each<[string, (stream: EventStream<HooklineEvent>, abort: AbortController) => unknown]>([
    ['return()', (stream) => stream.return()],
    ['its signal', (_, abort) => abort.abort()],
  ])('%s ends it and frees the socket', async (_, end) => {
    const client = connect();
    const abort = new AbortController();
    const after = await client.latestCursor();
    const stream = client.events({ after, signal: abort.signal });
    const other = client.hookInvoked({ after });
    await happen(1);
    await Promise.all([take(stream, 1), take(other, 1)]);
    expect(await subscribers()).toBe(2);
    const waiting = (async () => {
      for await (const event of stream) expect.fail(`Nothing happened, and ${event.cursor} came.`);
    })();
    await end(stream, abort);
    await waiting;
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await vi.waitFor(async () => expect(await subscribers()).toBe(1));
    await other.return();
    await noSubscribers();
  });

  test('the last stream takes the socket with it', async () => {
    const client = connect({ fetch: direct });
    const after = await client.latestCursor();
    await happen(1);
    for await (const event of client.events({ after })) {
      expect(event.cursor).toBeTypeOf('string');
      expect(proxy.open).toBe(1);
      break;
    }
    await vi.waitFor(() => expect(proxy.open).toBe(0));
    await noSubscribers();
    expect(await client.events({ signal: AbortSignal.abort() }).next()).toEqual({ done: true, value: undefined });
  });

  test('a stream that is ended while it cannot connect ends at once', async () => {
    const client = connect({
      retries: 1_000,
      fetch: (...request) => direct(...request),
    });
    proxy.refuse(true);
    const told = Promise.withResolvers<Interruption>();
    const stream = client.events({ onInterruption: told.resolve });
    const waiting = stream.next();
    await told.promise;
    await stream.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(proxy.open).toBe(0);
  });

  test('a stream after another on the same client is as good', async () => {
    const client = connect();
    const after = await client.latestCursor();
    await happen(1);
    for (let round = 0; round < 20; round += 1) {
      const stream = client.events({ after, onInterruption: ({ error }) => expect.fail(error.message) });
      await take(stream, 1);
      await stream.return();
    }
    client.close();
  });
});

describe('what streams bring', () => {
  test('each kind with its filter', async () => {
    const client = connect();
    const options: StreamOptions = { after: await client.latestCursor() };
    await client.executeTool('add', { a: 1, b: 2 }, { runId: 'kinds' });
    await client.executeTool('divide', { a: 1, b: 0 }, { runId: 'kinds' });
    await app.enable('run-recorder');
    const first = async <Event>(stream: AsyncIterator<Event>) => (await take(stream, 1))[0];
    expect(await first(client.toolExecuted({ ...options, filter: { statuses: ['FAILED'] } }))).toMatchObject({
      kind: 'COMPLETED',
      execution: { toolName: 'divide', error: { pluginCode: 'DIVISION_BY_ZERO' } },
    });
    expect(await first(client.hookInvoked({ ...options, filter: { hooks: ['AFTER_TOOL_CALL'] } }))).toMatchObject({
      invocation: { hook: 'AFTER_TOOL_CALL', toolName: 'add' },
    });
    expect(await first(client.pluginChanged(options))).toMatchObject({
      change: 'ENABLED',
      pluginName: 'run-recorder',
      plugin: { enabled: true, status: 'ENABLED', problem: null },
    });
    const ofRun = await take(client.run({ runId: 'kinds' }).events(options), 8);
    expect(ofRun.map(({ __typename }) => __typename)).toEqual([
      'HookInvokedEvent',
      'ToolExecutedEvent',
      'HookInvokedEvent',
      'ToolExecutedEvent',
      'HookInvokedEvent',
      'ToolExecutedEvent',
      'HookInvokedEvent',
      'ToolExecutedEvent',
    ]);
    client.close();
  });

  test('what happens after begin() and before the first next()', async () => {
    const client = connect();
    const stream = client.events();
    await stream.begin();
    expect(stream.cursor).toBe(await client.latestCursor());
    await happen(3, 'begun');
    expect(await take(stream, 3)).toMatchObject(Array.from({ length: 3 }, () => ({ invocation: { runId: 'begun' } })));
    expect(stream.cursor).toBe(await client.latestCursor());
    client.close();
  });

  test('a cursor older than retention ends it, or goes on with the oldest there is', async () => {
    await using small = await createTestApp();
    const actor = await small.actor();
    for (let index = 0; index < 10; index += 1) {
      await small.useCases.invokeHook(actor, { hook: 'ON_REASONING_STEP', data: { index } });
    }
    const at = (seq: number) => encodeCursor(actor.tenant.id, seq);
    const short = createJournal(small.database, createBus(), { retention: { days: 1, eventsPerTenant: 4 } });
    await short.applyRetention();
    const client = createClient({ url: small.url, token: await small.token() });
    await expect(take(client.events({ after: at(2) }), 1)).rejects.toMatchObject({
      code: 'CURSOR_EXPIRED',
      details: { oldest: at(6) },
    });
    const lost: string[] = [];
    const kept = client.events({
      after: at(2),
      onExpired: 'oldest',
      onInterruption: ({ error }) => void lost.push(error.code),
    });
    expect(cursorsOf(await take(kept, 4))).toEqual([at(7), at(8), at(9), at(10)]);
    expect(lost).toEqual(['CURSOR_EXPIRED']);
    client.close();
  });
});
