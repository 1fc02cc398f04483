/**
 * `structuredClone` for isolates: of what data is made of, cycles and shared parts included. What a thing is, is asked of
 * its own inner slots, not of its class, which a plugin may dress up. https://html.spec.whatwg.org/#structured-cloning
 */
import { defineValue, uncurry } from './intrinsics.ts';
import { namedError } from './named-error.ts';
import { getterOf, typedArrayKind, viewOf } from './views.ts';

const { apply, construct, ownKeys } = Reflect;
const { getOwnPropertyDescriptor, getPrototypeOf, hasOwn } = Object;
const ObjectPrototype = Object.prototype;
const { isArray } = Array;
const { isView } = ArrayBuffer;

const dateValue = uncurry<unknown, [], number>(Date.prototype.getTime);
const patternSource = uncurry<unknown, [], string>(getterOf(RegExp.prototype, 'source'));
const patternFlags = uncurry<unknown, [], string>(getterOf(RegExp.prototype, 'flags'));
const isPattern = uncurry<unknown, [], boolean>(getterOf(RegExp.prototype, 'global'));
const bufferSize = uncurry<unknown, [], number>(getterOf(ArrayBuffer.prototype, 'byteLength'));
const sliceBuffer = uncurry<unknown, [number], ArrayBuffer>(ArrayBuffer.prototype.slice);
const mapGet = uncurry<Map<object, unknown>, [object], unknown>(Map.prototype.get);
const mapHas = uncurry<unknown, [object], boolean>(Map.prototype.has);
const mapSet = uncurry<Map<unknown, unknown>, [unknown, unknown], unknown>(Map.prototype.set);
const eachOfMap = uncurry<unknown, [(value: unknown, key: unknown) => void], void>(Map.prototype.forEach);
const setHas = uncurry<unknown, [object], boolean>(Set.prototype.has);
const setAdd = uncurry<Set<unknown>, [unknown], unknown>(Set.prototype.add);
const eachOfSet = uncurry<unknown, [(value: unknown) => void], void>(Set.prototype.forEach);
const weakMapHas = uncurry<unknown, [object], boolean>(WeakMap.prototype.has);
const weakSetHas = uncurry<unknown, [object], boolean>(WeakSet.prototype.has);
const isError = (Error as { isError?: (value: unknown) => boolean }).isError;
const boxes = [
  uncurry<unknown, [], unknown>(Boolean.prototype.valueOf),
  uncurry<unknown, [], unknown>(Number.prototype.valueOf),
  uncurry<unknown, [], unknown>(String.prototype.valueOf),
  uncurry<unknown, [], unknown>(BigInt.prototype.valueOf),
] as const;
const ERRORS = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, Error } as const;
const VIEWS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float16Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

type Known = Map<object, unknown>;

export function guestStructuredClone(value: unknown): unknown {
  if (arguments.length === 0) throw new TypeError('1 argument is needed.');
  return clone(value, new Map());
}

function clone(value: unknown, known: Known): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw cannot(value);
  if (typeof value !== 'object' || value === null) return value;
  const copied = mapGet(known, value);
  if (copied !== undefined) return copied;
  if (isArray(value)) return cloneProperties(value, emptyList(value.length), known);
  const prototype: unknown = getPrototypeOf(value);
  // Most things are plain, and each question below that is answered by an error takes its time.
  if (prototype === ObjectPrototype || prototype === null) return cloneProperties(value, {}, known);
  const leaf = cloneLeaf(value, known);
  if (leaf !== undefined) {
    mapSet(known, value, leaf);
    return leaf;
  }
  if (has(mapHas, value)) return cloneMap(value, known);
  if (has(setHas, value)) return cloneSet(value, known);
  if (has(weakMapHas, value) || has(weakSetHas, value) || isPromise(value)) throw cannot(value);
  return cloneProperties(value, {}, known);
}

/** Whether a built-in's own method takes `value` for one of its kind. */
function has(ask: (value: unknown, key: object) => unknown, value: object): boolean {
  try {
    ask(value, value);
    return true;
  } catch {
    return false;
  }
}

const { then } = Promise.prototype;
const ignore = () => {};
/** The one thing that has no question of its own: what `then` takes is a promise. */
function isPromise(value: object): boolean {
  const prototype: unknown = getPrototypeOf(value);
  if (prototype !== Promise.prototype && !(value instanceof Promise)) return false;
  return has((promise) => apply(then, promise, [ignore, ignore]), value);
}

function emptyList(length: number): unknown[] {
  const list: unknown[] = [];
  list.length = length;
  return list;
}

/** What holds no other values, but for the cause of an error; undefined for the rest. */
function cloneLeaf(value: object, known: Known): unknown {
  if (isView(value)) return cloneView(value, known);
  if (has(bufferSize, value)) return sliceBuffer(value, 0);
  if (has(dateValue, value)) return new Date(dateValue(value));
  if (value !== RegExp.prototype && has(isPattern, value)) return new RegExp(patternSource(value), patternFlags(value));
  if (isError ? isError(value) : value instanceof Error) return cloneError(value as Error, known);
  for (let index = 0; index < boxes.length; index += 1) {
    const unbox = boxes[index];
    if (unbox && has(unbox, value)) return Object(unbox(value));
  }
  return undefined;
}

/** Views of one buffer stay views of one buffer. */
function cloneView(view: ArrayBufferView, known: Known): unknown {
  const kind = typedArrayKind(view);
  const { buffer, offset, size } = viewOf(view);
  const copy = clone(buffer, known);
  if (kind === undefined) return construct(DataView, [copy, offset, size]);
  const View = VIEWS[kind as keyof typeof VIEWS];
  return construct(View, [copy, offset, size / View.BYTES_PER_ELEMENT]);
}

function cloneError(error: Error, known: Known): Error {
  const { name } = error;
  const Kind = typeof name === 'string' && hasOwn(ERRORS, name) ? ERRORS[name as keyof typeof ERRORS] : ERRORS.Error;
  const copy: Error = construct(Kind, []);
  mapSet(known, error, copy);
  const message = getOwnPropertyDescriptor(error, 'message');
  if (message && 'value' in message) defineValue(copy, 'message', `${message.value as string}`);
  const { stack } = error;
  if (typeof stack === 'string') defineValue(copy, 'stack', stack);
  const cause = getOwnPropertyDescriptor(error, 'cause');
  if (cause && 'value' in cause) defineValue(copy, 'cause', clone(cause.value, known));
  return copy;
}

function cloneProperties(from: object, to: object, known: Known): object {
  mapSet(known, from, to);
  const keys = ownKeys(from);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index];
    if (typeof key !== 'string' || getOwnPropertyDescriptor(from, key)?.enumerable !== true) continue;
    const value = clone((from as Readonly<Record<string, unknown>>)[key], known);
    defineValue(to, key, value, true);
  }
  return to;
}

function cloneMap(from: object, known: Known): unknown {
  const to = new Map();
  mapSet(known, from, to);
  const pairs: { readonly key: unknown; readonly value: unknown }[] = [];
  eachOfMap(from, (value, key) => void (pairs[pairs.length] = { key, value }));
  for (let index = 0; index < pairs.length; index += 1)
    mapSet(to, clone(pairs[index]?.key, known), clone(pairs[index]?.value, known));
  return to;
}

function cloneSet(from: object, known: Known): unknown {
  const to = new Set();
  mapSet(known, from, to);
  const values: unknown[] = [];
  eachOfSet(from, (value) => void (values[values.length] = value));
  for (let index = 0; index < values.length; index += 1) setAdd(to, clone(values[index], known));
  return to;
}

function cannot(value: unknown): Error {
  const what = typeof value === 'object' ? 'value of this kind' : typeof value;
  return namedError('DataCloneError', `A ${what} cannot be cloned.`);
}
