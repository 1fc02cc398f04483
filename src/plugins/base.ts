/** The original's module of the same name: hands on the SDK's plugin class and what belongs to it. */
export { BasePlugin, PluginHook, block, respond } from '../sdk/index.ts';
export type { HookContext, PluginContext, PluginMetadata } from '../sdk/index.ts';
