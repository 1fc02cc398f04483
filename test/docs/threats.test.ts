/** docs/THREATS.md: each promise names what shows it, and that is there. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CORPUS } from '../attacks/corpus.ts';

const document = readFileSync('docs/THREATS.md', 'utf8');
const promises = section('## What is promised')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (promise|---)/.test(line))
  .map(
    (line) =>
      line
        .split('|')
        .slice(1, 3)
        .map((cell) => cell.trim()) as [string, string],
  );

test('there are promises', () => {
  expect(promises.length).toBeGreaterThan(20);
});

describe('each promise names what shows it', () => {
  test.each(promises)('%s', (_promise, shownBy) => {
    const ids = [...shownBy.matchAll(/`(A\d+\w*)`/g)].map(([, id]) => id);
    const files = [...shownBy.matchAll(/`(test\/[^`]+)`(?: "([^"]+)")?/g)];
    expect(ids.length + files.length + (shownBy.includes('condition') ? 1 : 0)).toBeGreaterThan(0);
    expect(ids.filter((wanted) => !CORPUS.some(({ id }) => id === wanted))).toEqual([]);
    for (const [, file = '', title] of files) {
      expect(existsSync(file), `${file} is there`).toBe(true);
      if (title !== undefined) expect(readFileSync(file, 'utf8'), `${file} has this test`).toContain(title);
    }
  });
});

test('the ids of the corpus are all different', () => {
  const ids = CORPUS.map(({ id }) => id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});

function section(heading: string): string {
  const from = document.indexOf(`${heading}\n`);
  return document.slice(from, document.indexOf('\n## ', from));
}
