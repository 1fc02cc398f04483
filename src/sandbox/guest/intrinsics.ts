/**
 * Methods of the language as they are before a plugin's text runs. What a plugin puts in their place afterwards changes its
 * own code, and not what stands between it and its host.
 */
const { apply, defineProperty } = Reflect;
const { create } = Object;
const { bind, call } = Function.prototype;

/** `uncurry(method)(self, ...values)` does what `self.method(...values)` does now. */
export function uncurry<S, V extends readonly unknown[], R>(
  method: (this: S, ...values: V) => R,
): (self: S, ...values: V) => R {
  return apply(bind, call, [method]) as (self: S, ...values: V) => R;
}

export const charCode = uncurry<string, [number], number>(String.prototype.charCodeAt);
export const codePoint = uncurry<string, [number], number | undefined>(String.prototype.codePointAt);
export const slice = uncurry<string, [number, number?], string>(String.prototype.slice);
export const indexOf = uncurry<string, [string, number?], number>(String.prototype.indexOf);
export const lowerCase = uncurry<string, [], string>(String.prototype.toLowerCase);
export const normalize = uncurry<string, ['NFC' | 'NFKC'], string>(String.prototype.normalize);
export const wellFormed = uncurry<string, [], string>(String.prototype.toWellFormed);
export const { fromCharCode, fromCodePoint } = String;
export const toText = String;

const test = uncurry<RegExp, [string], RegExpExecArray | null>(RegExp.prototype.exec);
/** `exec` itself looks nothing up on a pattern but its own `lastIndex`; `test` would look `exec` up. */
export function matches(pattern: RegExp, text: string): boolean {
  return test(pattern, text) !== null;
}

/** Without the iterator that spreading would look up. */
export function copyOf<T>(list: readonly T[]): T[] {
  const copy: T[] = [];
  for (let index = 0; index < list.length; index += 1) copy[index] = list[index] as T;
  return copy;
}

/** What `ToString` makes of it, with each half of a surrogate pair that stands alone made U+FFFD. */
export function toScalarText(value: unknown): string {
  return wellFormed(`${value as string}`);
}

/**
 * Defined, not set: a plugin may have put a setter where all objects find it. By a descriptor that inherits nothing, since a
 * `get` found there would make it one of an accessor.
 */
export function defineValue(target: object, key: PropertyKey, value: unknown, enumerable = false): void {
  const descriptor = create(null) as PropertyDescriptor;
  descriptor.value = value;
  descriptor.writable = true;
  descriptor.enumerable = enumerable;
  descriptor.configurable = true;
  defineProperty(target, key, descriptor);
}
