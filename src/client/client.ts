import type { JsonObject } from '../json/json.ts';
import type { EventStream, StreamOptions } from './event-stream.ts';
import type {
  EventFilter,
  EventsSubscription,
  ExecuteToolInput,
  ExecutionPartsFragment as ToolExecution,
  HookInvocationFilter,
  HookInvokedPartsFragment as HookInvokedEvent,
  InvocationPartsFragment as HookInvocation,
  InvokeHookInput,
  PluginChangedPartsFragment as PluginChangedEvent,
  PluginHook,
  ToolExecutedPartsFragment as ToolExecutedEvent,
  ToolExecutionFilter,
  ToolsQuery,
} from './operations.ts';

/** Any event of a tenant; `__typename` tells which. */
export type HooklineEvent = EventsSubscription['event'];

/** A tool that the tenant's enabled plugins offer. */
export type Tool = ToolsQuery['tools']['edges'][number]['node'];

export interface CallOptions {
  /** Gives up the call: it rejects with the signal's reason, and the server cancels what it was doing for it. */
  readonly signal?: AbortSignal | undefined;
}

export type InvokeHookOptions = CallOptions & Omit<InvokeHookInput, 'hook' | 'data'>;
export type ExecuteToolOptions = CallOptions & Omit<ExecuteToolInput, 'toolName' | 'params'>;
export type FollowOptions<Filter> = StreamOptions & { readonly filter?: Filter | undefined };

/** What an agent does with Hookline. What a plugin does wrong is in the answer; everything else is thrown as HooklineClientError. */
export interface AgentCalls {
  /** Sends one of the agent's moments through the hooks. A block is an answer: `outcome` BLOCKED, and `block`. */
  invokeHook(hook: PluginHook, data: JsonObject, options?: InvokeHookOptions): Promise<HookInvocation>;
  /** Calls a tool, with the hooks around it. `status` tells how it ended. */
  executeTool(toolName: string, params: JsonObject, options?: ExecuteToolOptions): Promise<ToolExecution>;
  events(options?: FollowOptions<EventFilter>): EventStream<HooklineEvent>;
}

export interface HooklineClient extends AgentCalls {
  /** Answers with the execution as it ended. */
  cancelToolExecution(id: string, options?: CallOptions): Promise<ToolExecution>;
  /** All of them, by name. */
  tools(options?: CallOptions & { readonly pluginName?: string | undefined }): Promise<readonly Tool[]>;
  /** The newest position of the tenant's journal. */
  latestCursor(options?: CallOptions): Promise<string>;
  hookInvoked(options?: FollowOptions<HookInvocationFilter>): EventStream<HookInvokedEvent>;
  toolExecuted(options?: FollowOptions<ToolExecutionFilter>): EventStream<ToolExecutedEvent>;
  pluginChanged(options?: StreamOptions): EventStream<PluginChangedEvent>;
  /** The same calls with the run's and the agent's names filled in. */
  run(names: { readonly runId: string; readonly agentId?: string | undefined }): AgentCalls;
  /** Ends every stream, and rejects calls under way with CLIENT_CLOSED. */
  close(): void;
}
