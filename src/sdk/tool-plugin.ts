import type { ToolContext } from './context.ts';
import type { Json, JsonObject } from '../json/json.ts';
import { BasePlugin } from './plugin.ts';

export interface ToolDefinition {
  /** Unique in its plugin: a letter, then letters, digits, `_` or `-`, at most 64 characters. */
  readonly name: string;
  /** Read by people and by models. */
  readonly description: string;
  /** JSON Schema (draft 2020-12) of the parameters. */
  readonly parameters: JsonObject;
  /** JSON Schema of the result's data; enforced when given. */
  readonly result?: JsonObject;
  /** Milliseconds. Default 5000. */
  readonly timeoutMs?: number;
  /** Calls of this tool that one tenant may have under way at once; further ones are RATE_LIMITED. Default: the operator's. */
  readonly maxConcurrent?: number;
}

export type ToolResult =
  | { readonly success: true; readonly data: Json }
  | { readonly success: false; readonly error: string; readonly code?: string };

/** `execute` as an async generator: what it yields are parts of the result, as by `context.part`; what it returns is the result. */
export type ToolParts = AsyncGenerator<Json, ToolResult, void>;

/** A plugin that offers tools to agents; it may take part in hooks as well. */
export abstract class BaseToolPlugin extends BasePlugin {
  abstract readonly tools: readonly ToolDefinition[];

  abstract execute(
    toolName: string,
    params: JsonObject,
    context: ToolContext,
  ): ToolResult | Promise<ToolResult> | ToolParts;
}
