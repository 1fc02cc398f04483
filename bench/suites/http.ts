/** `executeTool` over HTTP, against a constant field of stock Yoga and Pothos. */
import { fileURLToPath } from 'node:url';
import type { Contestant, Probe, Suite } from '../frame/contest.ts';
import { startServerProcess } from '../frame/server-process.ts';
import { openGraphQLLoad, type GraphQLLoadOptions } from '../load/graphql-load.ts';
import { startHookline, type HooklineServerOptions } from './hookline-server.ts';

const CONNECTIONS = 32;

const VIEWER = 'query { viewer { subject roles tenant { slug } } }';
const EXECUTE =
  'mutation ($input: ExecuteToolInput!) { executeTool(input: $input) { id toolName pluginName status data durationMs error { message } } }';

export const httpSuite: Suite = {
  name: 'http',
  contests: ({ sampleMs }) => [
    {
      title: 'executeTool over HTTP',
      about:
        `${CONNECTIONS} connections, each server in a process of its own. The constant field has the six values that ` +
        'executeTool is asked for. Each execution checks the token, the parameters and the result, runs its two hooks ' +
        'and the tool in the sandbox, and is in the journal, on disk, when it is answered; without a journal nothing of it ' +
        'is kept.',
      metrics: [
        { key: 'inFlight', title: 'requests', unit: '/s' },
        { key: 'alone', title: 'alone', unit: 'ms' },
      ],
      contestants: [
        { name: 'Yoga + Pothos, a constant field', open: () => openConstant(sampleMs, 'yoga.js') },
        { name: 'the same through the lean door', open: () => openConstant(sampleMs, 'lean-yoga.js') },
        { name: 'Hookline, viewer', open: () => openHookline(sampleMs, ['calculator'], VIEWER_LOAD) },
        {
          name: 'Hookline, executeTool, no hook plugin',
          open: () => openHookline(sampleMs, ['calculator'], TOOL_LOAD),
        },
        {
          name: 'Hookline, executeTool, no hook plugin, no journal',
          open: () => openHookline(sampleMs, ['calculator'], TOOL_LOAD, { journal: false }),
        },
        { name: 'Hookline, executeTool, 3 hook plugins', open: () => openHookline(sampleMs, ALL_PLUGINS, TOOL_LOAD) },
      ] satisfies readonly Contestant[],
    },
  ],
};

type Operation = Pick<GraphQLLoadOptions, 'query' | 'variables' | 'expect'>;

const ALL_PLUGINS = ['calculator', 'pii-redactor', 'tool-guard', 'run-recorder'];
const VIEWER_LOAD: Operation = { query: VIEWER, expect: '"subject":"bench"' };
const TOOL_LOAD: Operation = {
  query: EXECUTE,
  variables: { input: { toolName: 'add', params: { a: 12, b: 30 } } },
  expect: '"status":"SUCCEEDED","data":42',
};

function openConstant(sampleMs: number, script: 'yoga.js' | 'lean-yoga.js'): Promise<Probe> {
  const path = fileURLToPath(new URL(`../contestants/${script}`, import.meta.url));
  return openProbe(sampleMs, async (opening) => {
    const env = { NODE_ENV: 'production' };
    const server = opening.use(startServerProcess({ command: process.execPath, args: [path], env }));
    return {
      url: await server.url,
      query: 'query { constant { id toolName pluginName status data durationMs } }',
      expect: '"status":"SUCCEEDED","data":42',
    };
  });
}

function openHookline(
  sampleMs: number,
  plugins: readonly string[],
  operation: Operation,
  options: HooklineServerOptions = {},
): Promise<Probe> {
  return openProbe(sampleMs, async (opening) => {
    const server = opening.use(await startHookline(options));
    return { url: server.url, token: await server.tenant('bench', plugins), ...operation };
  });
}

/** What `open` has opened is closed with the probe, or now when it fails. */
async function openProbe(
  sampleMs: number,
  open: (opening: AsyncDisposableStack) => Promise<Omit<GraphQLLoadOptions, 'connections'>>,
): Promise<Probe> {
  await using opening = new AsyncDisposableStack();
  const options = await open(opening);
  const load = opening.use(await openGraphQLLoad({ ...options, connections: CONNECTIONS }));
  const running = opening.move();
  return { measure: () => load.measure(sampleMs), [Symbol.asyncDispose]: () => running.disposeAsync() };
}
