/** Keeps what each case came to, for the tables of docs/THREATS.md, where a run asks for it. */
import { appendFileSync } from 'node:fs';
import type { SandboxProfile } from '../../../src/sandbox/process-flags.ts';
import type { Observation } from './run-attack.ts';

export interface RecordedOutcome {
  readonly id: string;
  readonly of: string;
  readonly profile: SandboxProfile;
  readonly mode: string;
  readonly code: string;
  readonly answerMs: number;
  readonly canaryP99Ms: number;
  readonly loopDelayMs: number;
  readonly peakRunnerMb: number;
  readonly retried: boolean;
}

/** A file of which each run of the attacks adds lines; set by scripts/test-attacks.ts. */
const RECORD = process.env['HOOKLINE_ATTACK_RECORD'];

export function recordOutcome(profile: SandboxProfile, seen: Observation, retried: boolean): void {
  if (!RECORD) return;
  const { attack, mode, answer, canaryP99Ms, loopDelayMs, peakRunnerMb } = seen;
  const outcome: RecordedOutcome = {
    id: attack.id,
    of: attack.of,
    profile,
    mode,
    code: answer.code,
    answerMs: answer.ms,
    canaryP99Ms,
    loopDelayMs,
    peakRunnerMb,
    retried,
  };
  appendFileSync(RECORD, `${JSON.stringify(outcome)}\n`);
}
