/** What the host learns of a plugin by looking at it, before `onLoad`. Runs inside the isolate, or in process for trusted code. */
import { BasePlugin } from './plugin.ts';

export interface PluginDescription {
  /** As the author wrote it; the host parses it strictly. */
  readonly metadata: unknown;
  /** As the author wrote them, or null for a plugin without `tools`. */
  readonly tools: unknown;
  /** Whether `handleHook` was overridden. */
  readonly handlesHooks: boolean;
  /** Whether there is an `execute` to call. */
  readonly executesTools: boolean;
}

/** True when `value` has the methods of a plugin; the class it comes from may be another copy of the SDK. */
export function isPlugin(value: unknown): value is BasePlugin {
  return (
    typeof value === 'object' &&
    value !== null &&
    'metadata' in value &&
    'onLoad' in value &&
    typeof value.onLoad === 'function' &&
    'onUnload' in value &&
    typeof value.onUnload === 'function' &&
    'handleHook' in value &&
    typeof value.handleHook === 'function'
  );
}

export function describePlugin(plugin: BasePlugin): PluginDescription {
  return {
    metadata: plugin.metadata,
    tools: 'tools' in plugin ? plugin.tools : null,
    handlesHooks: plugin.handleHook !== BasePlugin.prototype.handleHook,
    executesTools: 'execute' in plugin && typeof plugin.execute === 'function',
  };
}
