/** Pages over lists that are ordered by a name, with cursors of their own. */
import { pageSize } from '../db/page-size.ts';
import { HooklineError } from '../errors/hookline-error.ts';
import type { CountedPage, PageRequest } from '../events/page.ts';

/** `items` are in the order of `nameOf`. INVALID_INPUT for a bad cursor or size. */
export function pageByName<T>(items: readonly T[], nameOf: (item: T) => string, request: PageRequest): CountedPage<T> {
  const { from, size } = pageSize(request);
  const after = given(request.after);
  const before = given(request.before);
  const low = after === undefined ? 0 : countWhile(items, (item) => nameOf(item) <= after);
  const high = Math.max(low, before === undefined ? items.length : countWhile(items, (item) => nameOf(item) < before));
  const start = from === 'end' ? Math.max(low, high - size) : low;
  const end = from === 'end' ? high : Math.min(high, low + size);
  const edges = items.slice(start, end).map((node) => ({ cursor: cursorOf(nameOf(node)), node }));
  return {
    edges,
    totalCount: items.length,
    pageInfo: {
      hasPreviousPage: start > 0,
      hasNextPage: end < items.length,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function given(cursor: string | null | undefined): string | undefined {
  return cursor === null || cursor === undefined ? undefined : nameAt(cursor);
}

function cursorOf(name: string): string {
  return Buffer.from(`n1:${name}`).toString('base64url');
}

function nameAt(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (text.startsWith('n1:') && cursorOf(text.slice(3)) === cursor) return text.slice(3);
  throw new HooklineError('INVALID_INPUT', 'This cursor cannot be read. Use one that this list returned.');
}

function countWhile<T>(items: readonly T[], holds: (item: T) => boolean): number {
  const index = items.findIndex((item) => !holds(item));
  return index === -1 ? items.length : index;
}
