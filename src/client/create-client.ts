import type { JsonObject } from '../json/json.ts';
import { ask, type AskDeps } from './ask.ts';
import type { CallOptions, HooklineClient, Tool } from './client.ts';
import { createCredentials, type Token } from './credentials.ts';
import { createEventSocket, type EventSocket, type WebSocketConstructor } from './event-socket.ts';
import type { EventStream, StreamOptions } from './event-stream.ts';
import { follow } from './follow.ts';
import type { FollowDeps } from './keep-following.ts';
import * as operations from './operations.ts';
import type { Operation } from './operations.ts';
import { runCalls } from './run-calls.ts';

export interface ClientOptions {
  /** Of the server, such as `https://hookline.example`. */
  readonly url: string;
  /** A JWT, or what gets one: called before every request and every connection. */
  readonly token: Token;
  /** Milliseconds in which one request must be answered; a tool call is one. Default 120,000. */
  readonly timeoutMs?: number | undefined;
  /** How often what may be sent again is sent again. Default 3. */
  readonly retries?: number | undefined;
  /** Events that may wait in a stream to be read. Default 1,000. */
  readonly maxWaitingEvents?: number | undefined;
  /** Milliseconds between two signs of life of a socket, and in which one must open. Default 12,000. */
  readonly heartbeatMs?: number | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Default: the global one, which Node has from version 22 on. The class of the package `ws` will do. */
  readonly webSocket?: WebSocketConstructor | undefined;
}

export const CLIENT_DEFAULTS = {
  timeoutMs: 120_000,
  retries: 3,
  maxWaitingEvents: 1_000,
  heartbeatMs: 12_000,
} as const;

/** Opens no connection before it is needed. @throws TypeError for a URL that is none. */
export function createClient(options: ClientOptions): HooklineClient {
  const closing = new AbortController();
  const closed = closing.signal;
  const url = graphqlUrl(options.url);
  const credentials = createCredentials(options.token);
  const deps: AskDeps = {
    url,
    credentials,
    closed,
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    timeoutMs: options.timeoutMs ?? CLIENT_DEFAULTS.timeoutMs,
    retries: options.retries ?? CLIENT_DEFAULTS.retries,
  };
  const limits = { closed, maxWaiting: options.maxWaitingEvents ?? CLIENT_DEFAULTS.maxWaitingEvents };
  let socket: EventSocket | undefined;

  function openStream(): FollowDeps {
    const { webSocket = globalWebSocket(), heartbeatMs = CLIENT_DEFAULTS.heartbeatMs } = options;
    socket ??= createEventSocket({ url, credentials, webSocket, heartbeatMs });
    return { credentials, socket, retries: deps.retries, latestCursor: (signal) => latestCursor(deps, signal) };
  }

  function stream<Event extends { readonly cursor: string }, Variables>(
    operation: Operation<{ readonly event: Event }, Variables>,
    { filter, ...rest }: StreamOptions & { readonly filter?: object | undefined } = {},
  ): EventStream<Event> {
    // The operation's text and this type were made from one schema, and the server answers by it.
    const read = (data: JsonObject) => data['event'] as JsonObject & Event;
    const variables: JsonObject = filter ? { filter: { ...filter } } : {};
    return follow(openStream, { query: operation.text, variables, read }, rest, limits);
  }

  const client: HooklineClient = {
    async invokeHook(hook, data, { signal, ...rest } = {}) {
      const variables = { input: { ...rest, hook, data } };
      return (await ask(deps, operations.INVOKE_HOOK, variables, { signal, repeatable: false })).invokeHook;
    },
    async executeTool(toolName, params, { signal, ...rest } = {}) {
      const variables = { input: { ...rest, toolName, params } };
      return (await ask(deps, operations.EXECUTE_TOOL, variables, { signal, repeatable: false })).executeTool;
    },
    async cancelToolExecution(id, { signal } = {}) {
      const variables = { input: { id } };
      // What has ended is answered as it is, so that asking twice is asking once.
      const options = { signal, repeatable: true };
      return (await ask(deps, operations.CANCEL_TOOL_EXECUTION, variables, options)).cancelToolExecution;
    },
    tools: (call) => allTools(deps, call),
    latestCursor: (call) => latestCursor(deps, call?.signal),
    events: (wanted) => stream(operations.EVENTS, wanted),
    hookInvoked: (wanted) => stream(operations.HOOK_INVOKED, wanted),
    toolExecuted: (wanted) => stream(operations.TOOL_EXECUTED, wanted),
    pluginChanged: (wanted) => stream(operations.PLUGIN_CHANGED, wanted),
    run: (names) => runCalls(client, names),
    close: () => closing.abort(),
  };
  return client;
}

async function allTools(
  deps: AskDeps,
  { signal, pluginName }: CallOptions & { readonly pluginName?: string | undefined } = {},
): Promise<readonly Tool[]> {
  const found: Tool[] = [];
  let after: string | null = null;
  do {
    const variables: operations.ToolsQueryVariables = { after, pluginName };
    const { tools }: operations.ToolsQuery = await ask(deps, operations.TOOLS, variables, { signal, repeatable: true });
    found.push(...tools.edges.map(({ node }) => node));
    after = tools.pageInfo.hasNextPage ? tools.pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}

async function latestCursor(deps: AskDeps, signal: AbortSignal | undefined): Promise<string> {
  const { viewer } = await ask(deps, operations.LATEST_CURSOR, {}, { signal, repeatable: true });
  // Null without a tenant; whoever follows is then told so.
  return viewer.latestCursor ?? 'start';
}

/** Of GraphQL below the server's address; one that names it already is taken as it is. */
function graphqlUrl(url: string): string {
  const parsed = new URL(url);
  if (!/^https?:$/.test(parsed.protocol))
    throw new TypeError(`"${url}" is no address of a server, such as http://127.0.0.1:4000.`);
  if (!parsed.pathname.endsWith('/graphql')) parsed.pathname = `${parsed.pathname.replace(/\/+$/, '')}/graphql`;
  return parsed.href;
}

function globalWebSocket(): WebSocketConstructor {
  if (typeof globalThis.WebSocket === 'function') return globalThis.WebSocket;
  throw new TypeError(
    'There is no WebSocket here: give createClient one as `webSocket`, such as that of the package ws.',
  );
}
