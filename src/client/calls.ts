/** What a client asks once and is answered once. */
import { ask, type AskDeps } from './ask.ts';
import type { CallOptions, HooklineClient, Tool } from './client.ts';
import * as operations from './operations.ts';

export type Calls = Pick<
  HooklineClient,
  'invokeHook' | 'executeTool' | 'cancelToolExecution' | 'tools' | 'latestCursor'
>;

export function createCalls(deps: AskDeps): Calls {
  return {
    async invokeHook(hook, data, { signal, ...rest } = {}) {
      const variables = { input: { ...rest, hook, data } };
      return (await ask(deps, operations.INVOKE_HOOK, variables, { signal, repeatable: isKeyed(rest) })).invokeHook;
    },
    async executeTool(toolName, params, { signal, ...rest } = {}) {
      const variables = { input: { ...rest, toolName, params } };
      return (await ask(deps, operations.EXECUTE_TOOL, variables, { signal, repeatable: isKeyed(rest) })).executeTool;
    },
    async cancelToolExecution(id, { signal } = {}) {
      const variables = { input: { id } };
      // What has ended is answered as it is, so that asking twice is asking once.
      const options = { signal, repeatable: true };
      return (await ask(deps, operations.CANCEL_TOOL_EXECUTION, variables, options)).cancelToolExecution;
    },
    tools: (options) => allTools(deps, options),
    async latestCursor({ signal } = {}) {
      const { viewer } = await ask(deps, operations.LATEST_CURSOR, {}, { signal, repeatable: true });
      // Null without a tenant; whoever follows is then told so.
      return viewer.latestCursor ?? 'start';
    },
  };
}

/** What has a key is done once, however often it is sent. */
function isKeyed({ idempotencyKey }: Pick<operations.ExecuteToolInput, 'idempotencyKey'>): boolean {
  return typeof idempotencyKey === 'string';
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
