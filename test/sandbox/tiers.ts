/** The tiers of this machine, for tests that run in each: those it lacks are skipped under the name of the reason. */
import type { Confinement, SandboxTier } from '../../src/sandbox/confinement.ts';
import { SANDBOX_TIERS } from '../../src/sandbox/confinement.ts';
import { findConfinements, thisMachine } from '../../src/sandbox/find-confinement.ts';
import { findIsolatedVm } from '../../src/sandbox/isolated-vm-gate.ts';
import { compilerProgram, runnerProgram } from '../../src/sandbox/process-flags.ts';
import { runnerBuild } from '../../src/sandbox/runner-build.ts';

/** What every machine has. */
export const PORTABLE: Confinement = {
  tier: 'portable',
  ownId: undefined,
  commands: thisMachine().commands,
  missing: [],
};

export const PROGRAMS = [runnerProgram('hardened', runnerBuild(), findIsolatedVm()), compilerProgram()] as const;

export interface TierOfMachine {
  readonly tier: SandboxTier;
  readonly confinement: Confinement | undefined;
  /** For the name of a test. */
  readonly why: string;
}

export const TIERS: readonly TierOfMachine[] = await Promise.all(
  (Object.keys(SANDBOX_TIERS) as SandboxTier[]).map(async (tier) => {
    try {
      const { value } = await findConfinements(tier, PROGRAMS).next();
      return { tier, confinement: value ?? undefined, why: '' };
    } catch (error) {
      return { tier, confinement: undefined, why: ` (skipped: ${error instanceof Error ? error.message : 'unknown'})` };
    }
  }),
);
