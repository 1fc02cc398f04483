/** Every numbered sentence of docs/PROTOCOL.md on hooks, and what shows it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure } from './hook-semantics/failure.rows.ts';
import { nesting } from './hook-semantics/nesting.rows.ts';
import { overrides } from './hook-semantics/overrides.rows.ts';
import { phases } from './hook-semantics/phases.rows.ts';
import { record } from './hook-semantics/record.rows.ts';
import { createSemanticsRig, type Row, type SemanticsRig } from './hook-semantics/rig.ts';
import { time } from './hook-semantics/time.rows.ts';
import { verdicts } from './hook-semantics/verdicts.rows.ts';

const ROWS: Readonly<Record<string, Row>> = {
  ...phases,
  ...verdicts,
  ...failure,
  ...time,
  ...record,
  ...overrides,
  ...nesting,
};

const page = await readFile(fileURLToPath(new URL('../../docs/PROTOCOL.md', import.meta.url)), 'utf8');
const sentences = [...page.matchAll(/^\| (\d+\.\d+) +\| (.+?) +\|$/gm)].map(([, number = '', sentence = '']) => ({
  number,
  sentence,
}));

let rig: SemanticsRig;
beforeAll(async () => {
  rig = await createSemanticsRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

test('each sentence has a row, and each row a sentence', () => {
  const numbers = sentences.map(({ number }) => number);
  expect(numbers.toSorted()).toEqual(Object.keys(ROWS).toSorted());
  expect(new Set(numbers).size).toBe(numbers.length);
});

describe('docs/PROTOCOL.md', () => {
  test.each(sentences)('$number $sentence', async ({ number }) => {
    await ROWS[number]?.(rig);
    expect(ROWS[number], 'a sentence without a row').toBeDefined();
  });
});
