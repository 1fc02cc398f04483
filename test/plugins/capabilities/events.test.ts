/** What plugins emit: who sees it, what it may be, and how often. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/json.ts';
import { openSocket, post } from '../../rig/graphql-client.ts';
import { createAskApp, sandboxedAsker, type AskApp } from './ask-plugin.ts';
import { DEFAULT_CAPABILITY_LIMITS } from './open-fetch.ts';

const EVENTS = `subscription ($filter: EventFilter, $after: String) { events(filter: $filter, after: $after) {
  __typename cursor occurredAt ... on PluginEmittedEvent { pluginName name data runId agentId } } }`;

interface Emitted {
  readonly __typename: string;
  readonly cursor: string;
  readonly name: string;
  readonly data: unknown;
}

let app: AskApp;
beforeAll(async () => {
  app = await createAskApp(['events:emit'], {
    plugins: { 'other.ts': sandboxedAsker(['events:emit'], 'other', 'ask_other') },
    settings: { capabilityLimits: { ...DEFAULT_CAPABILITY_LIMITS, emitsPerSecond: 5, tenantEmitsPerSecond: 12 } },
    tenants: ['acme', 'globex', 'flooded', 'crowded', 'sized', 'endless'],
  });
  for (const tenant of ['acme', 'globex', 'flooded', 'crowded', 'sized', 'endless']) {
    for (const name of ['asker', 'other', 'insider']) await app.grant(name, null, tenant);
  }
});
afterAll(() => app.close());

async function follow(variables: JsonObject, tenant = 'acme') {
  const client = openSocket(app.url, await app.token({ tenant }));
  const events = client.iterate<{ events: Emitted }>({ query: EVENTS, variables });
  return {
    async next(): Promise<Emitted> {
      const { value } = (await events.next()) as { value: { data?: { events: Emitted } | null; errors?: unknown } };
      if (!value.data) throw new Error(JSON.stringify(value.errors));
      return value.data.events;
    },
    async [Symbol.asyncDispose]() {
      await events.return?.();
      await client.dispose();
    },
  };
}
const cursorNow = async (tenant = 'acme') =>
  (await (await app.useCases.viewer(await app.actor({ tenant }))).latestCursor()) ?? 'start';

test.each([
  ['sandboxed', 'asker', 'ask'],
  ['in process', 'insider', 'ask_inside'],
])(
  'what a plugin emits (%s) reaches subscribers, with the run and the agent of its call',
  async (_kind, pluginName, tool) => {
    const after = await cursorNow();
    const data = { seen: [1, null, 'ü\u0000'] };
    expect(await app.ask('emit', ['budget_low', data], { tool, runId: 'run-1', agentId: 'bot' })).toMatchObject({
      status: 'SUCCEEDED',
    });
    await using live = await follow({ after, filter: { types: ['PLUGIN_EMITTED'] } });
    expect(await live.next()).toMatchObject({
      __typename: 'PluginEmittedEvent',
      pluginName,
      name: 'budget_low',
      data,
      runId: 'run-1',
      agentId: 'bot',
      occurredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
    });
  },
);

test('an emit is answered once it is in the journal, before the call that made it has ended', async () => {
  const after = await cursorNow();
  await app.ask('emit', ['in_order'], { runId: 'run-order' });
  await using live = await follow({ after, filter: { runId: 'run-order' } });
  const types = [(await live.next()).__typename, (await live.next()).__typename];
  // The first hook event and the start of the call come before it, its end after it.
  while (types.at(-1) !== 'PluginEmittedEvent') types.push((await live.next()).__typename);
  types.push((await live.next()).__typename);
  expect(types.slice(-3)).toEqual(['ToolExecutedEvent', 'PluginEmittedEvent', expect.stringMatching(/^(Hook|Tool)/)]);
});

test.each([
  ['its plugin', { pluginName: 'other' }, 'theirs'],
  ['its run', { runId: 'run-b' }, 'theirs'],
  ['its agent', { agentId: 'agent-b' }, 'theirs'],
  ['its type', { types: ['PLUGIN_EMITTED'] }, 'ours'],
])('can be followed by %s', async (_what, filter, first) => {
  const after = await cursorNow('globex');
  await app.ask('emit', ['ours'], { tenant: 'globex', runId: 'run-a', agentId: 'agent-a' });
  await app.ask('emit', ['theirs'], { tenant: 'globex', tool: 'ask_other', runId: 'run-b', agentId: 'agent-b' });
  await using live = await follow({ after, filter: { types: ['PLUGIN_EMITTED'], ...filter } }, 'globex');
  expect((await live.next()).name).toBe(first);
});

test('no tenant sees another’s', async () => {
  const after = await cursorNow('globex');
  await app.ask('emit', ['secret'], { tenant: 'acme' });
  await app.ask('emit', ['own'], { tenant: 'globex' });
  await using live = await follow({ after, filter: { types: ['PLUGIN_EMITTED'] } }, 'globex');
  expect((await live.next()).name).toBe('own');
});

test('comes over server-sent events as well', async () => {
  const after = await cursorNow();
  await app.ask('emit', ['by_sse', 7]);
  const body = { query: EVENTS, variables: { after, filter: { types: ['PLUGIN_EMITTED'] } } };
  const response = await post(app.url, await app.token(), body, { accept: 'text/event-stream' });
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.includes('by_sse')) break;
  }
  expect(text).toContain('"__typename":"PluginEmittedEvent"');
});

describe.each(['ask', 'ask_inside'])('by %s', (tool) => {
  test.each([
    ['no name', [''], 'must be a letter'],
    ['a name with a space', ['a b'], 'must be a letter'],
    ['a name that begins with a digit', ['1a'], 'must be a letter'],
    ['a name that is too long', ['a'.repeat(65)], '64'],
    ['a name that is no text', [7], 'must be a text'],
    ['a name with a line end', ['a\nb'], 'must be a letter'],
    ['too much data', ['a', 'x'.repeat(16_385)], 'there may be 16384'],
    ['too much data in characters of three bytes', ['a', '\u20ac'.repeat(5_500)], 'there may be 16384'],
  ])('%s is refused', async (_title, args, message) => {
    const { status, error } = await app.ask('emit', args, { tool, tenant: 'sized' });
    expect({ status, error }).toMatchObject({
      status: 'FAILED',
      error: { code: 'PLUGIN_ERROR', message: expect.stringContaining(message) as string },
    });
  });
});

test('a flood ends by the budget of the call, and subscribers hear what was let through, without a gap', async () => {
  const after = await cursorNow('flooded');
  await using live = await follow({ after, filter: { types: ['PLUGIN_EMITTED'] } }, 'flooded');
  const flood = await app.ask('emitOften', [1_000_000], { tenant: 'flooded' });
  expect(flood).toMatchObject({ status: 'FAILED', error: { code: 'HOST_CALL_BUDGET_EXCEEDED' } });
  // Another plugin of the tenant has a budget of its own, and its event comes behind those of the flood.
  expect(await app.ask('emit', ['after_the_flood'], { tenant: 'flooded', tool: 'ask_other' })).toMatchObject({
    status: 'SUCCEEDED',
  });
  const heard: Emitted[] = [];
  while (heard.at(-1)?.name !== 'after_the_flood') heard.push(await live.next());
  const ticks = heard.slice(0, -1).map(({ data }) => Number(data));
  // Fifty that were saved up, and five for each second that it took.
  expect(ticks.length).toBeGreaterThanOrEqual(50);
  expect(ticks.length).toBeLessThan(50 + 5 * 25);
  expect(ticks).toEqual(ticks.toSorted((a, b) => a - b));
  // A neighbour notices nothing.
  expect(await app.ask('emit', ['fine'], { tenant: 'globex', tool: 'ask_inside' })).toMatchObject({
    status: 'SUCCEEDED',
  });
}, 60_000);

test.each(['ask', 'ask_inside'])(
  'who emits on and on (%s) ends by a budget, time after time',
  async (tool) => {
    for (let time = 0; time < 3; time += 1) {
      expect(await app.ask('emitForever', [], { tenant: 'endless', tool })).toMatchObject({
        status: 'FAILED',
        error: { code: 'HOST_CALL_BUDGET_EXCEEDED' },
      });
    }
  },
  60_000,
);

test('the plugins of a tenant share a budget', async () => {
  const refused = async (tool: string) => Number((await app.ask('emitOften', [50], { tenant: 'crowded', tool })).data);
  // Each may emit 50 at once, together they may emit 120.
  expect(await refused('ask')).toBe(0);
  expect(await refused('ask_inside')).toBe(0);
  const third = await refused('ask_other');
  expect(third).toBeGreaterThan(0);
  expect(third).toBeLessThan(50);
});
