/** The same calls given to isolated-vm as its README shows it, each in a process of its own: what Hookline adds to it. */
import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isPlain, runPlain, type PlainOutcome } from './comparison/run-plain.ts';
import { CORPUS } from './corpus.ts';

/** At once; most of the time is spent on waiting for those that hang. */
const LANES = 4;
const RECORD = process.env['HOOKLINE_COMPARISON_RECORD'];

test('a plain isolate in the process of its host', { timeout: 900_000 }, async () => {
  const waiting = CORPUS.filter(isPlain).values();
  const outcomes: PlainOutcome[] = [];
  const lane = async () => {
    for (const attack of waiting) outcomes.push(await runPlain(attack));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  if (RECORD) for (const outcome of outcomes) appendFileSync(RECORD, `${JSON.stringify(outcome)}\n`);
  // It shows something only as long as the cases do harm where nothing holds them.
  expect(outcomes.filter(({ hung }) => hung).length).toBeGreaterThan(5);
  expect(outcomes.filter(({ peakMb }) => peakMb > 300).length).toBeGreaterThan(5);
  expect(outcomes.filter(({ unchecked }) => unchecked).length).toBeGreaterThan(5);
});
