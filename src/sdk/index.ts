/** What plugin authors import, as `hookline/sdk`. */
export { BasePlugin } from './plugin.ts';
export { BaseToolPlugin, type ToolDefinition, type ToolParts, type ToolResult } from './tool-plugin.ts';
export {
  definePlugin,
  type HookSpec,
  type PluginClass,
  type PluginDefinition,
  type ToolSpec,
} from './define-plugin.ts';
export { block, respond, type Block, type BlockReason, type HookReturn, type Respond } from './verdict.ts';
export { isObject } from './is-object.ts';
export { PluginHook, PLUGIN_HOOKS, type FailurePolicy, type HookMode, type HookRule } from './hooks.ts';
export type { HookCondition, HookOptions, PluginLimits, PluginMetadata } from './metadata.ts';
export type {
  KvEntry,
  KvListOptions,
  KvWriteOptions,
  KvWriteResult,
  PluginEmit,
  PluginFetch,
  PluginFetchOptions,
  PluginKv,
  PluginResponse,
} from './capabilities.ts';
export type { CallContext, HookContext, PluginContext, PluginLog, ToolContext } from './context.ts';
export type { Json, JsonObject } from '../json/json.ts';
