/** `npm run demo`: an agent in a terminal, its plugins, and every event as it arrives. `--help` tells the rest. */
import { parseArgs, styleText } from 'node:util';
import { createClient, HooklineClientError, type AgentCalls, type HooklineEvent } from '../src/client/index.ts';
import { PLUGIN_HOOKS } from '../src/sdk/hooks.ts';
import { QUESTION, runAgent, type AgentHost } from './demo/agent.ts';
import { DemoError, type ServerAddress } from './demo/connect.ts';
import { enablePlugins } from './demo/enable-plugins.ts';
import { createPrinter, describePatch } from './demo/print-event.ts';
import { watch, type Watch } from './demo/watch.ts';

const HELP = `npm run demo [-- --url URL]

Runs a small agent against Hookline and prints each event as it arrives.

  --url URL    use this server instead of starting one; HOOKLINE_TOKEN holds a token for it with the role admin.
               It enables calculator, pii-redactor, tool-guard and run-recorder for the token's tenant, and lets
               tool-guard deny the tool send_mail.
`;

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof DemoError || error instanceof HooklineClientError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
// The migration engine leaves a timer of ten seconds behind; nobody should watch it run down.
setTimeout(() => process.exit(), 100).unref();

async function main(): Promise<number> {
  const values = readArguments();
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.url !== undefined) {
    await showDemo(runningServer(values.url), values.url);
    return 0;
  }
  console.log(styleText('dim', 'Starting a server of its own, with a temporary data folder ...'));
  const { startServer } = await import('./demo/start-server.ts');
  await using server = await startServer();
  await showDemo(server, server.url);
  return 0;
}

function readArguments() {
  try {
    return parseArgs({ options: { url: { type: 'string' }, help: { type: 'boolean', short: 'h' } } }).values;
  } catch (error) {
    throw new DemoError(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  }
}

function runningServer(url: string): ServerAddress {
  const token = process.env['HOOKLINE_TOKEN'];
  if (!URL.canParse(url)) throw new DemoError(`--url is "${url}"; it must be a URL such as http://127.0.0.1:4000.`);
  if (token) return { url, token };
  throw new DemoError(
    'HOOKLINE_TOKEN is not set. One way: HOOKLINE_TOKEN=$(npx hookline token --tenant demo --role admin)',
  );
}

async function showDemo(server: ServerAddress, url: string): Promise<void> {
  const printer = createPrinter((text) => console.log(text));
  const client = createClient(server);
  const feed = await watch(client, (event) => printer.event(event));
  console.log(`\n${styleText('bold', 'Hookline')} at ${url}, followed by hookline/client\n`);
  try {
    await enablePlugins(server);
    await feed.caughtUp();
    const runId = `demo-${crypto.randomUUID().slice(0, 8)}`;
    const answer = await runAgent(
      agentHost(client.run({ runId, agentId: 'demo-agent' }), feed, printer.speech),
      QUESTION,
    );
    await feed.caughtUp();
    printer.speech(`answers: ${styleText('bold', answer)}`);
    console.log(`\n${summary(feed.events, runId)}`);
  } finally {
    client.close();
  }
}

/** Each call waits until its event was shown, so that what the agent says and what is seen stay in step. */
function agentHost(run: AgentCalls, feed: Watch, say: AgentHost['say']): AgentHost {
  return {
    say,
    async invokeHook(hook, data) {
      const invocation = await run.invokeHook(hook, data);
      await feed.shown(invocation.cursor);
      // The agent is told what was changed, also where the journal must not keep it.
      for (const { pluginName, patch } of invocation.block ? [] : invocation.steps) {
        if (patch && patch.length > 0) say(`is told: ${pluginName} changed ${describePatch(patch)}`);
      }
      return invocation;
    },
    async executeTool(toolName, params) {
      const execution = await run.executeTool(toolName, params);
      await feed.shown(execution.id);
      return execution;
    },
  };
}

function summary(events: readonly HooklineEvent[], runId: string): string {
  const invocations = events.flatMap((event) => (event.__typename === 'HookInvokedEvent' ? [event.invocation] : []));
  const executions = events.flatMap((event) =>
    event.__typename === 'ToolExecutedEvent' && event.kind === 'COMPLETED' ? [event.execution] : [],
  );
  const hooks = new Set(invocations.map(({ hook }) => hook));
  const blocked = invocations.filter(({ outcome }) => outcome === 'BLOCKED').length;
  const failed = executions.filter(({ status }) => status === 'FAILED').length;
  const lines = [
    ['Events', `${events.length} arrived, in the order of the journal`],
    [
      'Hooks',
      `${hooks.size} of ${Object.keys(PLUGIN_HOOKS).length}, in ${invocations.length} invocations, ${blocked} blocked`,
    ],
    ['Tools', `${executions.length} executions in the sandbox, ${failed} of them failed`],
    ['Run', runId],
    ['Go on', 'npm start, then GraphiQL at http://127.0.0.1:4000/graphql'],
    ['', 'scripts/demo/agent.ts is this agent, docs/PLUGIN_SDK.md the way to a plugin of your own'],
  ];
  return lines.map(([label = '', text]) => `${styleText('bold', label.padEnd(6))}  ${text}`).join('\n');
}
