import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeCursor } from '../../src/events/cursor.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { post } from '../rig/graphql-client.ts';
import { readServerSentEvents } from '../rig/sse-events.ts';

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await createTestApp();
  token = await app.token();
});
afterAll(() => app.close());

const SSE = { accept: 'text/event-stream' };
const FOLLOW = 'subscription ($after: String) { hookInvoked(after: $after) { cursor invocation { hook } } }';

interface Sse {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: {
    data?: { hookInvoked?: { cursor: string } };
    errors?: { extensions: { code: string; details?: unknown } }[];
  } | null;
}

async function* read(response: Response, onBlock?: (text: string) => void): AsyncGenerator<Sse, undefined> {
  for await (const { event, id, data } of readServerSentEvents(response, onBlock))
    yield { event, id, data: data ? JSON.parse(data) : null };
}

async function invoke(target = app): Promise<void> {
  await target.useCases.invokeHook(await target.actor(), { hook: 'ON_REASONING_STEP', data: { step: 'on' } });
}

test.each(['POST', 'GET'])('%s brings past events, then live ones, and goes on after a cursor', async (method) => {
  const follow = (after: string) => {
    const variables = JSON.stringify({ after });
    if (method === 'POST') return post(app.url, token, { query: FOLLOW, variables: { after } }, SSE);
    const search = new URLSearchParams({ query: FOLLOW, variables });
    return fetch(`${app.url}/graphql?${search}`, { headers: { ...SSE, authorization: `Bearer ${token}` } });
  };
  await invoke();
  const response = await follow('start');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch('text/event-stream');
  const events = read(response);
  const first = (await events.next()).value;
  expect(first).toMatchObject({
    event: 'next',
    data: { data: { hookInvoked: { invocation: { hook: 'ON_REASONING_STEP' } } } },
  });
  await events.return(undefined);

  const resumed = read(await follow(first?.data?.data?.hookInvoked?.cursor ?? ''));
  await invoke();
  const second = (await resumed.next()).value;
  expect(second?.data?.data?.hookInvoked?.cursor).not.toBe(first?.data?.data?.hookInvoked?.cursor);
  await resumed.return(undefined);
});

test('each event has its cursor as its id, and Last-Event-ID wins over `after`', async () => {
  for (let n = 0; n < 3; n += 1) await invoke();
  const all = read(await post(app.url, token, { query: FOLLOW, variables: { after: 'start' } }, SSE));
  const events = [(await all.next()).value, (await all.next()).value, (await all.next()).value];
  await all.return(undefined);
  for (const event of events) expect(event?.id).toBe(event?.data?.data?.hookInvoked?.cursor);
  const [first, second, third] = events.map((event) => event?.id ?? '');
  for (const [after, lastEventId, next] of [
    [third, first, second],
    ['start', second, third],
    [null, first, second],
    [first, '', second],
  ]) {
    const resumed = read(
      await post(
        app.url,
        token,
        { query: FOLLOW, variables: { after } },
        { ...SSE, 'last-event-id': lastEventId ?? '' },
      ),
    );
    expect((await resumed.next()).value?.id).toBe(next);
    await resumed.return(undefined);
  }
});

test('a Last-Event-ID that is no cursor of the tenant is refused', async () => {
  const headers = { ...SSE, 'last-event-id': 'nonsense' };
  const events = read(await post(app.url, token, { query: FOLLOW }, headers));
  expect((await events.next()).value?.data?.errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
  expect((await events.next()).value).toMatchObject({ event: 'complete' });
});

test('it says when to come again, and comments keep it alive', { timeout: 30_000 }, async () => {
  const blocks: string[] = [];
  const events = read(await post(app.url, token, { query: FOLLOW }, SSE), (text) => blocks.push(text));
  const first = events.next();
  await expect.poll(() => blocks, { timeout: 20_000 }).toContain(':');
  const tenantId = (await app.actor()).tenant.id;
  const newest = encodeCursor(tenantId, await app.journal.latestSeq(tenantId));
  expect(blocks).toEqual(['retry: 1000', `id: ${newest}`, ':']);
  await invoke();
  expect((await first).value).toMatchObject({ event: 'next' });
  await events.return(undefined);
});

test(
  'what is not wanted moves the id on, so that a client that comes again need not begin so far back',
  { timeout: 30_000 },
  async () => {
    const follow = 'subscription { pluginChanged { cursor } }';
    const blocks: string[] = [];
    const events = read(await post(app.url, token, { query: follow }, SSE), (text) => blocks.push(text));
    const first = events.next();
    await invoke();
    const tenantId = (await app.actor()).tenant.id;
    const newest = encodeCursor(tenantId, await app.journal.latestSeq(tenantId));
    await expect.poll(() => blocks, { timeout: 20_000 }).toContain(`id: ${newest}`);
    await app.enable('calculator');
    const event = (await first).value;
    expect(event).toMatchObject({ event: 'next' });
    await events.return(undefined);
    const again = read(await post(app.url, token, { query: follow }, { ...SSE, 'last-event-id': newest }));
    expect((await again.next()).value?.id).toBe(event?.id);
    await again.return(undefined);
  },
);

test.each([
  ['without a token', undefined, FOLLOW, 'UNAUTHENTICATED'],
  ['with a bad token', 'nonsense', FOLLOW, 'UNAUTHENTICATED'],
  ['with a bad cursor', '', 'subscription { events(after: "nonsense") { cursor } }', 'INVALID_INPUT'],
  ['with a query that is none', '', 'subscription { evnts { cursor } }', 'QUERY_REJECTED'],
])('%s it is told why, and ends', async (_how, bearer, query, code) => {
  const response = await post(app.url, bearer === '' ? token : bearer, { query }, SSE);
  const events: Sse[] = [];
  for await (const event of read(response)) events.push(event);
  expect(events).toMatchObject([
    { event: 'next', data: { errors: [{ extensions: { code } }] } },
    { event: 'complete' },
  ]);
});

test('without text/event-stream a subscription is refused', async () => {
  const response = await post(app.url, token, { query: FOLLOW }, { accept: 'application/json' });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] });
});

test('the 51st stream of a subject is refused, and there is room when one has gone', async () => {
  const many = await app.token({ subject: 'many streams' });
  const open = async (bearer: string) => {
    const controller = new AbortController();
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { ...SSE, 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
      body: JSON.stringify({ query: FOLLOW, variables: { after: 'start' } }),
      signal: controller.signal,
    });
    const events = read(response);
    return { controller, events, first: (await events.next()).value };
  };
  await invoke();
  const streams = await Promise.all(Array.from({ length: 50 }, () => open(many)));
  for (const { first } of streams) expect(first?.data?.data?.hookInvoked).toBeDefined();
  const refused = await open(many);
  expect(refused.first?.data?.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
  expect((await refused.events.next()).value).toMatchObject({ event: 'complete' });
  const other = await open(await app.token({ subject: 'somebody else' }));
  expect(other.first?.data?.errors).toBeUndefined();
  other.controller.abort();

  for (const { controller } of streams.slice(0, 2)) controller.abort();
  await expect
    .poll(async () => {
      const again = await open(many);
      again.controller.abort();
      return again.first?.data?.errors;
    })
    .toBeUndefined();
  for (const { controller } of streams) controller.abort();
});

test('when the token ends, so does the stream, once', async () => {
  const response = await post(app.url, await app.token({ expiresInSeconds: 2 }), { query: FOLLOW }, SSE);
  const events: Sse[] = [];
  for await (const event of read(response)) events.push(event);
  expect(events).toMatchObject([
    { data: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } },
    { event: 'complete' },
  ]);
});

test('when the server stops, the stream says so and does not hold it up', async () => {
  const stopping = await createTestApp();
  const response = await post(
    stopping.url,
    await stopping.token(),
    { query: FOLLOW, variables: { after: 'start' } },
    SSE,
  );
  const events = read(response);
  await invoke(stopping);
  await events.next();
  const rest: Sse[] = [];
  const reading = (async () => {
    for await (const event of events) rest.push(event);
  })();
  await stopping.close();
  await reading;
  expect(rest).toMatchObject([
    { data: { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] } },
    { event: 'complete' },
  ]);
});
