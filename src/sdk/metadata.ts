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
  /** Capabilities the plugin needs: `kv`, `http:HOST`, `events:emit`. `log` needs none. */
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

/**
 * Wishes, each a whole number. The operator sets what a plugin gets without one, and the most that it gets with one; a wish
 * beyond that is cut, and a warning says so.
 */
export interface PluginLimits {
  /** Megabytes of JavaScript heap for one instance. */
  readonly heapMb?: number;
  /** Milliseconds for loading the module and `onLoad`. */
  readonly initMs?: number;
  /** Milliseconds for `onUnload`. */
  readonly unloadMs?: number;
  /** Milliseconds of one tool call, for tools that name no `timeoutMs`. */
  readonly callMs?: number;
  /** Milliseconds of processor time of one call. */
  readonly cpuMs?: number;
  /** Milliseconds from the signal of a call that nobody waits for to its hard stop. */
  readonly abortGraceMs?: number;
  /** Bytes of one answer, as JSON. */
  readonly outputBytes?: number;
  /** Bytes of params or hook data, as JSON. */
  readonly inputBytes?: number;
  /** Bytes of log text of one call. */
  readonly logBytes?: number;
  /** Bytes of progress of one call, as JSON, in all. */
  readonly progressBytes?: number;
  /** Calls to the host during one call. */
  readonly hostCalls?: number;
  /** Calls under way in one instance. */
  readonly callsAtOnce?: number;
  /** Calls waiting for one instance. */
  readonly callsWaiting?: number;
}
