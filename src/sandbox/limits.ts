/** Every limit of the sandbox: its name carries the unit, its default is here, and its clock or counter is outside the plugin. */
export const SANDBOX_LIMITS = {
  heapMb: { default: 32, max: 128, means: 'JavaScript heap of one instance' },
  initMs: { default: 2_000, max: 10_000, means: 'loading the module and onLoad' },
  unloadMs: { default: 1_000, max: 5_000, means: 'onUnload' },
  describeMs: { default: 2_000, max: 10_000, means: 'reading metadata and tools' },
  callMs: { default: 5_000, max: 60_000, means: 'one tool call, when the tool names no timeoutMs' },
  cpuMs: { default: 1_000, max: 60_000, means: 'processor time of one call' },
  abortGraceMs: { default: 250, max: 1_000, means: 'from the signal of a call that nobody waits for to its hard stop' },
  outputBytes: { default: 262_144, max: 1_048_576, means: 'one answer, as JSON' },
  inputBytes: { default: 262_144, max: 1_048_576, means: 'params or hook data, as JSON' },
  logBytes: { default: 16_384, max: 65_536, means: 'log text of one call' },
  hostCalls: { default: 1_000, max: 10_000, means: 'calls to the host during one call' },
  callsAtOnce: { default: 8, max: 8, means: 'calls under way in one instance' },
  callsWaiting: { default: 64, max: 64, means: 'calls waiting for one instance' },
  sourceBytes: { default: 262_144, max: 262_144, means: 'source of a plugin' },
  sourceTokens: { default: 50_000, max: 50_000, means: 'tokens of a plugin' },
  // Processor time, because a machine that is busy with other things must not refuse a sound plugin. Off Linux, where it
  // cannot be read of another process, only the wall counts.
  compileMs: { default: 2_000, max: 2_000, means: 'processor time for parsing, checking and stripping a plugin' },
  compileWallMs: { default: 8_000, max: 8_000, means: 'the same, by the clock on the wall' },
} as const satisfies Record<string, { default: number; max: number; means: string }>;

export type SandboxLimits = { readonly [L in keyof typeof SANDBOX_LIMITS]: number };

export const DEFAULT_LIMITS = Object.fromEntries(
  Object.entries(SANDBOX_LIMITS).map(([name, limit]) => [name, limit.default]),
) as unknown as SandboxLimits;

/** `wanted` instead of `base` where given, each between 1 and its maximum. */
export function limitsOf(base: SandboxLimits, wanted: Partial<SandboxLimits> = {}): SandboxLimits {
  const limits = { ...base };
  for (const name of Object.keys(SANDBOX_LIMITS) as (keyof SandboxLimits)[]) {
    limits[name] = Math.min(Math.max(wanted[name] ?? base[name], 1), SANDBOX_LIMITS[name].max);
  }
  return limits;
}
