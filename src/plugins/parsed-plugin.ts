/** A plugin's metadata, tools and hooks after the strict parse: defaults filled in, schemas compiled. */
import type { CompiledSchema } from '../json/json-schema.ts';
import type { JsonObject } from '../json/json.ts';
import type { SandboxLimits } from '../sandbox/limits.ts';
import type { FailurePolicy, HookCondition, HookMode, PluginHook } from '../sdk/index.ts';
import type { ToolSummary } from './plugin-view.ts';

export interface ParsedPlugin {
  readonly name: string;
  readonly version: string;
  readonly author: string;
  readonly description: string;
  readonly requiredPermissions: readonly string[];
  readonly compatibleVersions: string | null;
  readonly configSchema: JsonObject | null;
  /** Accepts every object when there is no `configSchema`. */
  readonly config: CompiledSchema;
  /** What it wishes for, as it is written; the sandbox gives at most what the operator allows. */
  readonly limits: Partial<SandboxLimits>;
  /** Calls under way and waiting, in all, that an instance takes. */
  readonly room: number;
  /** What is not as its author wrote it, in sentences. */
  readonly warnings: readonly string[];
  readonly hooks: readonly HookBinding[];
  readonly tools: readonly ParsedTool[];
}

/** How a plugin takes part in one hook. */
export interface HookBinding {
  readonly hook: PluginHook;
  readonly mode: HookMode;
  readonly priority: number;
  readonly timeoutMs: number;
  readonly onFailure: FailurePolicy;
  readonly when: HookCondition | null;
  readonly confidential: boolean;
}

export interface ParsedTool extends ToolSummary {
  readonly checkParams: CompiledSchema['check'];
  readonly checkResult: CompiledSchema['check'];
}
