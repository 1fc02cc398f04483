/** What must be true after every case. Each condition gives a list of complaints; an empty one is what is wanted. */
import type { SandboxProfile } from '../../../src/sandbox/process-flags.ts';
import type { AttackCase, Ending } from './attack-case.ts';
import { allowed, FIGURES, LOAD_MS, WALL_MS } from './attack-limits.ts';
import type { Observation } from './run-attack.ts';
import { findSecrets } from './secrets.ts';

export interface Complaint {
  readonly condition: string;
  /** It took too long, which on a busy machine may be somebody else's fault. */
  readonly timing: boolean;
  readonly text: string;
}

type Condition = (seen: Observation, profile: SandboxProfile, hidden: readonly string[]) => readonly (string | Slow)[];

interface Slow {
  readonly slow: string;
}

const CONDITIONS = {
  PC1: endsAsExpected,
  PC2: serverIsUntouched,
  PC3: othersAreServed,
  PC4: loopIsFree,
  PC5: memoryIsBounded,
  PC6: nothingLeaks,
  PC7: isToldOnce,
  PC8: leavesNothingBehind,
} as const satisfies Record<string, Condition>;

export function complaintsOf(
  seen: Observation,
  profile: SandboxProfile,
  hidden: readonly string[],
): readonly Complaint[] {
  return Object.entries(CONDITIONS).flatMap(([condition, check]) =>
    check(seen, profile, hidden).map((found) =>
      typeof found === 'string'
        ? { condition, timing: false, text: found }
        : { condition, timing: true, text: found.slow },
    ),
  );
}

function endsAsExpected(seen: Observation, profile: SandboxProfile): readonly (string | Slow)[] {
  const { answer, attack, mode } = seen;
  const wall = (attack.by === 'enable' ? LOAD_MS : WALL_MS) + allowed(FIGURES.answerGraceMs, seen.quiet.canaryP99Ms);
  const complaints: (string | Slow)[] = [];
  if (answer.ms > wall) complaints.push({ slow: `it was answered after ${Math.round(answer.ms)} ms` });
  if (mode === 'validated' && attack.validator !== 'accepted') return [...complaints, ...refusalOf(seen)];
  const expected = expectedOf(attack, profile);
  if (mode === 'validated' && answer.code === 'PLUGIN_VALIDATION_FAILED' && !expected.includes(answer.code))
    complaints.push(`the validator refused it: ${answer.message}`);
  if (!expected.some((code) => code === answer.code)) {
    const text = `it ended as ${answer.code} (${answer.message}), not as ${expected.join(' or ')}`;
    // It was stopped by a clock before it came to what it was to do: too slow, and nothing worse.
    complaints.push(/(^|:)TIMEOUT$/.test(answer.code) ? { slow: text } : text);
  }
  const wrong =
    answer.code === 'OK' || answer.code === 'PLUGIN_ERROR'
      ? attack.check?.({ ...answer, log: seen.log }, profile)
      : undefined;
  return wrong === undefined ? complaints : [...complaints, wrong];
}

export function expectedOf(attack: AttackCase, profile: SandboxProfile): readonly Ending[] {
  return (profile === 'jit' ? attack.containedInJit : undefined) ?? attack.contained ?? [];
}

function refusalOf({ answer, attack }: Observation): readonly string[] {
  const rules: readonly string[] = attack.validator === 'accepted' ? [] : attack.validator;
  if (answer.code !== 'PLUGIN_VALIDATION_FAILED')
    return [`the validator let it pass, and it ended as ${answer.code} (${answer.message})`];
  if (rules.includes(answer.rule ?? '')) return [];
  return [`the validator refused it by ${answer.rule}, not by ${rules.join(' or ')}`];
}

function serverIsUntouched({ serverEnded, health }: Observation): readonly string[] {
  const failed = health.filter(({ problem }) => problem !== undefined);
  return [
    ...(serverEnded === null ? [] : [serverEnded]),
    ...failed.map(({ problem }) => `/healthz failed: ${problem}`),
  ];
}

function othersAreServed({
  next,
  nextOwn,
  attack,
  canary,
  canaryP99Ms,
  quiet,
}: Observation): readonly (string | Slow)[] {
  const soon = allowed(FIGURES.nextCallMs, quiet.canaryP99Ms);
  const worstMs = allowed(FIGURES.canaryWorstMs, quiet.canaryP99Ms);
  const failed = canary.filter(({ problem }) => problem !== undefined);
  const mustAnswer = attack.survives === false ? [next] : [next, ...(nextOwn ? [nextOwn] : [])];
  return [
    ...mustAnswer
      .filter(({ code }) => code !== 'OK')
      .map((call) => `the next call ended as ${call.code} (${call.message})`),
    ...mustAnswer
      .filter(({ ms }) => ms > soon)
      .map(({ ms }) => ({ slow: `the next call took ${Math.round(ms)} ms (${next.ms === ms ? 'other' : 'own'})` })),
    ...failed.map(({ problem }) => `a canary's call failed: ${problem}`),
    ...(canaryP99Ms > worstMs ? [{ slow: `the canary's calls took up to ${Math.round(canaryP99Ms)} ms` }] : []),
  ];
}

function loopIsFree({ loopDelayMs, quiet }: Observation): readonly Slow[] {
  if (loopDelayMs <= allowed(FIGURES.loopDelayMs, quiet.loopDelayMs)) return [];
  return [{ slow: `the server's event loop was held for ${Math.round(loopDelayMs)} ms` }];
}

function memoryIsBounded({ peakRunnerMb }: Observation): readonly string[] {
  const limit = FIGURES.runnerPeakMb;
  return peakRunnerMb <= limit ? [] : [`a runner had ${Math.round(peakRunnerMb)} MB, more than ${limit}`];
}

function nothingLeaks(
  { texts, polluted }: Observation,
  _profile: SandboxProfile,
  hidden: readonly string[],
): readonly string[] {
  const leaks = texts.flatMap((text) =>
    findSecrets(text, hidden).map((secret) => `${secret} is in: ${text.slice(0, 500)}`),
  );
  return [...leaks, ...(polluted ? ['the prototype of every object in the server was changed'] : [])];
}

function isToldOnce({ answer, endings, counted }: Observation): readonly string[] {
  if (answer.executionId === undefined) return [];
  const told = endings.length === 1 && endings[0] === answer.code;
  const count = counted.length === 1 && counted[0]?.code === answer.code && counted[0].count === 1;
  return [
    ...(told ? [] : [`the events say that it ended as ${JSON.stringify(endings)}`]),
    ...(count ? [] : [`the metrics count ${JSON.stringify(counted)}`]),
  ];
}

function leavesNothingBehind({ rest }: Observation): readonly string[] {
  if (rest.found) return [];
  const { runners, allowed } = rest;
  const busy = runners.map(({ threads, cpuMs }) => `${threads} threads, ${cpuMs} ms of processor time`).join('; ');
  return [`there are ${runners.length} runners (${busy}); ${allowed} at rest are allowed`];
}
