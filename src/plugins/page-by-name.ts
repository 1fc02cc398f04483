/** Pages over lists that are ordered by a name, with cursors of their own. */
import { HooklineError } from '../errors/hookline-error.ts';
import { PAGE_DEFAULT, PAGE_MAX, type CountedPage, type PageRequest } from '../events/page.ts';

/** `items` are in the order of `nameOf`. INVALID_INPUT for a bad cursor or size. */
export function pageByName<T>(items: readonly T[], nameOf: (item: T) => string, request: PageRequest): CountedPage<T> {
  const { first, last } = request;
  if (isGiven(first) && isGiven(last)) throw new HooklineError('INVALID_INPUT', 'Give first or last, not both.');
  const size = requireSize(isGiven(last) ? 'last' : 'first', last ?? first ?? PAGE_DEFAULT);
  const after = request.after ? nameAt(request.after) : undefined;
  const before = request.before ? nameAt(request.before) : undefined;
  const from = after === undefined ? 0 : countWhile(items, (item) => nameOf(item) <= after);
  const to = before === undefined ? items.length : countWhile(items, (item) => nameOf(item) < before);
  const start = isGiven(last) ? Math.max(from, to - size) : from;
  const end = isGiven(last) ? to : Math.min(to, from + size);
  const edges = items.slice(start, Math.max(start, end)).map((node) => ({ cursor: cursorOf(nameOf(node)), node }));
  return {
    edges,
    totalCount: items.length,
    pageInfo: {
      hasPreviousPage: start > 0 && edges.length > 0,
      hasNextPage: end < items.length,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function isGiven(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}

function requireSize(argument: string, size: number): number {
  if (Number.isInteger(size) && size >= 0 && size <= PAGE_MAX) return size;
  throw new HooklineError('INVALID_INPUT', `${argument} must be from 0 to ${PAGE_MAX}.`);
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
