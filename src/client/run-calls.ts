import type { AgentCalls } from './client.ts';

/** An agent's calls with the names of its run filled in; what a call names itself counts more. */
export function runCalls(
  calls: AgentCalls,
  { runId, agentId }: { readonly runId: string; readonly agentId?: string | undefined },
): AgentCalls {
  const names = agentId === undefined ? { runId } : { runId, agentId };
  return {
    invokeHook: (hook, data, options) => calls.invokeHook(hook, data, { ...names, ...options }),
    executeTool: (toolName, params, options) => calls.executeTool(toolName, params, { ...names, ...options }),
    events: ({ filter, ...options } = {}) => calls.events({ ...options, filter: { runId, ...filter } }),
  };
}
