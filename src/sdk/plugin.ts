import type { HookContext, PluginContext } from './context.ts';
import type { PluginHook } from './hooks.ts';
import type { JsonObject } from '../json/json.ts';
import type { PluginMetadata } from './metadata.ts';
import type { HookReturn } from './verdict.ts';

/** What every plugin extends. An instance is a cache: it may be evicted, replaced or killed at any time. */
export abstract class BasePlugin {
  abstract readonly metadata: PluginMetadata;

  /** Runs once before the instance is used; when it throws, enabling fails and nothing has changed. */
  onLoad(_context: PluginContext): void | Promise<void> {}

  /** Runs before the instance goes, except after a kill. */
  onUnload(): void | Promise<void> {}

  /** Takes part in the hooks that `metadata.hooks` names (all six when left out). */
  handleHook(_hook: PluginHook, _data: JsonObject, _context: HookContext): HookReturn | Promise<HookReturn> {
    return undefined;
  }
}
