/** `URLSearchParams` for isolates. https://url.spec.whatwg.org/#urlsearchparams */
import { slice, toScalarText } from '../intrinsics.ts';
import { encodeForm, parseForm, type Pair } from './form.ts';
import { mergeSorted, pairsOfObject } from './search-pairs.ts';

const { apply } = Reflect;
const { defineProperty } = Object;
const iteratorKey: typeof Symbol.iterator = Symbol.iterator;

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
