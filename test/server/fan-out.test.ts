/** Sharing is real, and never crosses a tenant or a right. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json.ts';
import { createTestApp, type TestApp, type TokenOptions } from '../rig/create-test-app.ts';
import { post } from '../rig/graphql-client.ts';
import { openAcknowledged, type RawSocket } from '../rig/raw-socket.ts';
import { readServerSentEvents } from '../rig/sse-events.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const HOOKS = 'subscription ($after: String) { hookInvoked(after: $after) { cursor invocation { hook } } }';
const PLUGINS = 'subscription { pluginChanged { kind plugin { name config configRevision } } }';

async function metric(name: string): Promise<number> {
  const [, value] = new RegExp(`^hookline_${name} (\\d+)$`, 'm').exec(await app.metrics.text()) ?? [];
  return Number(value);
}
const counts = async () => ({
  payloads: await metric('event_payloads_total'),
  deliveries: await metric('event_deliveries_total'),
});

/** Resolves once it follows. */
async function follow(token: string, query: string, variables: JsonObject = {}): Promise<RawSocket> {
  const before = await metric('subscribers');
  const raw = await openAcknowledged(app.url, token);
  raw.send({ id: crypto.randomUUID(), type: 'subscribe', payload: { query, variables } });
  await expect.poll(() => metric('subscribers')).toBe(before + 1);
  return raw;
}

async function invoke(options: TokenOptions = {}): Promise<void> {
  await app.useCases.invokeHook(await app.actor(options), { hook: 'ON_REASONING_STEP', data: { step: 'on' } });
}

beforeEach(async () => {
  await expect.poll(() => metric('subscribers')).toBe(0);
});

describe('one execution and one text', () => {
  test('for all with the same document and rights, on sockets and as Server-Sent Events, wherever they began', async () => {
    await invoke();
    const cursor = (await app.useCases.viewer(await app.actor())).latestCursor();
    await using first = await follow(await app.token({ subject: 'one' }), HOOKS);
    await using second = await follow(await app.token({ subject: 'two' }), HOOKS);
    await using third = await follow(await app.token(), HOOKS, { after: await cursor });
    const response = await post(app.url, await app.token(), { query: HOOKS }, { accept: 'text/event-stream' });
    const events = readServerSentEvents(response);
    await expect.poll(() => metric('subscribers')).toBe(4);
    const before = await counts();
    await invoke();
    const payloads = [await first.receive(), await second.receive(), await third.receive()].map(
      ({ payload }) => payload,
    );
    const sse = (await events.next()).value;
    expect(payloads[0]).toMatchObject({ data: { hookInvoked: { invocation: { hook: 'ON_REASONING_STEP' } } } });
    expect(payloads).toEqual([payloads[0], payloads[0], payloads[0]]);
    expect(JSON.parse(sse?.data ?? '')).toEqual(payloads[0]);
    expect(await counts()).toEqual({ payloads: before.payloads + 1, deliveries: before.deliveries + 4 });
    await events.return(undefined);
  });

  test.each<[string, string, JsonObject, string, JsonObject]>([
    ['another selection', HOOKS, {}, HOOKS.replace('hook }', 'hook outcome }'), {}],
    [
      'another filter',
      'subscription ($h: [PluginHook!]) { hookInvoked(filter: { hooks: $h }) { cursor } }',
      { h: ['ON_REASONING_STEP'] },
      'subscription ($h: [PluginHook!]) { hookInvoked(filter: { hooks: $h }) { cursor } }',
      { h: ['ON_REASONING_STEP', 'ON_ERROR'] },
    ],
    [
      'a beginning that is also something else',
      'subscription ($a: String) { hookInvoked(after: $a, filter: { runId: $a }) { cursor } }',
      {},
      'subscription ($a: String) { hookInvoked(after: $a, filter: { runId: $a }) { cursor } }',
      { a: 'start' },
    ],
  ])('not with %s', async (_what, query, variables, otherQuery, otherVariables) => {
    await using first = await follow(await app.token(), query, variables);
    await using other = await follow(await app.token(), otherQuery, otherVariables);
    const before = await counts();
    await invoke();
    await first.receive();
    if (otherVariables['a'] === undefined) await other.receive();
    expect((await counts()).payloads).toBe(before.payloads + (otherVariables['a'] === undefined ? 2 : 1));
  });
});

describe('each sees what it may', () => {
  test('an agent and an admin with the same document: the fields of admins are not shared', async () => {
    await using admin = await follow(await app.token(), PLUGINS);
    await using otherAdmin = await follow(await app.token({ subject: 'other admin' }), PLUGINS);
    await using agent = await follow(await app.token({ roles: ['agent'] }), PLUGINS);
    await using otherAgent = await follow(await app.token({ roles: ['agent'], subject: 'other agent' }), PLUGINS);
    const before = await counts();
    await app.enable('calculator');
    for (const raw of [admin, otherAdmin]) {
      const { payload } = await raw.receive();
      expect(payload).toMatchObject({ data: { pluginChanged: { plugin: { name: 'calculator', configRevision: 1 } } } });
      expect(payload).not.toHaveProperty('errors');
    }
    for (const raw of [agent, otherAgent]) {
      expect((await raw.receive())['payload']).toMatchObject({
        data: { pluginChanged: { plugin: { name: 'calculator', config: null, configRevision: null } } },
        errors: [{ extensions: { code: 'FORBIDDEN' } }, { extensions: { code: 'FORBIDDEN' } }],
      });
    }
    expect(await counts()).toEqual({ payloads: before.payloads + 2, deliveries: before.deliveries + 4 });
  });

  test('another tenant with the same document: its own events, with its own cursors', async () => {
    await using own = await follow(await app.token(), HOOKS);
    await using foreign = await follow(await app.token({ tenant: 'globex' }), HOOKS);
    const before = await counts();
    await invoke();
    await own.receive();
    expect(await counts()).toEqual({ payloads: before.payloads + 1, deliveries: before.deliveries + 1 });
    await invoke({ tenant: 'globex' });
    const { tenant } = await app.actor({ tenant: 'globex' });
    const { payload } = (await foreign.receive()) as { payload: { data: { hookInvoked: { cursor: string } } } };
    expect(Buffer.from(payload.data.hookInvoked.cursor, 'base64url').toString()).toContain(tenant.id);
    expect(await counts()).toEqual({ payloads: before.payloads + 2, deliveries: before.deliveries + 2 });
  });

  test('one whose token ends is out, and who shares with it goes on', async () => {
    await using brief = await follow(await app.token({ expiresInSeconds: 2 }), HOOKS);
    await using other = await follow(await app.token(), HOOKS);
    expect(await brief.closed).toMatchObject({ code: 4403 });
    await invoke();
    expect(await other.receive()).toMatchObject({ type: 'next', payload: { data: { hookInvoked: {} } } });
    expect(await metric('subscribers')).toBe(1);
  });
});
