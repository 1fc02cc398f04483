/** Every limit of the sandbox: its name carries the unit, its default is here, and its clock or counter is outside the plugin. */
export interface LimitRule {
  readonly default: number;
  /** The end of it for everybody: what an operator may set, and a plugin may wish for where the operator set nothing. */
  readonly max: number;
  /** Default 1. */
  readonly min?: number;
  readonly means: string;
  /** What ends a thing that goes beyond it, and as what. */
  readonly exceeded: string;
  /** The clock or the counter that sees it. */
  readonly by: string;
  /** Whether a plugin may wish for another one in `metadata.limits`. */
  readonly wish: boolean;
}

export const SANDBOX_LIMITS = {
  heapMb: {
    default: 32,
    max: 128,
    min: 8,
    means: 'JavaScript heap of one instance',
    exceeded: 'MEMORY_LIMIT_EXCEEDED; the instance is gone',
    by: 'V8, and the data limit or the memory watch of its process',
    wish: true,
  },
  initMs: {
    default: 2_000,
    max: 10_000,
    means: 'loading the module and onLoad',
    exceeded: 'PLUGIN_LOAD_FAILED, cause TIMEOUT',
    by: "the server's clock",
    wish: true,
  },
  unloadMs: {
    default: 1_000,
    max: 5_000,
    means: 'onUnload',
    exceeded: 'the instance is ended without it',
    by: "the server's clock",
    wish: true,
  },
  describeMs: {
    default: 2_000,
    max: 10_000,
    means: 'reading metadata and tools',
    exceeded: 'PLUGIN_LOAD_FAILED, cause TIMEOUT; the plugin is FAILED in the catalog',
    by: "the server's clock",
    wish: false,
  },
  callMs: {
    default: 5_000,
    max: 60_000,
    means: 'one tool call, when the tool names no timeoutMs',
    exceeded: 'TIMEOUT',
    by: "the server's clock, from the start of the call",
    wish: true,
  },
  cpuMs: {
    default: 1_000,
    max: 60_000,
    means: 'processor time of one call',
    exceeded: 'TIMEOUT',
    by: 'the runner, by what the operating system tells of its threads',
    wish: true,
  },
  abortGraceMs: {
    default: 250,
    max: 1_000,
    means: 'from the signal of a call that nobody waits for to its hard stop',
    exceeded: 'TIMEOUT or CANCELLED; the instance is gone',
    by: "the server's clock",
    wish: true,
  },
  outputBytes: {
    default: 262_144,
    max: 1_048_576,
    means: 'one answer, as JSON',
    exceeded: 'OUTPUT_LIMIT_EXCEEDED',
    by: 'the isolate as it writes, and the runner',
    wish: true,
  },
  inputBytes: {
    default: 262_144,
    max: 1_048_576,
    means: 'params or hook data, and each request to the host and its answer, as JSON',
    exceeded: 'PARAMS_INVALID, and the plugin is not called; a request is refused',
    by: 'the server, before it crosses',
    wish: true,
  },
  logBytes: {
    default: 16_384,
    max: 65_536,
    means: 'log text of one call',
    exceeded: 'the rest is left out, and one line says so',
    by: 'the isolate, and again the runner and the server',
    wish: true,
  },
  progressBytes: {
    default: 1_048_576,
    max: 4_194_304,
    means: 'progress of one call, as JSON, in all',
    exceeded: 'OUTPUT_LIMIT_EXCEEDED; the instance is gone',
    by: 'the isolate, and again the runner and the server',
    wish: true,
  },
  hostCalls: {
    default: 1_000,
    max: 10_000,
    means: 'calls to the host during one call',
    exceeded: 'HOST_CALL_BUDGET_EXCEEDED; the instance is gone',
    by: 'the isolate, and again the runner and the server',
    wish: true,
  },
  callsAtOnce: {
    default: 8,
    max: 8,
    means: 'calls under way in one instance',
    exceeded: 'further calls wait',
    by: 'the server',
    wish: true,
  },
  callsWaiting: {
    default: 64,
    max: 64,
    means: 'calls waiting for one instance',
    exceeded: 'RATE_LIMITED; nothing is recorded',
    by: 'the server',
    wish: true,
  },
  sourceBytes: {
    default: 262_144,
    max: 262_144,
    means: 'source of a plugin',
    exceeded: 'PLUGIN_VALIDATION_FAILED, rule source-too-large',
    by: 'the server, before the compiler sees it',
    wish: false,
  },
  sourceTokens: {
    default: 50_000,
    max: 50_000,
    means: 'tokens of a plugin',
    exceeded: 'PLUGIN_VALIDATION_FAILED, rule source-too-complex',
    by: 'the compiler, before it parses',
    wish: false,
  },
  // Processor time, because a machine that is busy with other things must not refuse a sound plugin. Off Linux, where it
  // cannot be read of another process, only the wall counts. A compiler that has read nothing yet takes 50 to 75 us for a
  // token, most of it in the parser before V8 has made machine code of that: up to 3.8 s for as many as a source may have.
  compileMs: {
    default: 5_000,
    max: 5_000,
    means: 'processor time for parsing, checking and stripping a plugin',
    exceeded: 'PLUGIN_VALIDATION_FAILED, rule source-too-complex; the compiler is ended',
    by: 'the server, by what the operating system tells',
    wish: false,
  },
  compileWallMs: {
    default: 20_000,
    max: 20_000,
    means: 'the same, by the clock on the wall',
    exceeded: 'as compileMs',
    by: "the server's clock",
    wish: false,
  },
} as const satisfies Record<string, LimitRule>;

export type LimitName = keyof typeof SANDBOX_LIMITS;

export type SandboxLimits = { readonly [L in LimitName]: number };

/** What holds where a plugin wishes for nothing, and the most that it gets when it does. */
export interface LimitPolicy {
  readonly defaults: SandboxLimits;
  readonly most: SandboxLimits;
}

export const LIMIT_NAMES = Object.keys(SANDBOX_LIMITS) as readonly LimitName[];

/** In the order of the table. */
export const WISHABLE_LIMITS: readonly LimitName[] = LIMIT_NAMES.filter((name) => SANDBOX_LIMITS[name].wish);

export const DEFAULT_POLICY: LimitPolicy = {
  defaults: eachLimit((name) => SANDBOX_LIMITS[name].default),
  most: eachLimit((name) => SANDBOX_LIMITS[name].max),
};

export function eachLimit(value: (name: LimitName) => number): SandboxLimits {
  return Object.fromEntries(LIMIT_NAMES.map((name) => [name, value(name)])) as SandboxLimits;
}

export function leastOf(name: LimitName): number {
  const rule: LimitRule = SANDBOX_LIMITS[name];
  return rule.min ?? 1;
}
