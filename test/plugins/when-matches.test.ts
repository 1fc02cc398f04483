import { expect, test } from 'vitest';
import { matchesWildcard, whenMatches } from '../../src/plugins/when-matches.ts';

test.each([
  ['add', 'add', true],
  ['add', 'adder', false],
  ['a*', 'add', true],
  ['*', '', true],
  ['*dd', 'add', true],
  ['a*d*r', 'adder', true],
  ['ab*ba', 'aba', false],
  ['a*a', 'a', false],
  ['a.b', 'axb', false],
])('"%s" on "%s" is %s', (pattern, value, matches) => {
  expect(matchesWildcard(pattern, value)).toBe(matches);
});

test.each([
  [null, { toolName: null, agentId: null }, true],
  [{ toolName: 'add' }, { toolName: 'add', agentId: null }, true],
  [{ toolName: ['sub', 'add'] }, { toolName: 'add', agentId: null }, true],
  [{ toolName: '*' }, { toolName: null, agentId: null }, false],
  [{ toolName: 'add', agentId: 'a' }, { toolName: 'add', agentId: 'b' }, false],
  [{ toolName: 'add', agentId: 'a*' }, { toolName: 'add', agentId: 'abc' }, true],
])('%j on %j is %s', (when, subject, matches) => {
  expect(whenMatches(when, subject)).toBe(matches);
});

test('many wildcards stay quick', () => {
  expect(matchesWildcard(`${'a*'.repeat(100)}b`, 'a'.repeat(10_000))).toBe(false);
});
