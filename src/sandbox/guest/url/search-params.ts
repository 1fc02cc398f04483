/** `URLSearchParams` for isolates. https://url.spec.whatwg.org/#urlsearchparams */
import { slice, toScalarText } from '../intrinsics.ts';
import { FORM, percentDecode, percentEncode } from './percent-encode.ts';

const { apply, ownKeys } = Reflect;
const { getOwnPropertyDescriptor, defineProperty } = Object;
const iteratorKey: typeof Symbol.iterator = Symbol.iterator;

interface Pair {
  readonly name: string;
  readonly value: string;
}

export class GuestSearchParams {
  #pairs: Pair[] = [];
  #onChange: ((query: string) => void) | undefined;

  constructor(init: unknown = '') {
    if (typeof init === 'object' && init !== null) this.#pairs = pairsOfObject(init);
    else {
      const text = toScalarText(init);
      this.#pairs = parseForm(text[0] === '?' ? slice(text, 1) : text);
    }
  }

  /** The parameters of a URL: `onChange` is told each new query. */
  static of(query: string, onChange: (query: string) => void): GuestSearchParams {
    const params = new GuestSearchParams();
    params.#pairs = parseForm(query);
    params.#onChange = onChange;
    return params;
  }

  /** After the URL itself has got another query. */
  static reset(params: GuestSearchParams, query: string): void {
    params.#pairs = parseForm(query);
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: unknown, value: unknown): void {
    need(arguments.length, 2);
    const pair = { name: toScalarText(name), value: toScalarText(value) };
    this.#pairs[this.#pairs.length] = pair;
    this.#changed();
  }

  delete(name: unknown, value?: unknown): void {
    need(arguments.length, 1);
    const isGone = this.#matcher(name, value);
    this.#keep((pair) => !isGone(pair));
    this.#changed();
  }

  get(name: unknown): string | null {
    need(arguments.length, 1);
    const isMeant = this.#matcher(name);
    for (let index = 0; index < this.#pairs.length; index += 1) {
      const pair = this.#pairs[index];
      if (pair && isMeant(pair)) return pair.value;
    }
    return null;
  }

  getAll(name: unknown): string[] {
    need(arguments.length, 1);
    const isMeant = this.#matcher(name);
    const values: string[] = [];
    for (let index = 0; index < this.#pairs.length; index += 1) {
      const pair = this.#pairs[index];
      if (pair && isMeant(pair)) values[values.length] = pair.value;
    }
    return values;
  }

  has(name: unknown, value?: unknown): boolean {
    need(arguments.length, 1);
    const isMeant = this.#matcher(name, value);
    for (let index = 0; index < this.#pairs.length; index += 1) {
      const pair = this.#pairs[index];
      if (pair && isMeant(pair)) return true;
    }
    return false;
  }

  set(name: unknown, value: unknown): void {
    need(arguments.length, 2);
    const isMeant = this.#matcher(name);
    const pair = { name: toScalarText(name), value: toScalarText(value) };
    let found = false;
    for (let index = 0; index < this.#pairs.length && !found; index += 1) {
      const old = this.#pairs[index];
      if (!old || !isMeant(old)) continue;
      found = true;
      this.#pairs[index] = pair;
    }
    if (found) this.#keep((other) => other === pair || !isMeant(other));
    else this.#pairs[this.#pairs.length] = pair;
    this.#changed();
  }

  /** By name, in UTF-16 code units; pairs of one name stay in their order. */
  sort(): void {
    this.#pairs = mergeSorted(this.#pairs, 0, this.#pairs.length);
    this.#changed();
  }

  forEach(callback: (value: string, name: string, params: GuestSearchParams) => void, thisArg?: unknown): void {
    if (typeof callback !== 'function') throw new TypeError('forEach takes a function.');
    for (let index = 0; index < this.#pairs.length; index += 1) {
      const pair = this.#pairs[index];
      if (pair) apply(callback, thisArg, [pair.value, pair.name, this]);
    }
  }

  /** What is added while one looks is seen as well. */
  *entries(): Generator<[string, string], undefined> {
    for (let index = 0; index < this.#pairs.length; index += 1) {
      const pair = this.#pairs[index];
      if (pair) yield [pair.name, pair.value];
    }
    return undefined;
  }

  *keys(): Generator<string, undefined> {
    for (let index = 0; index < this.#pairs.length; index += 1) yield this.#pairs[index]?.name ?? '';
    return undefined;
  }

  *values(): Generator<string, undefined> {
    for (let index = 0; index < this.#pairs.length; index += 1) yield this.#pairs[index]?.value ?? '';
    return undefined;
  }

  toString(): string {
    let text = '';
    for (let index = 0; index < this.#pairs.length; index += 1) {
      const pair = this.#pairs[index];
      if (pair) text += `${index === 0 ? '' : '&'}${encodeForm(pair.name)}=${encodeForm(pair.value)}`;
    }
    return text;
  }

  declare [Symbol.iterator]: () => Generator<[string, string], undefined>;

  #matcher(name: unknown, value?: unknown): (pair: Pair) => boolean {
    const wantedName = toScalarText(name);
    if (value === undefined) return (pair) => pair.name === wantedName;
    const wantedValue = toScalarText(value);
    return (pair) => pair.name === wantedName && pair.value === wantedValue;
  }

  #keep(isKept: (pair: Pair) => boolean): void {
    const kept: Pair[] = [];
    for (let index = 0; index < this.#pairs.length; index += 1) {
      const pair = this.#pairs[index];
      if (pair && isKept(pair)) kept[kept.length] = pair;
    }
    this.#pairs = kept;
  }

  #changed(): void {
    this.#onChange?.(this.toString());
  }
}

/** Captured before a plugin can see, and change, the class. */
export const { of: searchParamsOf, reset: resetSearchParams } = GuestSearchParams;
Reflect.deleteProperty(GuestSearchParams, 'of');
Reflect.deleteProperty(GuestSearchParams, 'reset');
const { entries } = GuestSearchParams.prototype;
defineProperty(GuestSearchParams.prototype, iteratorKey, { value: entries, writable: true, configurable: true });

function need(given: number, wanted: number): void {
  if (given < wanted) throw new TypeError(`${wanted} argument${wanted === 1 ? ' is' : 's are'} needed.`);
}

/** Of what can be iterated, its pairs; of another object, its own enumerable keys and values. */
function pairsOfObject(init: object): Pair[] {
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

function mergeSorted(pairs: readonly Pair[], from: number, end: number): Pair[] {
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

/** https://url.spec.whatwg.org/#concept-urlencoded-parser */
function parseForm(query: string): Pair[] {
  const pairs: Pair[] = [];
  let name = '';
  let value: string | undefined;
  let from = 0;
  for (let index = 0; index <= query.length; index += 1) {
    const c = query[index];
    if (c === '=' && value === undefined) {
      name = slice(query, from, index);
      value = '';
      from = index + 1;
    }
    if (c !== '&' && index < query.length) continue;
    const rest = slice(query, from, index);
    const isEmpty = value === undefined && rest === '';
    if (!isEmpty) {
      pairs[pairs.length] =
        value === undefined
          ? { name: decodeForm(rest), value: '' }
          : { name: decodeForm(name), value: decodeForm(rest) };
    }
    value = undefined;
    from = index + 1;
  }
  return pairs;
}

function decodeForm(text: string): string {
  let plain = '';
  let from = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] !== '+') continue;
    plain += `${slice(text, from, index)} `;
    from = index + 1;
  }
  return percentDecode(plain + slice(text, from));
}

function encodeForm(text: string): string {
  const encoded = percentEncode(text, FORM);
  let plus = '';
  let from = 0;
  for (let index = 0; index + 2 < encoded.length; index += 1) {
    if (encoded[index] !== '%' || encoded[index + 1] !== '2' || encoded[index + 2] !== '0') continue;
    plus += `${slice(encoded, from, index)}+`;
    from = index + 3;
  }
  return plus + slice(encoded, from);
}
