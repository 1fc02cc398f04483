/** The limits under which every case runs, and the figures it is held to. */
import type { SandboxLimits } from '../../../src/sandbox/limits.ts';

export const WALL_MS = 900;
/** More than a call has, so that a machine that is busy loads what is only to attack later. */
export const LOAD_MS = 2_000;

export const ATTACK_LIMITS: Partial<SandboxLimits> = {
  heapMb: 32,
  initMs: LOAD_MS,
  unloadMs: WALL_MS,
  callMs: WALL_MS,
  describeMs: LOAD_MS,
  cpuMs: 500,
  outputBytes: 262_144,
  hostCalls: 1_000,
  sourceBytes: 262_144,
};

export const FIGURES = {
  /** Beyond the wall, until the caller has its answer. */
  answerGraceMs: 250,
  /** The next call of somebody who did nothing wrong. */
  nextCallMs: 250,
  /** Of all its calls in a run of the corpus. */
  canaryP99Ms: 150,
  /** Of the twenty or so that it makes during one case. */
  canaryWorstMs: 400,
  loopDelayMs: 100,
  /** Of each runner. */
  runnerPeakMb: 300,
  orphansMs: 2_000,
} as const;

/** A busy machine is slow for everybody: a figure then gives way to so many times what the same took just before the case. */
export const BUSY_FACTOR = 3;

export function allowed(figureMs: number, quietMs: number): number {
  return Math.max(figureMs, BUSY_FACTOR * quietMs);
}

/** `attacked` has the hostile plugins, `canary` calls a benign tool all the time, `vault` has a secret config. */
export const TENANTS = { attacked: 'acme', canary: 'globex', vault: 'initech' } as const;
