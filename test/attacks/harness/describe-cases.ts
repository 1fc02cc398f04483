import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SandboxProfile } from '../../../src/sandbox/process-flags.ts';
import type { AttackCase } from './attack-case.ts';
import { allowed, FIGURES } from './attack-limits.ts';
import { expectContained } from './expect-contained.ts';
import { expectSameText } from './expect-same-text.ts';
import { p99 } from './probe.ts';
import { openStage, type Stage } from './stage.ts';

const MANY = 200;

/**
 * A test for each case and each mode, all on one server. The validator is a process that has no profile: what it says in the
 * hardened one it says in both.
 */
export function describeCases(profile: SandboxProfile, cases: readonly AttackCase[]): void {
  describe(`in the ${profile} profile`, () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await openStage(profile);
    });
    afterAll(() => stage[Symbol.asyncDispose]());

    // What only the validator has anything to do with has nothing to show without it.
    const elsewhere = cases.filter(({ contained }) => contained !== undefined);
    if (profile === 'hardened') {
      describe('with the validator', () => {
        test.each(titled(cases))('%s', (_title, attack) => expectJudged(stage, attack));
      });
    }
    describe('without the validator', () => {
      test.each(titled(elsewhere))('%s', (_title, attack) => expectContained(stage, attack, 'contained'));
    });
    // Of a few cases, which are the worst ones, 99 of a hundred answers would be all of them.
    test.runIf(cases.length >= MANY)('all the while a canary tenant was served', () => {
      const times = stage.canary.samples.map(({ ms }) => ms);
      expect(times.length).toBeGreaterThan(10 * MANY);
      expect(p99(times)).toBeLessThanOrEqual(allowed(FIGURES.canaryP99Ms, stage.quiet.quiet.canaryP99Ms));
    });
  });
}

/** Some cases the validator accepts for another reason than their text, such as what is required and not granted. */
function expectJudged(stage: Stage, attack: AttackCase): Promise<void> {
  const { validator, contained, permissions } = attack;
  const byItsText = validator === 'accepted' && contained !== undefined && permissions === undefined;
  return byItsText ? expectSameText(stage, attack) : expectContained(stage, attack, 'validated');
}

function titled(cases: readonly AttackCase[]): readonly (readonly [string, AttackCase])[] {
  return cases.map((attack) => [`${attack.id}: ${attack.of}: ${attack.name}`, attack]);
}
