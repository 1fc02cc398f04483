import type { RuleId } from './rules.ts';

/** What a check found: the rule, the place, and what to say there. Without `hint`, the rule's own. */
export interface Hit {
  readonly rule: RuleId;
  readonly at: Place;
  readonly message: string;
  readonly hint?: string;
}

/** Counted from 1, columns in UTF-16 code units, as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Findings of one source that are told; the rest would be noise. */
export const MAX_FINDINGS = 50;
