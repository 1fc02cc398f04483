/** The tables of numbers in docs/THREATS.md, from what a run of the attacks recorded. */
import { cpus } from 'node:os';
import { ATTACK_CLASSES, type AttackClass } from '../harness/attack-classes.ts';
import type { RecordedOutcome } from '../harness/record-outcome.ts';
import type { PlainOutcome } from '../comparison/run-plain.ts';
import type { AttackRecord } from './read-record.ts';

/** The document with each section for which there are numbers written anew. */
export function renderMeasurements(markdown: string, { outcomes, comparison }: AttackRecord): string {
  const sections: Readonly<Record<string, string | undefined>> = {
    hardened: outcomes.some(isOf('hardened')) ? attackTable(outcomes.filter(isOf('hardened'))) : undefined,
    jit: outcomes.some(isOf('jit')) ? attackTable(outcomes.filter(isOf('jit'))) : undefined,
    comparison: comparison.length > 0 ? comparisonTable(comparison) : undefined,
  };
  return markdown.replace(
    /(<!-- measured: (\w+) -->\n)[^]*?(<!-- \/measured -->)/g,
    (section, start: string, name: string, end: string) => {
      const table = sections[name];
      // The formatter would align the columns, and the table would differ with every longer cell.
      return table === undefined
        ? section
        : `${start}\n<!-- prettier-ignore-start -->\n\n${table}\n\n<!-- prettier-ignore-end -->\n\n${end}`;
    },
  );
}

function isOf(profile: RecordedOutcome['profile']): (outcome: RecordedOutcome) => boolean {
  return (outcome) => outcome.profile === profile;
}

function attackTable(outcomes: readonly RecordedOutcome[]): string {
  const rows = classes(outcomes).map(([name, of]) => [
    ATTACK_CLASSES[name],
    `${new Set(of.map(({ id }) => id)).size}`,
    `${of.length}`,
    codesOf(of),
    ...worst(of),
  ]);
  const all = [
    'all of them',
    `${new Set(outcomes.map(({ id }) => id)).size}`,
    `${outcomes.length}`,
    '',
    ...worst(outcomes),
  ];
  return [
    machine(),
    '',
    ...table(
      ['class', 'cases', 'runs', 'how they ended', 'slowest answer', "canary's slowest", 'loop delay', 'runner memory'],
      [...rows, all],
    ),
  ].join('\n');
}

function worst(outcomes: readonly RecordedOutcome[]): readonly string[] {
  const most = (read: (outcome: RecordedOutcome) => number) => Math.round(Math.max(0, ...outcomes.map(read)));
  return [
    `${most(({ answerMs }) => answerMs)} ms`,
    `${most(({ canaryP99Ms }) => canaryP99Ms)} ms`,
    `${most(({ loopDelayMs }) => loopDelayMs)} ms`,
    `${most(({ peakRunnerMb }) => peakRunnerMb)} MB`,
  ];
}

function codesOf(outcomes: readonly RecordedOutcome[]): string {
  const counts = Map.groupBy(outcomes, ({ code }) => code);
  return [...counts]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([code, runs]) => `${runs.length} × \`${code}\``)
    .join(', ');
}

function comparisonTable(outcomes: readonly PlainOutcome[]): string {
  const count = (of: readonly PlainOutcome[], is: (outcome: PlainOutcome) => boolean) => `${of.filter(is).length}`;
  const row = (name: string, of: readonly PlainOutcome[]) => [
    name,
    `${of.length}`,
    count(of, ({ hung }) => hung),
    count(of, ({ crashed }) => crashed),
    count(of, ({ peakMb }) => peakMb > 300),
    count(of, ({ unchecked }) => unchecked),
    `${Math.round(Math.max(0, ...of.map(({ peakMb }) => peakMb)))} MB`,
  ];
  const rows = classes(outcomes).map(([name, of]) => row(ATTACK_CLASSES[name], of));
  return table(
    ['class', 'cases', 'hung over 5 s', 'host process crashed', 'over 300 MB', 'let pass', 'most memory'],
    [...rows, row('all of them', outcomes)],
  ).join('\n');
}

/** In the order of the list of classes. */
function classes<T extends { readonly of: string }>(outcomes: readonly T[]): readonly (readonly [AttackClass, T[]])[] {
  const byClass = Map.groupBy(outcomes, ({ of }) => of);
  const names = Object.keys(ATTACK_CLASSES) as AttackClass[];
  return names.flatMap((name) => {
    const of = byClass.get(name);
    return of ? [[name, of] as const] : [];
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

function machine(): string {
  const [cpu] = cpus();
  return `Measured with Node ${process.versions.node} on ${cpus().length} × ${cpu?.model.trim() ?? 'an unknown processor'}.`;
}
