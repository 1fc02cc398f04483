/** Short ways to write rows of the corpus: of what is legal to write, and of what the validator refuses. */
import type { RuleId } from '../../../src/sandbox/compiler/rules/rules.ts';
import type { AttackCase, Ending } from './attack-case.ts';
import type { AttackClass } from './attack-classes.ts';

type More = Omit<Partial<AttackCase>, 'id' | 'name' | 'of' | 'body' | 'contained'>;
type Endings = Ending | readonly Ending[];

/** Id, name, what `attack(params, context)` does, how it may end, and the rest. */
export type LegalRow = readonly [string, string, string, Endings, More?];
/** The same with the rules by one of which the validator must refuse it. */
export type RefusedRow = readonly [string, string, string, RuleId | readonly RuleId[], Endings, More?];

export function legal(of: AttackClass, rows: readonly LegalRow[]): readonly AttackCase[] {
  return rows.map(([id, name, body, endings, more]) => ({
    validator: 'accepted',
    ...more,
    id,
    name,
    of,
    ...(body === '' ? {} : { body }),
    contained: [endings].flat(),
  }));
}

export function refused(of: AttackClass, rows: readonly RefusedRow[]): readonly AttackCase[] {
  return rows.map(([id, name, body, rules, endings, more]) => ({
    ...more,
    id,
    name,
    of,
    ...(body === '' ? {} : { body }),
    validator: [rules].flat(),
    contained: [endings].flat(),
  }));
}
