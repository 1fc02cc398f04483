/** What a plugin says about itself. The host checks every field and names the one that is wrong. */
import type { FailurePolicy, HookMode, PluginHook } from './hooks.ts';
import type { JsonObject } from '../json/json.ts';

export interface PluginMetadata {
  /** Equals the file's base name: lower case, digits, `_` and `-` between words, at most 64 characters. */
  readonly name: string;
  /** A semantic version, such as `1.4.0`. */
  readonly version: string;
  readonly author: string;
  readonly description: string;
  /** Capabilities the plugin needs: `kv`, `http:HOST`, `secrets:NAME`, `events:emit`. `log` needs none. */
  readonly requiredPermissions?: readonly string[];
  /** The platform versions it works with, as a semver range such as `^1.0.0`. */
  readonly compatibleVersions?: string;
  /** JSON Schema (draft 2020-12) of the tenant's config; its `default`s are filled in. */
  readonly configSchema?: JsonObject;
  /** The hooks a class takes part in: a list of names, or options by name. Left out: all six, when `handleHook` is overridden. */
  readonly hooks?: readonly PluginHook[] | { readonly [H in PluginHook]?: HookOptions };
  /** What the plugin would like of the operator's limits. */
  readonly limits?: PluginLimits;
}

export interface HookOptions {
  /** Default `mutate`. */
  readonly mode?: HookMode;
  /** Lower runs first. Default 100. */
  readonly priority?: number;
  /** Milliseconds. Default 1000, for observers 250. */
  readonly timeoutMs?: number;
  /** Default `open`, for validators `closed`. */
  readonly onFailure?: FailurePolicy;
  /** Takes part only when every key given matches; `*` is a wildcard. */
  readonly when?: HookCondition;
  /** Keeps the hook's input out of the journal. */
  readonly confidential?: boolean;
}

export interface HookCondition {
  readonly toolName?: string | readonly string[];
  readonly agentId?: string | readonly string[];
}

export interface PluginLimits {
  /** Megabytes of JavaScript heap for one instance. */
  readonly heapMb?: number;
}
