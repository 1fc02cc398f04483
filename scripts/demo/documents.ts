/** What the demo asks of Hookline, and the shape of each answer. */
import type { ExecutionError } from '../../src/errors/execution-error.ts';
import type {
  HookInvocationRecord,
  HookStep,
  PluginChangeKind,
  ToolEventKind,
  ToolExecutionRecord,
} from '../../src/events/records.ts';
import type { JsonObject } from '../../src/json/json.ts';

/** A GraphQL text that knows the type of its answer. */
export interface Operation<Data> {
  readonly text: string;
  /** Never set; it carries the type. */
  readonly data?: Data;
}

export type Step = Pick<HookStep, 'pluginName' | 'durationMs' | 'patch'> & {
  /** GraphQL's names are the SDK's in capitals. */
  readonly mode: 'MUTATE' | 'VALIDATE' | 'OBSERVE';
  readonly outcome: HookStep['outcome'];
  readonly error: Pick<ExecutionError, 'code' | 'message'> | null;
};

export type Invocation = Pick<
  HookInvocationRecord,
  'hook' | 'toolName' | 'outcome' | 'input' | 'output' | 'truncated' | 'durationMs'
> & {
  readonly cursor: string;
  readonly block: { readonly pluginName: string; readonly code: string; readonly reason: string } | null;
  readonly steps: readonly Step[];
};

export type Execution = Pick<ToolExecutionRecord, 'id' | 'toolName' | 'status' | 'params' | 'data' | 'durationMs'> & {
  readonly error: (Pick<ExecutionError, 'code' | 'message'> & { readonly pluginCode: string | null }) | null;
};

export type WatchedEvent = { readonly cursor: string; readonly occurredAt: string } & (
  | { readonly __typename: 'HookInvokedEvent'; readonly invocation: Invocation }
  | { readonly __typename: 'ToolExecutedEvent'; readonly kind: ToolEventKind; readonly execution: Execution }
  | { readonly __typename: 'PluginChangedEvent'; readonly changed: PluginChangeKind; readonly pluginName: string }
);

const INVOCATION = `fragment InvocationParts on HookInvocation {
  cursor hook toolName outcome input output truncated durationMs
  block { pluginName code reason }
  steps { pluginName mode outcome durationMs patch error { code message } }
}`;

const EXECUTION = `fragment ExecutionParts on ToolExecution {
  id toolName status params data durationMs
  error { code message pluginCode }
}`;

export const FOLLOW_EVENTS: Operation<{ events: WatchedEvent }> = {
  text: `subscription FollowEvents($after: String) {
    events(after: $after) {
      __typename cursor occurredAt
      ... on HookInvokedEvent { invocation { ...InvocationParts } }
      ... on ToolExecutedEvent { kind execution { ...ExecutionParts } }
      ... on PluginChangedEvent { changed: kind pluginName }
    }
  }
  ${INVOCATION} ${EXECUTION}`,
};

export const LATEST_CURSOR: Operation<{ viewer: { latestCursor: string | null } }> = {
  text: 'query LatestCursor { viewer { latestCursor } }',
};

export const PLUGIN_CONFIG: Operation<{ plugin: { config: JsonObject | null } | null }> = {
  text: 'query PluginConfig($name: String!) { plugin(name: $name) { config } }',
};

export const ENABLE_PLUGIN: Operation<{ enablePlugin: { name: string; version: string } }> = {
  text: 'mutation EnablePlugin($input: EnablePluginInput!) { enablePlugin(input: $input) { name version } }',
};

export const INVOKE_HOOK: Operation<{ invokeHook: Invocation }> = {
  text: `mutation InvokeHook($input: InvokeHookInput!) { invokeHook(input: $input) { ...InvocationParts } } ${INVOCATION}`,
};

export const EXECUTE_TOOL: Operation<{ executeTool: Execution }> = {
  text: `mutation ExecuteTool($input: ExecuteToolInput!) { executeTool(input: $input) { ...ExecutionParts } } ${EXECUTION}`,
};
