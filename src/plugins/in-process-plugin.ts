/** Trusted plugins of an embedding program: a class, a factory, or an instance that tenants share. */
import { HooklineError } from '../errors/hookline-error.ts';
import { toJson } from '../json/to-json.ts';
import type { BasePlugin } from '../sdk/index.ts';
import { describePlugin, isPlugin } from '../sdk/describe.ts';
import { incompatibility, type SoundEntry } from './catalog-entry.ts';
import { openInProcess } from './in-process-instance.ts';
import { parseMetadata } from './parse-metadata.ts';

export type PluginLike = BasePlugin | (new () => BasePlugin) | (() => BasePlugin);

/** Constructs the plugin once to read what it says about itself. */
export function inProcessEntry(plugin: PluginLike, tenantId: string | null): SoundEntry {
  const make = maker(plugin);
  const first = construct(make);
  const { metadata, tools, ...methods } = describePlugin(first);
  const result = parseMetadata({ ...methods, metadata: toJson(metadata) ?? null, tools: toJson(tools) ?? null });
  if (!result.success) {
    throw new HooklineError('PLUGIN_VALIDATION_FAILED', 'The plugin describes itself in a way that cannot be used.', {
      details: result.issues,
    });
  }
  const reason = incompatibility(result.parsed);
  if (reason) throw new HooklineError('PLUGIN_INCOMPATIBLE', reason);
  return {
    name: result.parsed.name,
    trust: 'IN_PROCESS',
    tenantId,
    problem: null,
    parsed: result.parsed,
    open: (options) => openInProcess(make, result.parsed.name, options),
  };
}

function maker(plugin: PluginLike): () => BasePlugin {
  if (typeof plugin !== 'function') return () => plugin;
  return isClass(plugin) ? () => new plugin() : plugin;
}

function isClass(plugin: (new () => BasePlugin) | (() => BasePlugin)): plugin is new () => BasePlugin {
  const prototype: unknown = plugin.prototype;
  return typeof prototype === 'object' && prototype !== null && 'handleHook' in prototype;
}

function construct(make: () => BasePlugin): BasePlugin {
  let made: unknown;
  try {
    made = make();
  } catch (error) {
    throw new HooklineError(
      'PLUGIN_LOAD_FAILED',
      `The plugin's constructor threw: ${error instanceof Error ? error.message : String(error)}`,
      {
        details: { cause: 'PLUGIN_ERROR' },
        cause: error,
      },
    );
  }
  if (!isPlugin(made)) {
    throw new HooklineError(
      'PLUGIN_VALIDATION_FAILED',
      'This is not a plugin: register a class that extends BasePlugin or BaseToolPlugin, what definePlugin gave, a factory, or an instance.',
    );
  }
  return made;
}
