/** What the host hands to a plugin's methods. The tenant always comes from the host, never from an argument. */
import type { Json, JsonObject } from '../json/json.ts';
import type { Capabilities } from './capabilities.ts';

export interface PluginContext extends Capabilities {
  readonly tenantId: string;
  /** The tenant's config, checked against `configSchema`, defaults filled in. It never changes: a new config opens a new instance. */
  readonly config: JsonObject;
  /** The version `compatibleVersions` is compared with. */
  readonly platformVersion: string;
  readonly log: PluginLog;
}

export interface PluginLog {
  debug(message: string, fields?: JsonObject): void;
  info(message: string, fields?: JsonObject): void;
  warn(message: string, fields?: JsonObject): void;
  error(message: string, fields?: JsonObject): void;
}

/** What a tool call and a hook step share. */
export interface CallContext extends PluginContext {
  readonly runId: string | null;
  readonly agentId: string | null;
  /**
   * Aborted when the call is cancelled or its caller goes away (`reason.name` is AbortError), and when its time is nearly up
   * (TimeoutError). Ignore it, and the host ends the call the hard way.
   */
  readonly signal: AbortSignal;
}

export interface ToolContext extends CallContext {
  /** `ToolExecution:…`, as everywhere else. */
  readonly executionId: string;
  /**
   * Says how far it is, to those who follow the call: at once, or, where more of it comes quickly, the newest.
   * @throws TypeError when it is not JSON, RangeError when it is too large.
   */
  progress(data: Json): void;
  /**
   * Gives a part of the result to those who follow the call. Every part reaches them, in order; the result itself is still
   * what `execute` returns.
   * @throws TypeError when it is not JSON, RangeError when it is too large.
   */
  part(data: Json): void;
}

export interface HookContext extends CallContext {
  /** `HookInvocation:…`, as everywhere else. */
  readonly invocationId: string;
  /** The execution this hook belongs to, for hooks around a tool call. */
  readonly executionId: string | null;
}
