import { connect } from 'node:net';
import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { encodeCursor } from '../../src/events/cursor.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { openAcknowledged, openRawSocket, type RawSocket } from '../rig/raw-socket.ts';

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await createTestApp();
  token = await app.token();
});
afterAll(() => app.close());

const subscribe = (id: string, query: string, variables = {}) => ({
  id,
  type: 'subscribe',
  payload: { query, variables },
});
const FOLLOW = 'subscription { events { cursor } }';

describe('who may come in', () => {
  test.each([
    ['without connection parameters', undefined],
    ['without a token', {}],
    ['with a token that is none', { authorization: 'Bearer nonsense' }],
    ['with another scheme', { authorization: 'Basic dXNlcg==' }],
    ['with an authorization that is no text', { authorization: { token: 'x' } }],
  ])('%s: 4403', async (_how, payload) => {
    await using raw = await openRawSocket(app.url);
    raw.send({ type: 'connection_init', ...(payload ? { payload } : {}) });
    expect(await raw.closed).toMatchObject({ code: 4403, reason: expect.stringContaining('UNAUTHENTICATED') });
  });

  test("the token may be another tenant's, and then its events are followed", async () => {
    await using raw = await openAcknowledged(app.url, await app.token({ tenant: 'globex' }));
    raw.send(subscribe('1', '{ viewer { tenant { slug } } }'));
    expect(await raw.receive()).toMatchObject({
      type: 'next',
      payload: { data: { viewer: { tenant: { slug: 'globex' } } } },
    });
  });

  test('when the token ends, so does the socket', async () => {
    await using raw = await openAcknowledged(app.url, await app.token({ expiresInSeconds: 2 }));
    raw.send(subscribe('1', FOLLOW));
    expect(await raw.closed).toMatchObject({ code: 4403, reason: expect.stringContaining('UNAUTHENTICATED') });
  });

  test('the 21st socket of a subject is told to try later, and may when one has gone', async () => {
    const own = await app.token({ subject: 'many sockets' });
    const sockets: RawSocket[] = [];
    for (let n = 0; n < 20; n += 1) sockets.push(await openAcknowledged(app.url, own));
    await using late = await openRawSocket(app.url);
    late.send({ type: 'connection_init', payload: { authorization: `Bearer ${own}` } });
    expect(await late.closed).toMatchObject({ code: 1013, reason: expect.stringContaining('RATE_LIMITED') });
    await using other = await openAcknowledged(app.url, await app.token({ subject: 'somebody else' }));
    expect(other.socket.readyState).toBe(other.socket.OPEN);
    await Promise.all(sockets.map((socket) => socket[Symbol.asyncDispose]()));
    await expect
      .poll(async () => {
        await using again = await openRawSocket(app.url);
        again.send({ type: 'connection_init', payload: { authorization: `Bearer ${own}` } });
        return await Promise.race([again.receive(), again.closed]);
      })
      .toEqual({ type: 'connection_ack' });
  });
});

describe('the protocol', () => {
  test('another subprotocol: 4406', async () => {
    // The client itself fails when a server does not take up its protocol, so this one is spoken by hand.
    const { port } = new URL(app.url);
    const socket = connect(Number(port), '127.0.0.1');
    const key = 'x3JJHMbDL1EzLkh9GBhXDw==';
    socket.write(
      `GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: graphql-ws\r\n\r\n`,
    );
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => (received = Buffer.concat([received, chunk])));
    await once(socket, 'end');
    const frame = received.subarray(received.indexOf('\r\n\r\n') + 4);
    expect(frame.readUInt16BE(2)).toBe(4406);
  });

  test('another path is not there', async () => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.write(
      'GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n',
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1.1 404 /);
    socket.destroy();
  });

  test('no connection_init within 3 seconds: 4408', async () => {
    await using raw = await openRawSocket(app.url);
    const started = performance.now();
    expect(await raw.closed).toMatchObject({ code: 4408 });
    expect(performance.now() - started).toBeGreaterThan(2_500);
  });

  test.each<[string, number, (raw: RawSocket) => void]>([
    ['no JSON', 4400, (raw) => raw.send('{')],
    ['a message of no type', 4400, (raw) => raw.send({ type: 'hello' })],
    ['a second connection_init', 4429, (raw) => raw.send({ type: 'connection_init' })],
    [
      'an id that is taken',
      4409,
      (raw) => {
        raw.send(subscribe('1', FOLLOW));
        raw.send(subscribe('1', FOLLOW));
      },
    ],
    [
      'an id of many bytes that is taken',
      4409,
      (raw) => {
        raw.send(subscribe('漢'.repeat(100), FOLLOW));
        raw.send(subscribe('漢'.repeat(100), FOLLOW));
      },
    ],
    ['a message of 65 KiB', 1009, (raw) => raw.send(subscribe('1', `{ __typename } #${'x'.repeat(65 * 1024)}`))],
  ])('%s: %i', async (_what, code, send) => {
    await using raw = await openAcknowledged(app.url, token);
    send(raw);
    expect(await raw.closed).toMatchObject({ code });
  });

  test('subscribe before the acknowledgement: 4401', async () => {
    await using raw = await openRawSocket(app.url);
    raw.send(subscribe('1', FOLLOW));
    expect(await raw.closed).toMatchObject({ code: 4401 });
  });
});

describe('one bad operation leaves the socket and the others as they are', () => {
  test.each([
    ['syntax', '{ viewer ', 'QUERY_REJECTED'],
    ['validation', '{ viewer { subjct } }', 'QUERY_REJECTED'],
    ['depth', `{ viewer ${'{ tenant '.repeat(9)} { id } ${'}'.repeat(9)} }`, 'QUERY_REJECTED'],
    ['tokens', `{ viewer { ${'subject '.repeat(1_000)} } }`, 'QUERY_REJECTED'],
    ['aliases', `{ ${Array.from({ length: 16 }, (_, n) => `a${n}: viewer { subject }`).join(' ')} }`, 'QUERY_REJECTED'],
    [
      'cost',
      '{ hookInvocations { edges { node { execution { hookInvocations { execution { hookInvocations { steps { mode } } } } } } } } }',
      'QUERY_REJECTED',
    ],
    ['two root fields', 'subscription { a: events { cursor } b: events { cursor } }', 'QUERY_REJECTED'],
    ['no such operation', 'query A { __typename } query B { __typename }', 'QUERY_REJECTED'],
    ['a bad cursor', 'subscription { events(after: "nonsense") { cursor } }', 'INVALID_INPUT'],
    ['a bad variable', 'query ($name: String!) { plugin(name: $name) { name } }', 'INVALID_INPUT'],
  ])('%s', async (_what, query, code) => {
    await using raw = await openAcknowledged(app.url, token);
    raw.send(subscribe('good', FOLLOW));
    raw.send(subscribe('bad', query));
    const answer = await raw.receive();
    expect(answer).toMatchObject({ id: 'bad' });
    // None of them ever began, so there is no result that could come as `next`.
    expect(answer).toMatchObject({ type: 'error', payload: [{ extensions: { code } }] });
    expect(JSON.stringify(answer)).not.toMatch(/"http"|did you mean/i);
    await app.useCases.invokeHook(await app.actor(), { hook: 'ON_REASONING_STEP', data: { step: 'on' } });
    expect(await raw.receive()).toMatchObject({ id: 'good', type: 'next' });
  });

  test('a field that fails is part of an answer', async () => {
    await using raw = await openAcknowledged(app.url, await app.token({ roles: ['agent'] }));
    raw.send(subscribe('1', '{ viewer { subject } plugin(name: "calculator") { name } }'));
    expect(await raw.receive()).toMatchObject({
      type: 'next',
      payload: { data: { plugin: null }, errors: [{ path: ['plugin'], extensions: { code: 'FORBIDDEN' } }] },
    });
    expect(await raw.receive()).toEqual({ id: '1', type: 'complete' });
  });

  test('the 51st at a time', async () => {
    await using raw = await openAcknowledged(app.url, token);
    for (let n = 1; n <= 51; n += 1) raw.send(subscribe(String(n), FOLLOW));
    expect(await raw.receive()).toMatchObject({
      id: '51',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
    raw.send({ id: '7', type: 'complete' });
    raw.send(subscribe('52', '{ __typename }'));
    expect(await raw.receive()).toMatchObject({ id: '52', type: 'next', payload: { data: { __typename: 'Query' } } });
  });
});

test('a ping tells where a subscription stands that nothing came for', { timeout: 30_000 }, async () => {
  const pings: unknown[] = [];
  const client = createClient({
    url: `${app.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    generateID: () => 'changes',
    on: { ping: (received, payload) => void (received && pings.push(payload)) },
  });
  const events = client.iterate({ query: 'subscription { pluginChanged { cursor } }' });
  const first = events.next();
  const actor = await app.actor();
  const newest = async () => encodeCursor(actor.tenant.id, await app.journal.latestSeq(actor.tenant.id));
  await expect.poll(() => app.metrics.text()).toMatch(/^hookline_subscribers 1$/m);
  const before = await newest();
  await app.useCases.invokeHook(actor, { hook: 'ON_REASONING_STEP', data: {} });
  const after = await newest();
  expect(after).not.toBe(before);
  await expect.poll(() => pings, { timeout: 20_000 }).toContainEqual({ positions: { changes: after } });
  await events.return?.();
  await client.dispose();
  await first.catch(() => {});
});

test('who reads too slowly is told so, with the cursor to go on from', { timeout: 60_000 }, async () => {
  await using slow = await openAcknowledged(app.url, token);
  slow.send(subscribe('1', 'subscription { hookInvoked { cursor invocation { input output } } }'));
  slow.send(subscribe('2', '{ __typename }'));
  expect(await slow.receive()).toMatchObject({ id: '2', type: 'next' });
  expect(await slow.receive()).toMatchObject({ id: '2', type: 'complete' });
  const caller = await app.actor();
  const data = { step: 'x'.repeat(60_000) };
  slow.socket.pause();
  // More than the queue of a subscriber and the buffers of a connection hold, in less time than a socket may stand still.
  for (let n = 0; n < 20; n += 1) {
    await Promise.all(
      Array.from({ length: 10 }, () => app.useCases.invokeHook(caller, { hook: 'ON_REASONING_STEP', data })),
    );
  }
  slow.socket.resume();
  let last = '';
  for (;;) {
    const message = await slow.receive();
    if (message['type'] === 'next') last = cursorOf(message) ?? '';
    else {
      expect(message).toMatchObject({
        id: '1',
        type: 'error',
        payload: [{ extensions: { code: 'SLOW_CONSUMER', details: { cursor: last } } }],
      });
      break;
    }
  }
  expect(last).not.toBe('');
  expect(slow.socket.readyState).toBe(slow.socket.OPEN);
});

test('who does not read is closed with 4413 and can go on where it stopped', { timeout: 60_000 }, async () => {
  const log: string[] = [];
  await using slowApp = await createTestApp({
    log: pino({ level: 'warn' }, { write: (line: string) => void log.push(line) }),
  });
  const bearer = await slowApp.token();
  const query = 'subscription ($after: String) { hookInvoked(after: $after) { cursor invocation { output } } }';
  await using slow = await openAcknowledged(slowApp.url, bearer);
  await using quick = await openAcknowledged(slowApp.url, bearer);
  for (const raw of [slow, quick]) {
    raw.send(subscribe('1', query));
    // Answered after the subscription has begun, since the messages of a socket are taken in turn.
    raw.send(subscribe('2', '{ __typename }'));
    expect(await raw.receive()).toMatchObject({ id: '2', type: 'next' });
  }
  slow.socket.pause();

  const caller = await slowApp.actor();
  const cursors: string[] = [];
  const step = 'x'.repeat(20_000);
  while (cursors.length < 1_200) {
    await Promise.all(
      Array.from({ length: 20 }, () =>
        slowApp.useCases.invokeHook(caller, { hook: 'ON_REASONING_STEP', data: { step } }),
      ),
    );
    // The quick one is read as fast as is written, so that it is never the slow one.
    for (const goal = cursors.length + 20; cursors.length < goal;) {
      const cursor = cursorOf(await quick.receive());
      if (cursor) cursors.push(cursor);
    }
  }
  expect(new Set(cursors).size).toBe(1_200);

  await expect.poll(() => log.join('\n'), { timeout: 10_000 }).toContain('it does not read');
  const received: string[] = [];
  // The subscription has ended before the socket has: with an error, which says where to resume as well.
  slow.socket.on('message', (data: Buffer) => received.push(...present(cursorOf(JSON.parse(String(data))))));
  slow.socket.resume();
  expect([4413, 1006]).toContain((await slow.closed).code);
  const last = received.at(-1) ?? 'start';
  expect(received).toEqual(cursors.slice(0, received.length));
  await using resumed = await openAcknowledged(slowApp.url, bearer);
  resumed.send(subscribe('1', query, { after: last }));
  expect(cursorOf(await resumed.receive())).toBe(cursors[received.length]);
});

function cursorOf(message: unknown): string | undefined {
  const { payload } = message as { payload?: { data?: { hookInvoked?: { cursor: string } } } };
  return payload?.data?.hookInvoked?.cursor;
}

function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
