import { HooklineError } from '../errors/hookline-error.ts';
import { PAGE_DEFAULT, PAGE_MAX, type PageRequest } from './page.ts';

export interface PageSize {
  /** `first` counts from the oldest (or alphabetically first) row, `last` from the other end. */
  readonly from: 'start' | 'end';
  readonly size: number;
}

/** @throws HooklineError INVALID_INPUT for both `first` and `last`, or one that is not a whole number from 0 to 200. */
export function pageSize({ first, last }: PageRequest): PageSize {
  if (isGiven(first) && isGiven(last)) throw new HooklineError('INVALID_INPUT', 'Give first or last, not both.');
  if (isGiven(last)) return { from: 'end', size: checkedSize('last', last) };
  return { from: 'start', size: checkedSize('first', first ?? PAGE_DEFAULT) };
}

function checkedSize(name: string, size: number): number {
  if (Number.isInteger(size) && size >= 0 && size <= PAGE_MAX) return size;
  throw new HooklineError('INVALID_INPUT', `${name} is ${size}; it must be a whole number from 0 to ${PAGE_MAX}.`);
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
