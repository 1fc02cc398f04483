import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { post } from '../rig/graphql-client.ts';

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
  readonly data: {
    data?: { hookInvoked?: { cursor: string } };
    errors?: { extensions: { code: string; details?: unknown } }[];
  } | null;
}

/** The events of a stream; lines that only keep it alive are left out. */
async function* read(response: Response): AsyncGenerator<Sse, undefined> {
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, event] = /^event: (.*)$/m.exec(text.slice(0, end)) ?? [];
      const [, data] = /^data: ?(.*)$/m.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (event) yield { event, data: data ? JSON.parse(data) : null };
    }
  }
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
