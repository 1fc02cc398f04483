/** What `first`, `after`, `last` and `before` mean, decided once for every connection over the journal. Pure. */
import { HooklineError } from '../errors/hookline-error.ts';
import { CURSOR_START, decodeCursor } from './cursor.ts';
import { PAGE_DEFAULT, PAGE_MAX, type PageRequest } from './page.ts';

export interface PageSize {
  readonly from: 'oldest' | 'newest';
  readonly size: number;
}

export interface PageBounds extends PageSize {
  /** Rows have a greater number; 0 when there is no `after`. */
  readonly after: number;
  /** Rows have a smaller number. */
  readonly before: number | null;
}

/** @throws HooklineError INVALID_INPUT for both `first` and `last`, or one that is not a whole number from 0 to 200. */
export function pageSize({ first, last }: PageRequest): PageSize {
  if (isGiven(first) && isGiven(last)) throw new HooklineError('INVALID_INPUT', 'Give first or last, not both.');
  if (isGiven(last)) return { from: 'newest', size: checkedSize('last', last) };
  return { from: 'oldest', size: checkedSize('first', first ?? PAGE_DEFAULT) };
}

/** @throws HooklineError INVALID_INPUT, as `pageSize`, and for a cursor that cannot be read. */
export function pageBounds(tenantId: string, page: PageRequest): PageBounds {
  const { after, before } = page;
  return {
    ...pageSize(page),
    after: isGiven(after) && after !== CURSOR_START ? decodeCursor(tenantId, after) : 0,
    before: isGiven(before) ? decodeCursor(tenantId, before) : null,
  };
}

function checkedSize(name: string, size: number): number {
  if (Number.isInteger(size) && size >= 0 && size <= PAGE_MAX) return size;
  throw new HooklineError('INVALID_INPUT', `${name} is ${size}; it must be a whole number from 0 to ${PAGE_MAX}.`);
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
