/**
 * What the rest of the house sees of the sandbox. Behind it two kinds of child process: the compiler, which reads plugin
 * source, and the runner, which alone holds isolates. Only strings cross into an isolate and out of it.
 */
import type { ExecutionError } from '../errors/execution-error.ts';
import type { Json, JsonObject } from '../json/json.ts';
import type { PluginHook } from '../sdk/index.ts';
import type { SandboxTier } from './confinement.ts';
import type { AnswerHostRequest } from './host-methods.ts';
import type { LimitPolicy, SandboxLimits } from './limits.ts';

export interface PluginSource {
  /** The file's base name, without its ending. */
  readonly name: string;
  readonly language: 'ts' | 'js';
  readonly text: string;
}

/** What may run: exactly this text was validated, and `hash` (SHA-256, hex) is of it. */
export interface CompiledPlugin {
  readonly name: string;
  readonly code: string;
  readonly hash: string;
}

/** One thing a rule found. Lines and columns count from 1. */
export interface Finding {
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
  readonly line: number;
  readonly column: number;
}

/** A place where a source uses what a permission is for. Found by reading it, so others may be hidden. */
export interface CapabilityUse {
  readonly capability: 'kv' | 'http' | 'events';
  /** Of `http`, the host that is named there; null: the source does not tell it. */
  readonly host: string | null;
  /** False when the object it is taken from is only called as a context usually is. */
  readonly certain: boolean;
  readonly line: number;
  readonly column: number;
}

export interface SourceProblem {
  readonly code: 'PLUGIN_VALIDATION_FAILED' | 'PLUGIN_COMPILE_FAILED';
  readonly message: string;
  readonly findings: readonly Finding[];
}

/** What the compiler found out about a source. */
export type SourceVerdict =
  | {
      readonly success: true;
      readonly compiled: CompiledPlugin;
      readonly warnings: readonly Finding[];
      /** The first of each kind and host. */
      readonly uses: readonly CapabilityUse[];
    }
  | { readonly success: false; readonly problem: SourceProblem };

/** As `SourceVerdict`; SANDBOX_UNAVAILABLE when nothing was found out, because there is no compiler. */
export type CompileResult = SourceVerdict | { readonly success: false; readonly error: ExecutionError };

/** What the isolate told of the plugin, still as its author wrote it: the plugin layer parses it. */
export interface SandboxDescription {
  readonly metadata: Json;
  readonly tools: Json;
  readonly handlesHooks: boolean;
  readonly executesTools: boolean;
}

export type Outcome<T> =
  { readonly success: true; readonly value: T } | { readonly success: false; readonly error: ExecutionError };

/** As `Outcome`, and PLUGIN_COMPILE_FAILED apart: what V8 refuses after validation is not the plugin's behaviour. */
export type DescribeResult = Outcome<SandboxDescription> | { readonly success: false; readonly problem: SourceProblem };

export interface OpenOptions {
  readonly tenantId: string;
  readonly config: JsonObject;
  readonly grants: readonly string[];
  readonly platformVersion: string;
  /** What the plugin wishes for; it gets at most what the operator allows. */
  readonly limits?: Partial<SandboxLimits>;
  /** Answers what the plugin asks of its host, for this tenant and this plugin; absent: everything is denied. */
  readonly answerHostRequest?: AnswerHostRequest;
}

export interface ToolCall {
  readonly kind: 'tool';
  readonly toolName: string;
  readonly params: JsonObject;
  readonly context: { readonly executionId: string; readonly runId: string | null; readonly agentId: string | null };
}

export interface HookCall {
  readonly kind: 'hook';
  readonly hook: PluginHook;
  readonly data: JsonObject;
  readonly context: {
    readonly invocationId: string;
    readonly executionId: string | null;
    readonly runId: string | null;
    readonly agentId: string | null;
  };
}

export interface CallOptions {
  /** Milliseconds on the host's clock, counted from the start of the call, not from its place in the queue. */
  readonly wallMs: number;
  /** The plugin's own signal follows it; what has not ended `abortGraceMs` later is stopped. */
  readonly signal?: AbortSignal;
  /** The plugin has begun to work on the call. */
  readonly onStart?: () => void;
  /** `part`: counted from 0, for a part of the result; a number that is left out was lost. */
  readonly onProgress?: (data: Json, part?: number) => void;
}

/**
 * A loaded plugin of one tenant, after `onLoad`. The value of a tool call is whatever `execute` returned; of a hook call,
 * a `HookAnswer` of the SDK. Neither is checked yet. At most `callsAtOnce` run, `callsWaiting` wait.
 */
export interface PluginInstance {
  /** Whether one more call would be taken now. */
  hasRoom(): boolean;
  /** True once the instance cannot be used again: killed, crashed, thrown away after a breach, or closed. */
  readonly gone: boolean;
  call(call: ToolCall | HookCall, options: CallOptions): Promise<Outcome<Json>>;
  /** Waits for calls under way, then `onUnload` under its own limit. Never throws; a second close is the first. */
  close(): Promise<void>;
}

export interface SandboxLogLine {
  readonly tenantId: string;
  readonly pluginName: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: JsonObject;
}

export interface SandboxHealth {
  readonly ready: boolean;
  readonly profile: 'hardened' | 'jit';
  /** How far the operating system holds the processes. */
  readonly tier: SandboxTier;
  /** What the profile promises and this machine does not offer. */
  readonly missing: readonly string[];
  /** In use. */
  readonly runners: number;
  /** Empty and up: they take the place of the next that are needed. */
  readonly reserve: number;
  readonly instances: number;
}

export interface SandboxProcessEnd {
  readonly process: 'compiler' | 'runner';
  readonly pid: number;
  readonly reason: string;
  /** True when it was idle, worn out, or closed with the sandbox; false when it crashed or had to be killed. */
  readonly asked: boolean;
  /** Whose doing it was, where that is known. */
  readonly pluginName?: string;
  readonly tenantId?: string;
}

/** A plugin that ended its process, or for which it had to be ended. */
export interface PluginKill {
  readonly tenantId: string;
  readonly pluginName: string;
  readonly pid: number;
  /** In words, for everybody. */
  readonly reason: string;
}

export interface SandboxEvents {
  onLog?(line: SandboxLogLine): void;
  onProcessEnd?(end: SandboxProcessEnd): void;
  /** It is known to have done it; what only may have is not told of. */
  onPluginKilled?(kill: PluginKill): void;
}

export interface Sandbox extends AsyncDisposable {
  /** What the operator gives to plugins. */
  readonly limits: LimitPolicy;
  compile(source: PluginSource): Promise<CompileResult>;
  /** Reads metadata, tools and methods in an isolate, without `onLoad`; cached by hash. */
  describe(compiled: CompiledPlugin): Promise<DescribeResult>;
  open(compiled: CompiledPlugin, options: OpenOptions): Promise<Outcome<PluginInstance>>;
  health(): SandboxHealth;
  /** Tells the plugins of the calls under way, gives them `abortGraceMs`, and ends every child process; what has no answer by then ends as SANDBOX_UNAVAILABLE. */
  close(): Promise<void>;
}
