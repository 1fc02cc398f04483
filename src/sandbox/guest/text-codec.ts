/** `TextEncoder` and `TextDecoder` for isolates: UTF-8 only, as the encoding standard has it. https://encoding.spec.whatwg.org/#utf-8 */
import { charCode, codePoint, fromCodePoint, lowerCase, matches } from './intrinsics.ts';
import { bytesOf, lengthOf, typedArrayKind } from './views.ts';

const REPLACEMENT = 0xfffd;
const LABEL = /^[\t\n\f\r ]*(utf-?8|unicode-1-1-utf-8|unicode11utf8|unicode20utf8|x-unicode20utf8)[\t\n\f\r ]*$/;

type Bytes = Uint8Array<ArrayBuffer>;
const { isView } = ArrayBuffer;

export function encodeUtf8(text: string): Bytes {
  let size = 0;
  for (let index = 0; index < text.length; index += 1) {
    const point = pointAt(text, index);
    if (point > 0xffff) index += 1;
    size += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  const bytes = new Uint8Array(size);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const point = pointAt(text, index);
    if (point > 0xffff) index += 1;
    length = writePoint(bytes, length, point);
  }
  return bytes;
}

/** The bytes from `start` to before `end`; what is not UTF-8 becomes U+FFFD, or with `fatal` a TypeError. */
export function decodeUtf8(bytes: Bytes, start: number, end: number, fatal = false): string {
  let text = '';
  for (let at = start; at < end;) {
    const { point, length } = readPoint(bytes, at, end);
    if (point === undefined && fatal) throw new TypeError('The encoded data was not valid for encoding utf-8.');
    text += fromCodePoint(point ?? REPLACEMENT);
    at += length;
  }
  return text;
}

export class GuestTextEncoder {
  get encoding(): string {
    return 'utf-8';
  }

  encode(input: unknown = ''): Uint8Array {
    return encodeUtf8(`${input as string}`);
  }

  /** As much of the text as there is room for in `target`, without cutting a character. */
  encodeInto(input: unknown, target: Uint8Array): { read: number; written: number } {
    if (typedArrayKind(target) !== 'Uint8Array') throw new TypeError('encodeInto writes into a Uint8Array.');
    const text = `${input as string}`;
    const bytes = bytesOf(target);
    const room = lengthOf(target);
    let read = 0;
    let written = 0;
    while (read < text.length) {
      const point = pointAt(text, read);
      const needed = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      if (written + needed > room) break;
      written = writePoint(bytes, written, point);
      read += point > 0xffff ? 2 : 1;
    }
    return { read, written };
  }
}

/** The code point at `index`; half of a pair alone is U+FFFD. */
function pointAt(text: string, index: number): number {
  const unit = charCode(text, index);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  const point = codePoint(text, index) ?? REPLACEMENT;
  return point <= 0xffff ? REPLACEMENT : point;
}

function writePoint(bytes: Uint8Array, at: number, point: number): number {
  if (point < 0x80) {
    bytes[at] = point;
    return at + 1;
  }
  const more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  bytes[at] = (more === 1 ? 0xc0 : more === 2 ? 0xe0 : 0xf0) | (point >> (6 * more));
  for (let step = 1; step <= more; step += 1) bytes[at + step] = 0x80 | ((point >> (6 * (more - step))) & 0x3f);
  return at + more + 1;
}

export class GuestTextDecoder {
  readonly #fatal: boolean;
  readonly #ignoreBOM: boolean;
  /** Of a stream: the beginning of a character whose end has not come, and whether anything came. */
  #rest: Bytes = new Uint8Array(0);
  #begun = false;

  constructor(label: unknown = 'utf-8', options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    const name = `${label as string}`;
    if (!matches(LABEL, lowerCase(name))) throw new RangeError(`The encoding "${name}" is not supported: use utf-8.`);
    this.#fatal = !!options.fatal;
    this.#ignoreBOM = !!options.ignoreBOM;
  }

  get encoding(): string {
    return 'utf-8';
  }

  get fatal(): boolean {
    return this.#fatal;
  }

  get ignoreBOM(): boolean {
    return this.#ignoreBOM;
  }

  decode(input?: ArrayBuffer | ArrayBufferView, options: { stream?: boolean } = {}): string {
    const bytes = joined(this.#rest, inputBytes(input));
    const size = lengthOf(bytes);
    const end = options.stream ? wholeLength(bytes, size) : size;
    const hasMark = !this.#begun && !this.#ignoreBOM && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    this.#rest = new Uint8Array(0);
    if (!options.stream) this.#begun = false;
    else if (end > 0) this.#begun = true;
    const text = decodeUtf8(bytes, hasMark ? 3 : 0, end, this.#fatal);
    if (end < size) this.#rest = cutFrom(bytes, end, size);
    return text;
  }
}

function inputBytes(input: ArrayBuffer | ArrayBufferView | undefined): Bytes {
  if (input === undefined) return new Uint8Array(0);
  if (isView(input)) return bytesOf(input);
  if (typeof input !== 'object' || !(input instanceof ArrayBuffer))
    throw new TypeError('decode takes an ArrayBuffer or a view of one.');
  return new Uint8Array(input);
}

function joined(first: Bytes, second: Bytes): Bytes {
  const before = lengthOf(first);
  if (before === 0) return second;
  const after = lengthOf(second);
  const all = new Uint8Array(before + after);
  for (let at = 0; at < before; at += 1) all[at] = first[at] ?? 0;
  for (let at = 0; at < after; at += 1) all[before + at] = second[at] ?? 0;
  return all;
}

function cutFrom(bytes: Bytes, start: number, end: number): Bytes {
  const rest = new Uint8Array(end - start);
  for (let at = start; at < end; at += 1) rest[at - start] = bytes[at] ?? 0;
  return rest;
}

/** Up to where the bytes hold whole characters, when more may come. */
function wholeLength(bytes: Bytes, size: number): number {
  for (let back = 1; back <= 3 && back <= size; back += 1) {
    const byte = bytes[size - back] ?? 0;
    if (byte < 0x80) return size;
    if (byte < 0xc0) continue;
    const needed = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    const { point, length } = readPoint(bytes, size - back, size);
    return back < needed && point === undefined && length === back ? size - back : size;
  }
  return size;
}

/** The point that begins at `at`, or undefined for bytes that are none; `length` is how many of them belong together. */
function readPoint(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly point: number | undefined; readonly length: number } {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { point: first, length: 1 };
  const more =
    first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0;
  if (more === 0) return { point: undefined, length: 1 };
  let point = first & (0x3f >> more);
  for (let step = 1; step <= more; step += 1) {
    const next = at + step < end ? (bytes[at + step] ?? 0) : 0;
    const low = step === 1 ? lowestSecond(first) : 0x80;
    const high = step === 1 ? highestSecond(first) : 0xbf;
    if (next < low || next > high) return { point: undefined, length: step };
    point = (point << 6) | (next & 0x3f);
  }
  return { point, length: more + 1 };
}

/** Keeps out overlong forms. */
function lowestSecond(first: number): number {
  if (first === 0xe0) return 0xa0;
  return first === 0xf0 ? 0x90 : 0x80;
}

/** Keeps out surrogates, and points beyond U+10FFFF. */
function highestSecond(first: number): number {
  if (first === 0xed) return 0x9f;
  return first === 0xf4 ? 0x8f : 0xbf;
}
