import type { HookContext, PluginContext, ToolContext } from './context.ts';
import type { PluginHook } from './hooks.ts';
import type { JsonObject } from '../json/json.ts';
import type { HookOptions, PluginMetadata } from './metadata.ts';
import { BasePlugin } from './plugin.ts';
import { BaseToolPlugin, type ToolDefinition, type ToolParts, type ToolResult } from './tool-plugin.ts';
import type { HookReturn } from './verdict.ts';

export interface PluginDefinition extends Omit<PluginMetadata, 'hooks'> {
  readonly tools?: { readonly [toolName: string]: ToolSpec };
  readonly hooks?: { readonly [H in PluginHook]?: HookSpec };
  onLoad?(context: PluginContext): void | Promise<void>;
  onUnload?(): void | Promise<void>;
}

export interface ToolSpec extends Omit<ToolDefinition, 'name'> {
  // Bivariant on purpose: an author narrows `params` to what the schema promises.
  execute(params: JsonObject, context: ToolContext): ToolResult | Promise<ToolResult> | ToolParts;
}

export interface HookSpec extends HookOptions {
  handle(data: JsonObject, context: HookContext): HookReturn | Promise<HookReturn>;
}

export type PluginClass = new () => BasePlugin;

/** A plugin without writing a class: the definition becomes one, so the host sees only classes. */
export function definePlugin(definition: PluginDefinition): PluginClass {
  for (const [name, tool] of Object.entries(definition.tools ?? {})) {
    requireFunction(`The tool "${name}"`, 'execute', tool.execute);
  }
  for (const [name, hook] of Object.entries<HookSpec>(definition.hooks ?? {})) {
    requireFunction(`The hook ${name}`, 'handle', hook.handle);
  }
  return definition.tools ? toolPluginClass(definition, definition.tools) : pluginClass(definition);
}

/** Authors in JavaScript have no type that would tell them. */
function requireFunction(what: string, method: string, found: unknown): void {
  if (typeof found !== 'function') throw new TypeError(`${what} needs a function "${method}".`);
}

function pluginClass(definition: PluginDefinition): PluginClass {
  return class extends BasePlugin {
    readonly metadata = metadataOf(definition);
    override onLoad(context: PluginContext) {
      return definition.onLoad?.(context);
    }
    override onUnload() {
      return definition.onUnload?.();
    }
    override handleHook(hook: PluginHook, data: JsonObject, context: HookContext) {
      return definition.hooks?.[hook]?.handle(data, context);
    }
  };
}

function toolPluginClass(definition: PluginDefinition, tools: { readonly [toolName: string]: ToolSpec }): PluginClass {
  return class extends BaseToolPlugin {
    readonly metadata = metadataOf(definition);
    readonly tools = Object.entries(tools).map(([name, { execute: _, ...tool }]) => ({ ...tool, name }));
    override onLoad(context: PluginContext) {
      return definition.onLoad?.(context);
    }
    override onUnload() {
      return definition.onUnload?.();
    }
    override handleHook(hook: PluginHook, data: JsonObject, context: HookContext) {
      return definition.hooks?.[hook]?.handle(data, context);
    }
    execute(toolName: string, params: JsonObject, context: ToolContext) {
      const tool = Object.hasOwn(tools, toolName) ? tools[toolName] : undefined;
      if (!tool) return { success: false as const, error: `There is no tool "${toolName}" in this plugin.` };
      return tool.execute(params, context);
    }
  };
}

function metadataOf({ tools: _t, hooks, onLoad: _l, onUnload: _u, ...metadata }: PluginDefinition): PluginMetadata {
  const entries: readonly (readonly [string, HookSpec])[] = Object.entries(hooks ?? {});
  return {
    ...metadata,
    hooks: Object.fromEntries(entries.map(([hook, { handle: _, ...options }]) => [hook, options])),
  };
}
