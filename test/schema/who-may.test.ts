/** DESIGN's table of who may do what, row by row, through the real server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { openSocket, post } from '../rig/graphql-client.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  await app.enable('calculator');
});
afterAll(() => app.close());

type Verdict = 'yes' | 'NOT_FOUND' | 'FORBIDDEN' | 'UNAUTHENTICATED';
const ROLES = {
  admin: () => app.token(),
  agent: () => app.token({ roles: ['agent'] }),
  'platform admin': () => app.token({ roles: ['platform_admin'], tenant: null }),
  'platform admin with a tenant': () => app.token({ roles: ['platform_admin'] }),
  nobody: async () => undefined,
} as const;

/** admin, agent, platform admin (with or without a tenant), nobody. */
const MEMBERS: readonly Verdict[] = ['yes', 'yes', 'FORBIDDEN', 'FORBIDDEN', 'UNAUTHENTICATED'];
const ADMINS: readonly Verdict[] = ['yes', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN', 'UNAUTHENTICATED'];
const PLATFORM: readonly Verdict[] = ['FORBIDDEN', 'FORBIDDEN', 'yes', 'yes', 'UNAUTHENTICATED'];
const ANYONE: readonly Verdict[] = ['yes', 'yes', 'yes', 'yes', 'UNAUTHENTICATED'];

describe.each(Object.keys(ROLES).map((role, index) => [role as keyof typeof ROLES, index] as const))(
  '%s',
  (role, index) => {
    test.each<[string, readonly Verdict[]]>([
      ['{ viewer { subject } }', ANYONE],
      ['{ tools { totalCount } }', MEMBERS],
      ['{ hookPipeline(hook: ON_ERROR) { position } }', MEMBERS],
      ['{ hookInvocations { edges { cursor } } }', MEMBERS],
      ['{ toolExecutions { edges { cursor } } }', MEMBERS],
      ['{ node(id: "Plugin:calculator") { id } }', MEMBERS],
      ['{ node(id: "HookInvocation:00000000-0000-4000-8000-000000000000") { id } }', MEMBERS],
      ['{ node(id: "ToolExecution:00000000-0000-4000-8000-000000000000") { id } }', MEMBERS],
      ['mutation { invokeHook(input: { hook: ON_ERROR, data: {} }) { id } }', MEMBERS],
      ['mutation { executeTool(input: { toolName: "add", params: { a: 1, b: 2 } }) { data } }', MEMBERS],
      [
        'mutation { cancelToolExecution(input: { id: "ToolExecution:00000000-0000-4000-8000-000000000000" }) { id } }',
        ['NOT_FOUND', 'NOT_FOUND', 'FORBIDDEN', 'FORBIDDEN', 'UNAUTHENTICATED'],
      ],
      ['{ plugins { totalCount } }', ADMINS],
      ['{ plugin(name: "calculator") { name } }', ADMINS],
      ['{ plugin(name: "nothing") { name } }', ADMINS],
      ['{ node(id: "PluginRegistration:00000000-0000-4000-8000-000000000000") { id } }', ADMINS],
      ['mutation { enablePlugin(input: { name: "calculator" }) { name } }', ADMINS],
      ['mutation { disablePlugin(input: { name: "tool-guard" }) { name } }', ADMINS],
      ['mutation { updatePluginConfig(input: { name: "calculator", config: {} }) { name } }', ADMINS],
      ['mutation { updateHookOverrides(input: { name: "tool-guard", overrides: [] }) { name } }', ADMINS],
      ['{ node(id: "Plugin:tool-guard") { ... on Plugin { hookStats { firedCount } } } }', MEMBERS],
      ['{ node(id: "Plugin:tool-guard") { ... on Plugin { hookOverrides { hook } } } }', ADMINS],
      ['{ tenants { totalCount } }', PLATFORM],
    ])('%s', async (query, verdicts) => {
      const response = await post(app.url, await ROLES[role](), { query });
      const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
      expect(errors?.[0]?.extensions.code ?? 'yes').toBe(verdicts[index]);
    });

    test('createTenant', async () => {
      const query = `mutation { createTenant(input: { slug: "by-${index}" }) { slug } }`;
      const response = await post(app.url, await ROLES[role](), { query });
      const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
      expect(errors?.[0]?.extensions.code ?? 'yes').toBe(PLATFORM[index]);
    });

    test
      .skipIf(role === 'nobody')
      .each(['events { cursor }', 'hookInvoked { cursor }', 'toolExecuted { cursor }', 'pluginChanged { cursor }'])(
      'subscription { %s }',
      async (field) => {
        const client = openSocket(app.url, await ROLES[role]());
        const events = client.iterate({ query: `subscription { ${field.replace(' {', '(after: "start") {')} }` });
        // An `error` message comes out of the client as a list, thrown.
        const errors = await events.next().then(
          () => [],
          (thrown: unknown) => thrown as { extensions: { code: string } }[],
        );
        expect(errors[0]?.extensions.code ?? 'yes').toBe(MEMBERS[index]);
        await client.dispose();
      },
    );

    test.each(['config', 'configRevision', 'grants', 'registration { id }'])('Plugin.%s', async (field) => {
      const query = `{ tools { edges { node { plugin { name ${field} } } } } }`;
      const response = await post(app.url, await ROLES[role](), { query });
      const { data, errors } = (await response.json()) as {
        data: { tools: { edges: { node: { plugin: Record<string, unknown> } }[] } } | null;
        errors?: { extensions: { code: string } }[];
      };
      expect(errors?.[0]?.extensions.code ?? 'yes').toBe(ADMINS[index]);
      if (role === 'agent') {
        // A field that is not for agents is null, and the rest of the answer stands.
        expect(data?.tools.edges[0]?.node.plugin).toEqual({ name: 'calculator', [field.split(' ')[0] ?? '']: null });
      }
    });
  },
);
