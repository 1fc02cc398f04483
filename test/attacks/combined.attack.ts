/**
 * Plugins that do what several cases do. Which ones is drawn by lot: the seed is printed, HOOKLINE_ATTACK_SEED repeats it,
 * and HOOKLINE_ATTACK_RUNS says how many are tried.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CORPUS } from './corpus.ts';
import { combineCases, isCombinable, WAYS } from './harness/combine-cases.ts';
import { expectContained } from './harness/expect-contained.ts';
import { openStage } from './harness/stage.ts';

const SEED = Number(process.env['HOOKLINE_ATTACK_SEED'] ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env['HOOKLINE_ATTACK_RUNS'] ?? 40);
const COMBINABLE = CORPUS.filter(isCombinable);

const combination = fc.record({
  attacks: fc.uniqueArray(fc.constantFrom(...COMBINABLE), { minLength: 1, maxLength: 3, selector: ({ id }) => id }),
  way: fc.constantFrom(...WAYS),
  mode: fc.constantFrom('validated' as const, 'contained' as const),
});

test.each(['hardened', 'jit'] as const)(
  'combined attacks end badly, in the %s profile',
  { timeout: 600_000 },
  async (profile) => {
    console.log(`Combined attacks: HOOKLINE_ATTACK_SEED=${SEED} repeats these ${RUNS} runs.`);
    expect(COMBINABLE.length).toBeGreaterThan(100);
    await using stage = await openStage(profile);
    const holds = fc.asyncProperty(combination, async ({ attacks, way, mode }) => {
      await expectContained(stage, combineCases(attacks, way), mode);
    });
    await fc.assert(holds, { seed: SEED, numRuns: RUNS });
  },
);
