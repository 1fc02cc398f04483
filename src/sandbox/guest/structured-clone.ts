/** `structuredClone` for isolates: of what data is made of, cycles included. Functions, symbols and promises cannot be cloned. */

const { apply } = Reflect;

export function guestStructuredClone(value: unknown): unknown {
  return clone(value, new Map());
}

function clone(value: unknown, known: Map<object, unknown>): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw cannot(value);
  if (typeof value !== 'object' || value === null) return value;
  if (known.has(value)) return known.get(value);
  const copy = cloneLeaf(value);
  if (copy !== undefined) {
    known.set(value, copy);
    return copy;
  }
  if (Array.isArray(value)) return fill(value, new Array<unknown>(value.length), known);
  if (value instanceof Map) return cloneMap(value, known);
  if (value instanceof Set) return cloneSet(value, known);
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof Promise) throw cannot(value);
  return fill(value, {}, known);
}

/** What holds no other values; undefined for the rest. */
function cloneLeaf(value: object): unknown {
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (value instanceof DataView)
    return new DataView(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength));
  if (ArrayBuffer.isView(value)) return cloneView(value);
  if (value instanceof Error) return cloneError(value);
  return undefined;
}

/** A typed array of any kind; each has `slice`. */
function cloneView(value: ArrayBufferView): unknown {
  return 'slice' in value && typeof value.slice === 'function' ? apply(value.slice, value, []) : undefined;
}

function cloneError(error: Error): Error {
  const copy = new Error(error.message);
  copy.name = error.name;
  return copy;
}

function fill(from: object, to: object, known: Map<object, unknown>): object {
  known.set(from, to);
  for (const [key, item] of Object.entries(from)) {
    Object.defineProperty(to, key, { value: clone(item, known), writable: true, enumerable: true, configurable: true });
  }
  return to;
}

function cloneMap(from: Map<unknown, unknown>, known: Map<object, unknown>): Map<unknown, unknown> {
  const to = new Map<unknown, unknown>();
  known.set(from, to);
  for (const [key, item] of from) to.set(clone(key, known), clone(item, known));
  return to;
}

function cloneSet(from: Set<unknown>, known: Map<object, unknown>): Set<unknown> {
  const to = new Set<unknown>();
  known.set(from, to);
  for (const item of from) to.add(clone(item, known));
  return to;
}

function cannot(value: unknown): Error {
  const error = new Error(`A ${typeof value === 'object' ? 'value of this kind' : typeof value} cannot be cloned.`);
  error.name = 'DataCloneError';
  return error;
}
