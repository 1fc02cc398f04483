/** The parameters that an object stands for, and their order. */
import { toScalarText } from '../intrinsics.ts';
import type { Pair } from './form.ts';

const { ownKeys } = Reflect;
const { getOwnPropertyDescriptor } = Object;
const iteratorKey: typeof Symbol.iterator = Symbol.iterator;

/** Of what can be iterated, its pairs; of another object, its own enumerable keys and values. */
export function pairsOfObject(init: object): Pair[] {
  const iterate: unknown = (init as Partial<Iterable<unknown>>)[iteratorKey];
  if (iterate === undefined || iterate === null) return pairsOfRecord(init as Readonly<Record<string, unknown>>);
  if (typeof iterate !== 'function') throw new TypeError('The parameters cannot be iterated.');
  const pairs: Pair[] = [];
  // It is the caller's own iteration, as the standard has it.
  for (const pair of init as Iterable<Iterable<unknown>>) {
    const parts: unknown[] = [];
    for (const part of pair) parts[parts.length] = part;
    if (parts.length !== 2) throw new TypeError('Each parameter is a pair of a name and a value.');
    pairs[pairs.length] = { name: toScalarText(parts[0]), value: toScalarText(parts[1]) };
  }
  return pairs;
}

function pairsOfRecord(init: Readonly<Record<PropertyKey, unknown>>): Pair[] {
  const pairs: Pair[] = [];
  const keys = ownKeys(init);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index];
    if (key === undefined || getOwnPropertyDescriptor(init, key)?.enumerable !== true) continue;
    if (typeof key === 'symbol') throw new TypeError('A symbol cannot be the name of a parameter.');
    pairs[pairs.length] = { name: toScalarText(key), value: toScalarText(init[key]) };
  }
  return pairs;
}

export function mergeSorted(pairs: readonly Pair[], from: number, end: number): Pair[] {
  const only = pairs[from];
  if (end - from < 2) return end > from && only ? [only] : [];
  const middle = (from + end) >> 1;
  const left = mergeSorted(pairs, from, middle);
  const right = mergeSorted(pairs, middle, end);
  const merged: Pair[] = [];
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const a = left[l];
    const b = right[r];
    const next = a && (!b || a.name <= b.name) ? a : b;
    if (next === a) l += 1;
    else r += 1;
    if (next) merged[merged.length] = next;
  }
  return merged;
}
