/** A plugin as one tenant sees it: what both doors show and what a PLUGIN_CHANGED event keeps. */
import type { ErrorCode } from '../errors/error-codes.ts';
import type { ErrorDetail } from '../errors/hookline-error.ts';
import { isJsonObject, type JsonObject } from '../json/json.ts';
import type { PluginHook } from '../sdk/index.ts';
import type { HookOverride } from './hook-overrides.ts';

export const PLUGIN_TRUSTS = ['SANDBOXED', 'IN_PROCESS'] as const;
export type PluginTrust = (typeof PLUGIN_TRUSTS)[number];
export const PLUGIN_SCOPES = ['GLOBAL', 'TENANT'] as const;
export type PluginScope = (typeof PLUGIN_SCOPES)[number];
export const PLUGIN_STATUSES = ['AVAILABLE', 'ENABLED', 'DISABLED', 'FAILED'] as const;
export type PluginStatus = (typeof PLUGIN_STATUSES)[number];

export interface PluginProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly rule: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** RFC 3339. */
  readonly at: string;
  readonly details?: readonly ErrorDetail[] | { readonly cause: string };
}

export interface RegistrationView {
  /** UUID. */
  readonly id: string;
  readonly pluginName: string;
  readonly pluginVersion: string;
  readonly enabled: boolean;
  readonly config: JsonObject;
  readonly configRevision: number;
  /** Null: what the plugin requires. */
  readonly grants: readonly string[] | null;
  /** Why the host disabled it; null when it did not. */
  readonly disabledReason: string | null;
  /** In the order of the table of hooks, at most one of each. */
  readonly hookOverrides: readonly HookOverride[];
  readonly installedAt: string;
  readonly updatedAt: string;
}

export interface PluginView {
  readonly name: string;
  readonly version: string;
  readonly author: string;
  readonly description: string;
  readonly trust: PluginTrust;
  readonly scope: PluginScope;
  readonly status: PluginStatus;
  readonly enabled: boolean;
  readonly problem: PluginProblem | null;
  readonly hooks: readonly PluginHook[];
  readonly tools: readonly ToolSummary[];
  readonly requiredPermissions: readonly string[];
  readonly compatibleVersions: string | null;
  readonly configSchema: JsonObject | null;
  /** The stored config, or the schema's defaults before there is a row. */
  readonly config: JsonObject;
  /** 0 before there is a row. */
  readonly configRevision: number;
  /** The granted permissions in force. */
  readonly grants: readonly string[];
  /** What an admin set in the place of its own hook options. */
  readonly hookOverrides: readonly HookOverride[];
  readonly registration: RegistrationView | null;
}

/** One that was kept as JSON by this program. */
export function parsePluginView(json: string): PluginView {
  const view: unknown = JSON.parse(json);
  if (!isKeptView(view)) throw new Error('What was kept is no plugin with a status that this version knows.');
  return view;
}

function isKeptView(view: unknown): view is PluginView & JsonObject {
  return isJsonObject(view) && PLUGIN_STATUSES.some((status) => status === view['status']);
}

export interface ToolSummary {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
  readonly result: JsonObject | null;
  readonly timeoutMs: number;
  /** Calls under way at once, as its author says; null: as many as the operator gives to each tool. */
  readonly maxConcurrent: number | null;
}

/** A tool of an enabled plugin, with the plugin that offers it. */
export interface ToolView extends ToolSummary {
  readonly plugin: PluginView;
}
