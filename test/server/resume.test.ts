/** A client that is dropped at 100 random points under load, and goes on with the cursor it has. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { openAcknowledged } from '../rig/raw-socket.ts';
import { readServerSentEvents } from '../rig/sse-events.ts';

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await createTestApp();
  token = await app.token();
});
afterAll(() => app.close());

const DROPS = 100;
const EVENTS_MAX = 30;
const FOLLOW = 'subscription ($after: String) { hookInvoked(after: $after) { cursor invocation { id } } }';

interface Seen {
  readonly cursor: string;
  readonly id: string;
}

/** Takes up to so many events after a cursor, and is gone in the middle of whatever comes then. */
type Take = (after: string, count: number) => Promise<readonly Seen[]>;

async function takeBySocket(after: string, count: number): Promise<readonly Seen[]> {
  await using raw = await openAcknowledged(app.url, token);
  raw.send({ id: crypto.randomUUID(), type: 'subscribe', payload: { query: FOLLOW, variables: { after } } });
  const seen: Seen[] = [];
  while (seen.length < count) seen.push(seenIn((await raw.receive())['payload']));
  return seen;
}

async function takeByEvents(after: string, count: number): Promise<readonly Seen[]> {
  const gone = new AbortController();
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      ...(after === 'start' ? {} : { 'last-event-id': after }),
    },
    // What the query says is older than what the header says, and the header wins.
    body: JSON.stringify({ query: FOLLOW, variables: { after: 'start' } }),
    signal: gone.signal,
  });
  const events = readServerSentEvents(response);
  const seen: Seen[] = [];
  while (seen.length < count) {
    const { value } = await events.next();
    if (!value) throw new Error('The stream ended.');
    const { cursor, id } = seenIn(JSON.parse(value.data));
    expect(value.id).toBe(cursor);
    seen.push({ cursor, id });
  }
  gone.abort();
  return seen;
}

function seenIn(payload: unknown): Seen {
  const { data } = payload as { data: { hookInvoked: { cursor: string; invocation: { id: string } } } };
  return { cursor: data.hookInvoked.cursor, id: data.hookInvoked.invocation.id };
}

test.each<[string, Take]>([
  ['over WebSocket', takeBySocket],
  ['as Server-Sent Events, with Last-Event-ID', takeByEvents],
])('%s: no gap, no reorder, no repetition', { timeout: 120_000 }, async (_how, take) => {
  const caller = await app.actor();
  const before = (await app.journal.latestSeq(caller.tenant.id)) + 1;
  const begin = (await (await app.useCases.viewer(caller)).latestCursor()) ?? 'start';
  const written = new Set<string>();
  const stop = new AbortController();
  const writers = Array.from({ length: 4 }, async () => {
    while (!stop.signal.aborted) {
      const { id } = await app.useCases.invokeHook(caller, { hook: 'ON_REASONING_STEP', data: { step: 'on' } });
      written.add(id);
    }
  });
  const seen: Seen[] = [];
  for (let drop = 0; drop < DROPS; drop += 1) {
    seen.push(...(await take(seen.at(-1)?.cursor ?? begin, 1 + Math.floor(Math.random() * EVENTS_MAX))));
  }
  stop.abort();
  await Promise.all(writers);
  const seqs = seen.map(({ cursor }) => Number(Buffer.from(cursor, 'base64url').toString().split(':').at(-1)));
  expect(seqs).toEqual(seqs.map((_, index) => before + index));
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  expect(seen.filter(({ id }) => !written.has(id))).toEqual([]);
});
