/** What a run of the attacks has left behind, for the tables of docs/THREATS.md. */
import { existsSync, readFileSync } from 'node:fs';
import type { RecordedOutcome } from '../harness/record-outcome.ts';
import type { PlainOutcome } from '../comparison/run-plain.ts';

export interface AttackRecord {
  readonly outcomes: readonly RecordedOutcome[];
  readonly comparison: readonly PlainOutcome[];
}

export function readRecord(attacks: string, comparison: string): AttackRecord {
  return { outcomes: readLines<RecordedOutcome>(attacks), comparison: readLines<PlainOutcome>(comparison) };
}

/** Lines of JSON that this project wrote itself a moment ago. */
function readLines<T>(file: string): readonly T[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
