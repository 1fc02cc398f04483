/** Limits of hooks that are not those of a single call. */
export const HOOK_LIMITS = {
  /** Milliseconds for the mutators and validators of one invocation together. */
  invocationMs: { setting: 'HOOKLINE_HOOK_INVOCATION_MS', default: 10_000, min: 10, max: 600_000 },
} as const satisfies Record<string, { setting: string; default: number; min: number; max: number }>;
