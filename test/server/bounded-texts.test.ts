import { expect, test } from 'vitest';
import { createBoundedTexts } from '../../src/server/bounded-texts.ts';

test('what was used longest ago goes first', () => {
  const texts = createBoundedTexts<number>({ entries: 2, chars: 100 });
  texts.set('a', 1);
  texts.set('b', 2);
  expect(texts.get('a')).toBe(1);
  texts.set('c', 3);
  expect([texts.get('a'), texts.get('b'), texts.get('c')]).toEqual([1, undefined, 3]);
});

test('characters are counted over all texts, and again for one that is replaced', () => {
  const texts = createBoundedTexts<number>({ entries: 100, chars: 10 });
  texts.set('12345', 1);
  texts.set('12345', 2);
  texts.set('abcde', 3);
  expect([texts.get('12345'), texts.get('abcde')]).toEqual([2, 3]);
  texts.set('x', 4);
  expect([texts.get('12345'), texts.get('abcde'), texts.get('x')]).toEqual([undefined, 3, 4]);
});

test('a text that is too long by itself is not kept', () => {
  const texts = createBoundedTexts<number>({ entries: 100, chars: 10 });
  texts.set('12345678901', 1);
  expect(texts.get('12345678901')).toBeUndefined();
  texts.set('1234567890', 2);
  expect(texts.get('1234567890')).toBe(2);
});
