/**
 * Everything a door can ask for, and the role it needs. Doors call nothing else, so REST cannot drift from GraphQL and
 * neither can forget to ask. An anonymous or unfit actor is refused here with UNAUTHENTICATED or FORBIDDEN.
 */
import type { Actor, ActorTenant } from '../auth/actor.ts';
import type { EventFilter, HookInvocationFilter, Positioned, ToolExecutionFilter } from '../events/journal.ts';
import type { CountedPage, Page, PageRequest } from '../events/page.ts';
import type { FollowedEvents } from '../events/followed-events.ts';
import type { HookInvocationRecord, ToolExecutionRecord } from '../events/records.ts';
import type { JsonObject } from '../json/json.ts';
import type { FailurePolicy, HookMode, PluginHook } from '../sdk/index.ts';
import type { HookOverride } from './hook-overrides.ts';
import type { HookStat } from './hook-stats.ts';
import type { PluginView, ToolView } from './plugin-view.ts';

/** What each use case needs: 'anyone' is any valid token, 'member' is admin or agent. */
export const USE_CASE_ROLES = {
  viewer: 'anyone',
  listPlugins: 'admin',
  getPlugin: 'admin',
  describePlugin: 'member',
  readHookStats: 'member',
  listTools: 'member',
  explainHookPipeline: 'member',
  listHookInvocations: 'member',
  listToolExecutions: 'member',
  getHookInvocation: 'member',
  getToolExecution: 'member',
  getToolExecutions: 'member',
  listInvocationsOfExecutions: 'member',
  followEvents: 'member',
  enablePlugin: 'admin',
  disablePlugin: 'admin',
  updatePluginConfig: 'admin',
  updateHookOverrides: 'admin',
  invokeHook: 'member',
  executeTool: 'member',
  cancelToolExecution: 'member',
  getTenant: 'anyone',
  listTenants: 'platform_admin',
  createTenant: 'platform_admin',
} as const satisfies Record<keyof UseCases, 'anyone' | 'member' | 'admin' | 'platform_admin'>;

/** Undefined or null: not signed in. */
export type Caller = Actor | null;

/** What a door knows of whoever waits for an answer. */
export interface Waiting {
  /** Aborted when nobody waits any more; a tool call or a hook invocation is cancelled then. */
  readonly callerGone?: AbortSignal | undefined;
}

export interface UseCases {
  viewer(caller: Caller): Promise<Viewer>;
  listPlugins(
    caller: Caller,
    input: PageRequest & { enabled?: boolean | null; search?: string | null },
  ): Promise<CountedPage<PluginView>>;
  /** PLUGIN_NOT_FOUND when the tenant's catalog has no such plugin. */
  getPlugin(caller: Caller, input: { name: string }): Promise<PluginView>;
  /** As `getPlugin`, for those who may see the plugin but not its config (`node`, `Tool.plugin`). */
  describePlugin(caller: Caller, input: { name: string }): Promise<PluginView>;
  /** Of these hooks of a plugin of the caller's tenant, whether or not there is one by that name. */
  readHookStats(
    caller: Caller,
    input: { pluginName: string; hooks: readonly PluginHook[] },
  ): Promise<readonly HookStat[]>;
  listTools(caller: Caller, input: PageRequest & { pluginName?: string | null }): Promise<CountedPage<ToolView>>;
  explainHookPipeline(
    caller: Caller,
    input: { hook: PluginHook; toolName?: string | null; agentId?: string | null },
  ): Promise<readonly HookPipelineStep[]>;
  listHookInvocations(
    caller: Caller,
    input: PageRequest & { filter?: HookInvocationFilter | null },
  ): Promise<Page<Positioned<HookInvocationRecord>>>;
  listToolExecutions(
    caller: Caller,
    input: PageRequest & { filter?: ToolExecutionFilter | null },
  ): Promise<Page<Positioned<ToolExecutionRecord>>>;
  /** Null when there is none. Ids in full: `HookInvocation:…`. */
  getHookInvocation(caller: Caller, input: { id: string }): Promise<Positioned<HookInvocationRecord> | null>;
  getToolExecution(caller: Caller, input: { id: string }): Promise<Positioned<ToolExecutionRecord> | null>;
  /** Those there are, in no order; with `atSeq`, the state as of that event. */
  getToolExecutions(
    caller: Caller,
    input: { ids: readonly string[]; atSeq?: number },
  ): Promise<readonly Positioned<ToolExecutionRecord>[]>;
  /** Of all these executions, in journal order. */
  listInvocationsOfExecutions(
    caller: Caller,
    input: { ids: readonly string[] },
  ): Promise<readonly Positioned<HookInvocationRecord>[]>;
  /** Checks rights and the cursor before it resolves. What it gives ends with the token, or when it is not read fast enough. */
  followEvents(caller: Caller, input: FollowInput): Promise<FollowedEvents>;
  enablePlugin(
    caller: Caller,
    input: {
      name: string;
      version?: string | null;
      config?: JsonObject | null;
      grants?: readonly string[] | null;
      idempotencyKey?: string | null;
    },
  ): Promise<PluginView>;
  disablePlugin(caller: Caller, input: { name: string }): Promise<PluginView>;
  updatePluginConfig(
    caller: Caller,
    input: { name: string; config: JsonObject; expectedRevision?: number | null },
  ): Promise<PluginView>;
  updateHookOverrides(
    caller: Caller,
    input: { name: string; overrides: readonly HookOverride[]; expectedRevision?: number | null },
  ): Promise<PluginView>;
  invokeHook(
    caller: Caller,
    input: {
      hook: PluginHook;
      data: JsonObject;
      runId?: string | null;
      agentId?: string | null;
      idempotencyKey?: string | null;
    },
    waiting?: Waiting,
  ): Promise<Positioned<HookInvocationRecord>>;
  executeTool(
    caller: Caller,
    input: {
      toolName: string;
      params: JsonObject;
      pluginName?: string | null;
      runId?: string | null;
      agentId?: string | null;
      /** Milliseconds; then it is answered as it stands, and goes on. */
      waitMs?: number | null;
      idempotencyKey?: string | null;
    },
    waiting?: Waiting,
  ): Promise<Positioned<ToolExecutionRecord>>;
  /** `ToolExecution:…`; an agent's own alone, else NOT_FOUND as for one that does not exist. One that has ended stays as it is. */
  cancelToolExecution(caller: Caller, input: { id: string }): Promise<Positioned<ToolExecutionRecord>>;
  /** The caller's own tenant; any, for a platform admin. Null otherwise, and when there is none by that UUID. */
  getTenant(caller: Caller, input: { id: string }): Promise<ActorTenant | null>;
  listTenants(caller: Caller, input: PageRequest): Promise<CountedPage<ActorTenant>>;
  createTenant(caller: Caller, input: { slug: string; name?: string | null }): Promise<ActorTenant>;
}

export interface Viewer {
  readonly subject: string;
  readonly tenant: ActorTenant | null;
  readonly roles: readonly string[];
  /** Read from the journal when it is asked for; null without a tenant. */
  latestCursor(): Promise<string | null>;
}

export interface HookPipelineStep {
  readonly position: number;
  readonly phase: HookMode;
  readonly pluginName: string;
  readonly pluginVersion: string;
  readonly priority: number;
  readonly timeoutMs: number;
  readonly onFailure: FailurePolicy;
  readonly when: JsonObject | null;
  readonly applies: boolean;
  /** A sentence: why it takes part, or why not. */
  readonly reason: string;
}

/** One event type with its own filter, or several with the common one. */
export type FollowInput = { readonly after?: string | null } & (
  | { readonly type: 'HOOK_INVOKED'; readonly filter?: HookInvocationFilter | null }
  | { readonly type: 'TOOL_EXECUTED'; readonly filter?: ToolExecutionFilter | null }
  | { readonly type: 'PLUGIN_CHANGED' }
  | { readonly type: 'ANY'; readonly filter?: EventFilter | null }
);

/** What a use case is given besides the caller. */
export type UseCaseInput<Name extends keyof UseCases> = Parameters<UseCases[Name]>[1];
