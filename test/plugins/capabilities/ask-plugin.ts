/** A plugin whose one tool asks its host for whatever it is told, in the sandbox or in process, and a client to tell it. */
import { createTestApp, type TestApp, type TestAppOptions } from '../../rig/create-test-app.ts';
import { post } from '../../rig/graphql-client.ts';
import { createRegistry } from '../../../src/plugins/registry.ts';
import { definePlugin, type Json, type JsonObject, type ToolContext } from '../../../src/sdk/index.ts';

type Doer = (context: ToolContext, args: readonly never[]) => Promise<Json>;

/** What both kinds do: its text is also the sandboxed plugin's. */
const DOERS = `({
  get: ({ kv }, args) => kv.get(...args),
  set: ({ kv }, args) => kv.set(...args),
  delete: ({ kv }, args) => kv.delete(...args),
  list: ({ kv }, args) => kv.list(...args),
  async fetch({ fetch }, args) {
    const response = await fetch(...args);
    return { status: response.status, url: response.url, body: response.text() };
  },
  async emit({ emit }, args) {
    await emit(...args);
    return null;
  },
  async emitOften({ emit }, [times]) {
    let refused = 0;
    for (let count = 0; count < times; count += 1) await emit('tick', count).catch(() => { refused += 1; });
    return refused;
  },
  async emitForever({ emit }) {
    for (let count = 0; count < 1e6; count += 1) await emit('tick', count);
    return null;
  },
  async caught({ kv }) {
    await kv.get('k').catch(() => {});
    return 'went on';
  },
  async log({ log }, [level, message, fields]) {
    log[level](message, fields);
    return null;
  },
  async logOften({ log }, [times]) {
    for (let count = 0; count < times; count += 1) log.info('line ' + count);
    return null;
  },
})`;

const PARAMETERS = {
  type: 'object',
  required: ['what', 'args'],
  properties: { what: { type: 'string' }, args: { type: 'array' } },
} as const;

/** `asker.ts` with the tool `ask`. */
export function sandboxedAsker(permissions: readonly string[], name = 'asker', tool = 'ask'): string {
  return `import { definePlugin, type Json, type ToolContext } from 'hookline/sdk';
const doers: Record<string, (context: ToolContext, args: never) => Promise<Json>> = ${DOERS};
export default definePlugin({
  name: '${name}', version: '1.0.0', author: 'Ada', description: 'Asks its host.', requiredPermissions: ${JSON.stringify(permissions)},
  tools: { ${tool}: { description: 'Asks.', parameters: ${JSON.stringify(PARAMETERS)}, timeoutMs: 20000,
    async execute({ what, args }, context) { return { success: true, data: await doers[String(what)]!(context, args as never) }; } } },
});`;
}

const doers = (0, eval)(DOERS) as Record<string, Doer>;

/** The same with the tool `ask_inside`, as the plugin `insider`. */
export const insider = (permissions: readonly string[]) =>
  definePlugin({
    name: 'insider',
    version: '1.0.0',
    author: 'Ada',
    description: 'Asks its host.',
    requiredPermissions: [...permissions],
    tools: {
      ask_inside: {
        description: 'Asks.',
        parameters: PARAMETERS,
        timeoutMs: 20_000,
        async execute({ what, args }, context) {
          const doer = doers[String(what)];
          if (!doer) throw new Error(`There is no ${String(what)}.`);
          return { success: true, data: await doer(context, args as readonly never[]) };
        },
      },
    },
  });

export interface Execution {
  readonly status: string;
  readonly data: Json;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface AskApp extends TestApp {
  /** Calls the tool of `asker`, or with `inside` that of `insider`. */
  ask(what: string, args: readonly Json[], options?: AskOptions): Promise<Execution>;
  /** `enablePlugin` by GraphQL. */
  grant(name: string, grants: readonly string[] | null, tenant?: string): Promise<GraphQLResult>;
}

export interface AskOptions {
  readonly tool?: string;
  readonly tenant?: string;
  readonly runId?: string;
  readonly agentId?: string;
}

export interface GraphQLResult {
  readonly data?: JsonObject | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

const EXECUTE = `mutation ($input: ExecuteToolInput!) { executeTool(input: $input) { status data error { code message } } }`;
const ENABLE = `mutation ($input: EnablePluginInput!) { enablePlugin(input: $input) { status grants } }`;

export async function createAskApp(permissions: readonly string[], options: TestAppOptions = {}): Promise<AskApp> {
  const registry = createRegistry();
  registry.register(insider(permissions));
  const plugins = { 'asker.ts': sandboxedAsker(permissions), ...options.plugins };
  const app = await createTestApp({ ...options, registry, plugins });
  const send = async (query: string, variables: JsonObject, tenant?: string): Promise<GraphQLResult> => {
    const token = await app.token(tenant ? { tenant } : {});
    return (await (await post(app.url, token, { query, variables })).json()) as GraphQLResult;
  };
  return {
    ...app,
    async ask(what, args, { tool = 'ask', tenant, ...labels } = {}) {
      const { runId = null, agentId = null } = labels;
      const input = { toolName: tool, params: { what, args }, runId, agentId };
      const { data, errors } = await send(EXECUTE, { input }, tenant);
      if (!data) throw new Error(JSON.stringify(errors));
      return data['executeTool'] as unknown as Execution;
    },
    grant: (name, grants, tenant) => send(ENABLE, { input: grants ? { name, grants } : { name } }, tenant),
  };
}
