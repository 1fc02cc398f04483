/** `TextEncoder` and `TextDecoder` for isolates: UTF-8 only, as the encoding standard has it. https://encoding.spec.whatwg.org/#utf-8 */

const REPLACEMENT = 0xfffd;

export class GuestTextEncoder {
  readonly encoding = 'utf-8';

  encode(input: unknown = ''): Uint8Array {
    const text = String(input);
    const bytes = new Uint8Array(text.length * 3);
    let length = 0;
    for (let index = 0; index < text.length; index += 1) {
      const point = pointAt(text, index);
      if (point > 0xffff) index += 1;
      length = writePoint(bytes, length, point);
    }
    return bytes.slice(0, length);
  }
}

/** The code point at `index`; half of a pair alone is U+FFFD. */
function pointAt(text: string, index: number): number {
  const point = text.codePointAt(index) ?? REPLACEMENT;
  return point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point;
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
  readonly encoding = 'utf-8';
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;

  constructor(label: unknown = 'utf-8', options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(String(label)))
      throw new RangeError(`The encoding "${String(label)}" is not supported: use utf-8.`);
    this.fatal = options.fatal === true;
    this.ignoreBOM = options.ignoreBOM === true;
  }

  decode(input: ArrayBuffer | ArrayBufferView = new Uint8Array(0)): string {
    const bytes = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input);
    let text = '';
    for (
      let at = !this.ignoreBOM && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
      at < bytes.length;
    ) {
      const { point, length } = readPoint(bytes, at);
      if (point === undefined && this.fatal) throw new TypeError('The encoded data was not valid for encoding utf-8.');
      text += String.fromCodePoint(point ?? REPLACEMENT);
      at += length;
    }
    return text;
  }
}

/** The point that begins at `at`, or undefined for bytes that are none; `length` is how many of them belong together. */
function readPoint(bytes: Uint8Array, at: number): { readonly point: number | undefined; readonly length: number } {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { point: first, length: 1 };
  const more =
    first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0;
  if (more === 0) return { point: undefined, length: 1 };
  let point = first & (0x3f >> more);
  for (let step = 1; step <= more; step += 1) {
    const next = bytes[at + step] ?? 0;
    const [low, high] = step === 1 ? secondByteRange(first) : [0x80, 0xbf];
    if (next < low || next > high) return { point: undefined, length: step };
    point = (point << 6) | (next & 0x3f);
  }
  return { point, length: more + 1 };
}

/** Keeps out overlong forms, surrogates and points beyond U+10FFFF. */
function secondByteRange(first: number): readonly [number, number] {
  if (first === 0xe0) return [0xa0, 0xbf];
  if (first === 0xed) return [0x80, 0x9f];
  if (first === 0xf0) return [0x90, 0xbf];
  if (first === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}

Object.defineProperty(GuestTextEncoder, 'name', { value: 'TextEncoder' });
Object.defineProperty(GuestTextDecoder, 'name', { value: 'TextDecoder' });
