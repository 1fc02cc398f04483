import { expect, test } from 'vitest';
import { pageByName } from '../../src/plugins/page-by-name.ts';
import type { PageRequest } from '../../src/events/page.ts';

const names = ['a', 'b', 'c', 'd', 'e'];
const page = (request: PageRequest) => pageByName(names, (name) => name, request);
const cursor = (name: string) => page({}).edges.find(({ node }) => node === name)!.cursor;

test.each<[string, () => PageRequest, string, boolean, boolean]>([
  ['nothing given: the first fifty', () => ({}), 'abcde', false, false],
  ['first', () => ({ first: 2 }), 'ab', false, true],
  ['last', () => ({ last: 2 }), 'de', true, false],
  ['first: 0', () => ({ first: 0 }), '', false, true],
  ['after', () => ({ first: 2, after: cursor('b') }), 'cd', true, true],
  ['after the last', () => ({ after: cursor('e') }), '', true, false],
  ['before', () => ({ last: 2, before: cursor('d') }), 'bc', true, true],
  ['between', () => ({ after: cursor('a'), before: cursor('d') }), 'bc', true, true],
  ['after beyond before', () => ({ after: cursor('d'), before: cursor('b') }), '', true, true],
])('%s', (_what, request, expected, hasPreviousPage, hasNextPage) => {
  const { edges, pageInfo, totalCount } = page(request());
  expect(edges.map(({ node }) => node).join('')).toBe(expected);
  expect(pageInfo).toMatchObject({ hasPreviousPage, hasNextPage });
  expect(pageInfo.startCursor).toBe(edges.at(0)?.cursor ?? null);
  expect(totalCount).toBe(5);
});

test.each<[string, PageRequest]>([
  ['both first and last', { first: 1, last: 1 }],
  ['more than 200', { first: 201 }],
  ['less than none', { last: -1 }],
  ['a cursor that cannot be read', { after: 'nonsense' }],
])('%s is INVALID_INPUT', (_what, request) => {
  expect(() => page(request)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
});
