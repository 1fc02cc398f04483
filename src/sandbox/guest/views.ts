/** What is under typed arrays and `DataView`s, asked of themselves and not of properties that a plugin may replace. */
import { uncurry } from './intrinsics.ts';

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;

export const lengthOf = uncurry<ArrayBufferView, [], number>(getterOf(typedArray, 'length'));
const bufferOf = uncurry<ArrayBufferView, [], ArrayBuffer>(getterOf(typedArray, 'buffer'));
const offsetOf = uncurry<ArrayBufferView, [], number>(getterOf(typedArray, 'byteOffset'));
const sizeOf = uncurry<ArrayBufferView, [], number>(getterOf(typedArray, 'byteLength'));
const dataBufferOf = uncurry<ArrayBufferView, [], ArrayBuffer>(getterOf(DataView.prototype, 'buffer'));
const dataOffsetOf = uncurry<ArrayBufferView, [], number>(getterOf(DataView.prototype, 'byteOffset'));
const dataSizeOf = uncurry<ArrayBufferView, [], number>(getterOf(DataView.prototype, 'byteLength'));

/** Such as `Int8Array`, or undefined for what is not a typed array. */
export const typedArrayKind = uncurry<unknown, [], string | undefined>(getterOf(typedArray, Symbol.toStringTag));

export interface View {
  readonly buffer: ArrayBuffer;
  readonly offset: number;
  readonly size: number;
}

/** Offset and size in bytes. */
export function viewOf(view: ArrayBufferView): View {
  return typedArrayKind(view) === undefined
    ? { buffer: dataBufferOf(view), offset: dataOffsetOf(view), size: dataSizeOf(view) }
    : { buffer: bufferOf(view), offset: offsetOf(view), size: sizeOf(view) };
}

/** The same bytes, shared. */
export function bytesOf(view: ArrayBufferView): Uint8Array<ArrayBuffer> {
  const { buffer, offset, size } = viewOf(view);
  return new Uint8Array(buffer, offset, size);
}

/** A getter of the language's own, as a function of its object. */
export function getterOf<R>(target: object, name: PropertyKey): (this: unknown) => R {
  const getter: unknown = Object.getOwnPropertyDescriptor(target, name)?.get;
  if (typeof getter !== 'function') throw new TypeError(`There is no getter "${String(name)}".`);
  return getter as (this: unknown) => R;
}
