/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/* Written by graphql-codegen from operations.graphql and schema.graphql: npm run fix. */
import type { Json, JsonObject } from '../json/json.ts';
/** Which execution to cancel. */
export type CancelToolExecutionInput = {
  /** Its id, such as an event STARTED tells. */
  readonly id: string;
};

/** Only events for which all of this is true. */
export type EventFilter = {
  /** Of this agent. */
  readonly agentId?: string | null | undefined;
  /** In which this plugin took part. */
  readonly pluginName?: string | null | undefined;
  /** Of this run. */
  readonly runId?: string | null | undefined;
  /** Of these types. */
  readonly types?: ReadonlyArray<EventType> | null | undefined;
};

/** The kinds of events. */
export type EventType =
  /** A hook went through the pipeline. */
  | 'HOOK_INVOKED'
  /** A plugin was enabled, disabled, configured, failed or recovered. */
  | 'PLUGIN_CHANGED'
  /** A plugin emitted an event of its own. */
  | 'PLUGIN_EMITTED'
  /** An execution started, told of its progress, or completed. */
  | 'TOOL_EXECUTED';

/** A tool call. */
export type ExecuteToolInput = {
  /** The agent; a token with an agent id may name only that one, and it is the default. */
  readonly agentId?: string | null | undefined;
  /** At most 255 characters, of your choice. The same key with the same input is answered as the first time, and done once. */
  readonly idempotencyKey?: string | null | undefined;
  /** Its parameters, by the tool's schema. */
  readonly params: JsonObject;
  /** The plugin that offers it; needed when two enabled plugins offer a tool of this name. */
  readonly pluginName?: string | null | undefined;
  /** The agent run, as you name it. */
  readonly runId?: string | null | undefined;
  /** The tool. */
  readonly toolName: string;
  /** Milliseconds to wait for its end, at most 60000; then it is answered as RUNNING and goes on, whoever waits. Left out: until its end. */
  readonly waitMs?: number | null | undefined;
};

/** Why a call or a hook step failed, by what the host saw. */
export type ExecutionErrorCode =
  /** A hook blocked the call. */
  | 'BLOCKED'
  /** The caller cancelled the call. */
  | 'CANCELLED'
  /** The plugin called the host too often. */
  | 'HOST_CALL_BUDGET_EXCEEDED'
  /** The instance ran out of memory. */
  | 'MEMORY_LIMIT_EXCEEDED'
  /** The answer was too large. */
  | 'OUTPUT_LIMIT_EXCEEDED'
  /** A hook changed the parameters to something the schema refuses. */
  | 'PARAMS_INVALID'
  /** The plugin used a capability it was not granted. */
  | 'PERMISSION_DENIED'
  /** The plugin threw. */
  | 'PLUGIN_ERROR'
  /** The answer was not a ToolResult or broke the result schema. */
  | 'RESULT_INVALID'
  /** The sandbox ended during the call. */
  | 'SANDBOX_CRASHED'
  /** No sandbox had room for the call. */
  | 'SANDBOX_UNAVAILABLE'
  /** A time limit ended the call. */
  | 'TIMEOUT'
  /** The tool answered success: false. */
  | 'TOOL_ERROR';

/** Only invocations for which all of this is true. */
export type HookInvocationFilter = {
  /** Of this agent. */
  readonly agentId?: string | null | undefined;
  /** Of one of these hooks. */
  readonly hooks?: ReadonlyArray<PluginHook> | null | undefined;
  /** That came to one of these. */
  readonly outcomes?: ReadonlyArray<HookOutcome> | null | undefined;
  /** In which this plugin took part. */
  readonly pluginName?: string | null | undefined;
  /** Of this run. */
  readonly runId?: string | null | undefined;
  /** That began after this. */
  readonly startedAfter?: string | null | undefined;
  /** That began before this. */
  readonly startedBefore?: string | null | undefined;
  /** Around this tool. */
  readonly toolName?: string | null | undefined;
};

/** How a plugin takes part in a hook: also the phases of the pipeline. */
export type HookMode =
  /** One after the other; each sees what the one before returned. */
  | 'MUTATE'
  /** In parallel after the decision, always; changes nothing. */
  | 'OBSERVE'
  /** In parallel on the same data; may block, changes nothing. */
  | 'VALIDATE';

/** What an invocation came to. */
export type HookOutcome =
  /** A plugin blocked it; see `block`. */
  | 'BLOCKED'
  /** Nothing was changed. */
  | 'CONTINUED'
  /** At least one plugin changed the data. */
  | 'MODIFIED'
  /** A plugin answered in the place of what the hook guards; see `output`. */
  | 'RESPONDED';

/** A moment of an agent, to be sent through the hooks. */
export type InvokeHookInput = {
  /** The agent; a token with an agent id may name only that one, and it is the default. */
  readonly agentId?: string | null | undefined;
  /** What plugins see and may change; docs/PROTOCOL.md lists the usual keys. */
  readonly data: JsonObject;
  /** Which moment. */
  readonly hook: PluginHook;
  /** At most 255 characters, of your choice. The same key with the same input is answered as the first time, and done once. */
  readonly idempotencyKey?: string | null | undefined;
  /** The agent run, as you name it. */
  readonly runId?: string | null | undefined;
};

/** What happened to a plugin. */
export type PluginChangeKind =
  /** It has a new config. */
  | 'CONFIG_UPDATED'
  /** It was disabled. */
  | 'DISABLED'
  /** It was enabled. */
  | 'ENABLED'
  /** It stopped working; see its `problem`. */
  | 'FAILED'
  /** It works again. */
  | 'RECOVERED';

/** The six moments of an agent at which plugins take part. */
export type PluginHook =
  /** After an agent run has its output. A block means: the output must not be shown. A response means: not allowed. */
  | 'AFTER_AGENT_RUN'
  /** After a tool has answered. A block means: the execution is BLOCKED and the result withheld. A response means: not allowed. */
  | 'AFTER_TOOL_CALL'
  /** Before an agent run starts. A block means: the run must not start. A response means: do not run; the response is the answer. */
  | 'BEFORE_AGENT_RUN'
  /** Before a tool is called. A block means: the execution is BLOCKED and the tool not called. A response means: the tool is not called; the response is its data, and AFTER_TOOL_CALL runs. */
  | 'BEFORE_TOOL_CALL'
  /** When something failed. A block means: not allowed. A response means: recovered: the execution SUCCEEDED with the response. */
  | 'ON_ERROR'
  /** At each step of the reasoning. A block means: the agent must stop. A response means: not allowed. */
  | 'ON_REASONING_STEP';

/** How a plugin stands for your tenant. */
export type PluginStatus =
  /** It could be enabled and never was. */
  | 'AVAILABLE'
  /** It has a registration and takes no part. */
  | 'DISABLED'
  /** It takes part. */
  | 'ENABLED'
  /** It cannot take part; see `problem`. */
  | 'FAILED';

/** What one plugin's part came to. */
export type StepOutcome =
  /** It blocked. */
  | 'BLOCKED'
  /** It changed nothing. */
  | 'CONTINUED'
  /** It failed; see `error`. */
  | 'FAILED'
  /** It changed the data; see `patch`. */
  | 'MODIFIED'
  /** It answered in the place of what the hook guards. */
  | 'RESPONDED'
  /** It did not run, since the pipeline had been decided. */
  | 'SKIPPED'
  /** It took longer than its `timeoutMs`. */
  | 'TIMED_OUT';

/** What an event says of an execution. */
export type ToolEventKind =
  /** It has ended, one way or another. */
  | 'COMPLETED'
  /** The tool told how far it is, or gave parts of its result. */
  | 'PROGRESS'
  /** The hooks before it let it through, and the tool is being called. */
  | 'STARTED';

/** Only executions for which all of this is true. */
export type ToolExecutionFilter = {
  /** Of this agent. */
  readonly agentId?: string | null | undefined;
  /** For subscriptions: events of these kinds. In a list: executions that have had one. */
  readonly kinds?: ReadonlyArray<ToolEventKind> | null | undefined;
  /** Of this plugin. */
  readonly pluginName?: string | null | undefined;
  /** Of this run. */
  readonly runId?: string | null | undefined;
  /** That began after this. */
  readonly startedAfter?: string | null | undefined;
  /** That began before this. */
  readonly startedBefore?: string | null | undefined;
  /** That stand at one of these. */
  readonly statuses?: ReadonlyArray<ToolExecutionStatus> | null | undefined;
  /** Of this tool. */
  readonly toolName?: string | null | undefined;
};

/** Where an execution stands. */
export type ToolExecutionStatus =
  /** A hook blocked the call, or withheld its result. */
  | 'BLOCKED'
  /** It was cancelled, its caller went away, or the server stopped; see `error`. */
  | 'CANCELLED'
  /** It did not; see `error`. */
  | 'FAILED'
  /** The tool is at work. */
  | 'RUNNING'
  /** It answered; see `data`. */
  | 'SUCCEEDED';

export type ErrorPartsFragment = { readonly code: ExecutionErrorCode, readonly message: string, readonly pluginCode: string | null, readonly retryable: boolean };

export type InvocationPartsFragment = { readonly id: string, readonly cursor: string, readonly hook: PluginHook, readonly runId: string | null, readonly agentId: string | null, readonly toolName: string | null, readonly outcome: HookOutcome, readonly input: JsonObject | null, readonly output: Json | null, readonly truncated: boolean, readonly startedAt: string, readonly durationMs: number, readonly block: { readonly pluginName: string, readonly code: string, readonly reason: string, readonly details: Json | null } | null, readonly steps: ReadonlyArray<{ readonly pluginName: string, readonly pluginVersion: string, readonly mode: HookMode, readonly outcome: StepOutcome, readonly durationMs: number, readonly patch: ReadonlyArray<JsonObject> | null, readonly error: ErrorPartsFragment | null }> };

export type ExecutionPartsFragment = { readonly id: string, readonly cursor: string, readonly toolName: string, readonly pluginName: string, readonly pluginVersion: string, readonly status: ToolExecutionStatus, readonly params: JsonObject | null, readonly success: boolean | null, readonly data: Json | null, readonly truncated: boolean, readonly answeredBy: string | null, readonly runId: string | null, readonly agentId: string | null, readonly startedAt: string, readonly durationMs: number | null, readonly error: ErrorPartsFragment | null };

export type HookInvokedPartsFragment = { readonly __typename: 'HookInvokedEvent', readonly cursor: string, readonly occurredAt: string, readonly invocation: InvocationPartsFragment };

export type ToolExecutedPartsFragment = { readonly __typename: 'ToolExecutedEvent', readonly cursor: string, readonly occurredAt: string, readonly kind: ToolEventKind, readonly progress: Json | null, readonly parts: ReadonlyArray<Json | null> | null, readonly firstPart: number | null, readonly execution: ExecutionPartsFragment };

export type PluginChangedPartsFragment = { readonly __typename: 'PluginChangedEvent', readonly cursor: string, readonly occurredAt: string, readonly pluginName: string, readonly truncated: boolean, readonly change: PluginChangeKind, readonly plugin: { readonly version: string, readonly enabled: boolean, readonly status: PluginStatus, readonly problem: { readonly code: string, readonly message: string } | null } | null };

export type PluginEmittedPartsFragment = { readonly __typename: 'PluginEmittedEvent', readonly cursor: string, readonly occurredAt: string, readonly pluginName: string, readonly name: string, readonly data: Json | null, readonly runId: string | null, readonly agentId: string | null };

export type LatestCursorQueryVariables = Exact<{ [key: string]: never; }>;


export type LatestCursorQuery = { readonly viewer: { readonly latestCursor: string | null } };

export type ToolsQueryVariables = Exact<{
  after?: string | null | undefined;
  pluginName?: string | null | undefined;
}>;


export type ToolsQuery = { readonly tools: { readonly edges: ReadonlyArray<{ readonly node: { readonly name: string, readonly description: string, readonly parameters: JsonObject, readonly result: JsonObject | null, readonly timeoutMs: number, readonly maxConcurrent: number | null, readonly plugin: { readonly name: string, readonly version: string } } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type InvokeHookMutationVariables = Exact<{
  input: InvokeHookInput;
}>;


export type InvokeHookMutation = { readonly invokeHook: InvocationPartsFragment };

export type ExecuteToolMutationVariables = Exact<{
  input: ExecuteToolInput;
}>;


export type ExecuteToolMutation = { readonly executeTool: ExecutionPartsFragment };

export type CancelToolExecutionMutationVariables = Exact<{
  input: CancelToolExecutionInput;
}>;


export type CancelToolExecutionMutation = { readonly cancelToolExecution: ExecutionPartsFragment };

export type EventsSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  filter?: EventFilter | null | undefined;
}>;


export type EventsSubscription = { readonly event:
    | HookInvokedPartsFragment
    | PluginChangedPartsFragment
    | PluginEmittedPartsFragment
    | ToolExecutedPartsFragment
   };

export type HookInvokedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  filter?: HookInvocationFilter | null | undefined;
}>;


export type HookInvokedSubscription = { readonly event: HookInvokedPartsFragment };

export type ToolExecutedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  filter?: ToolExecutionFilter | null | undefined;
}>;


export type ToolExecutedSubscription = { readonly event: ToolExecutedPartsFragment };

export type PluginChangedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type PluginChangedSubscription = { readonly event: PluginChangedPartsFragment };

/** The text of an operation, which knows the types of its answer and its variables. */
export interface Operation<Data, Variables> {
  readonly text: string;
  /** Never set; they carry the types. */
  readonly data?: Data;
  readonly variables?: Variables;
}

export const LATEST_CURSOR: Operation<LatestCursorQuery, LatestCursorQueryVariables> = {
  text: 'query LatestCursor{viewer{latestCursor}}',
};

export const TOOLS: Operation<ToolsQuery, ToolsQueryVariables> = {
  text: 'query Tools($after:String$pluginName:String){tools(first:200 after:$after pluginName:$pluginName){edges{node{name description parameters result timeoutMs maxConcurrent plugin{name version}}}pageInfo{hasNextPage endCursor}}}',
};

export const INVOKE_HOOK: Operation<InvokeHookMutation, InvokeHookMutationVariables> = {
  text: 'mutation InvokeHook($input:InvokeHookInput!){invokeHook(input:$input){id cursor hook runId agentId toolName outcome input output truncated block{pluginName code reason details}steps{pluginName pluginVersion mode outcome durationMs patch error{code message pluginCode retryable}}startedAt durationMs}}',
};

export const EXECUTE_TOOL: Operation<ExecuteToolMutation, ExecuteToolMutationVariables> = {
  text: 'mutation ExecuteTool($input:ExecuteToolInput!){executeTool(input:$input){id cursor toolName pluginName pluginVersion status params success data truncated error{code message pluginCode retryable}answeredBy runId agentId startedAt durationMs}}',
};

export const CANCEL_TOOL_EXECUTION: Operation<CancelToolExecutionMutation, CancelToolExecutionMutationVariables> = {
  text: 'mutation CancelToolExecution($input:CancelToolExecutionInput!){cancelToolExecution(input:$input){id cursor toolName pluginName pluginVersion status params success data truncated error{code message pluginCode retryable}answeredBy runId agentId startedAt durationMs}}',
};

export const EVENTS: Operation<EventsSubscription, EventsSubscriptionVariables> = {
  text: 'subscription Events($after:String$filter:EventFilter){event:events(after:$after filter:$filter){...on HookInvokedEvent{__typename cursor occurredAt invocation{id cursor hook runId agentId toolName outcome input output truncated block{pluginName code reason details}steps{pluginName pluginVersion mode outcome durationMs patch error{code message pluginCode retryable}}startedAt durationMs}}...on ToolExecutedEvent{__typename cursor occurredAt kind progress parts firstPart execution{id cursor toolName pluginName pluginVersion status params success data truncated error{code message pluginCode retryable}answeredBy runId agentId startedAt durationMs}}...on PluginChangedEvent{__typename cursor occurredAt change:kind pluginName truncated plugin{version enabled status problem{code message}}}...on PluginEmittedEvent{__typename cursor occurredAt pluginName name data runId agentId}}}',
};

export const HOOK_INVOKED: Operation<HookInvokedSubscription, HookInvokedSubscriptionVariables> = {
  text: 'subscription HookInvoked($after:String$filter:HookInvocationFilter){event:hookInvoked(after:$after filter:$filter){__typename cursor occurredAt invocation{id cursor hook runId agentId toolName outcome input output truncated block{pluginName code reason details}steps{pluginName pluginVersion mode outcome durationMs patch error{code message pluginCode retryable}}startedAt durationMs}}}',
};

export const TOOL_EXECUTED: Operation<ToolExecutedSubscription, ToolExecutedSubscriptionVariables> = {
  text: 'subscription ToolExecuted($after:String$filter:ToolExecutionFilter){event:toolExecuted(after:$after filter:$filter){__typename cursor occurredAt kind progress parts firstPart execution{id cursor toolName pluginName pluginVersion status params success data truncated error{code message pluginCode retryable}answeredBy runId agentId startedAt durationMs}}}',
};

export const PLUGIN_CHANGED: Operation<PluginChangedSubscription, PluginChangedSubscriptionVariables> = {
  text: 'subscription PluginChanged($after:String){event:pluginChanged(after:$after){__typename cursor occurredAt change:kind pluginName truncated plugin{version enabled status problem{code message}}}}',
};