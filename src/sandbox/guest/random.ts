/** `crypto.randomUUID` and `getRandomValues` for isolates: ChaCha20 (RFC 8439, section 2.3) over a key that the runner drew. */
import { bytesOf, lengthOf, typedArrayKind } from './views.ts';

const BLOCK_BYTES = 64;
const MAX_BYTES = 65_536;

type Words = Uint32Array<ArrayBuffer>;

/** `keyHex`: 32 bytes. */
export function guestCrypto(keyHex: string): object {
  const nextByte = randomBytes(keyHex);
  const getRandomValues = (target: ArrayBufferView): ArrayBufferView => {
    const kind = typedArrayKind(target);
    if (kind === undefined || kind === 'Float16Array' || kind === 'Float32Array' || kind === 'Float64Array')
      throw new TypeError('getRandomValues takes an array of integers.');
    const bytes = bytesOf(target);
    const size = lengthOf(bytes);
    if (size > MAX_BYTES) throw new RangeError(`getRandomValues fills at most ${MAX_BYTES} bytes.`);
    for (let index = 0; index < size; index += 1) bytes[index] = nextByte();
    return target;
  };
  return Object.freeze({ getRandomValues, randomUUID: () => randomUuid(nextByte) });
}

/** Version 4 of RFC 9562. */
function randomUuid(nextByte: () => number): string {
  let text = '';
  for (let index = 0; index < 16; index += 1) {
    const byte = nextByte();
    const marked = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    text +=
      (index === 4 || index === 6 || index === 8 || index === 10 ? '-' : '') +
      (HEX[marked >> 4] ?? '') +
      (HEX[marked & 15] ?? '');
  }
  return text;
}

const HEX = '0123456789abcdef';

function randomBytes(keyHex: string): () => number {
  const state = new Uint32Array(16);
  state.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
  for (let index = 0; index < 8; index += 1) state[4 + index] = parseInt(keyHex.slice(index * 8, index * 8 + 8), 16);
  let block = state;
  let used = BLOCK_BYTES;
  return () => {
    if (used === BLOCK_BYTES) {
      block = chachaBlock(state);
      state[12] = word(state, 12) + 1;
      used = 0;
    }
    const byte = (word(block, used >> 2) >>> (8 * (used & 3))) & 255;
    used += 1;
    return byte;
  };
}

export function chachaBlock(state: Words): Words {
  const x = new Uint32Array(16);
  for (let index = 0; index < 16; index += 1) x[index] = word(state, index);
  for (let round = 0; round < 10; round += 1) {
    quarter(x, 0, 4, 8, 12);
    quarter(x, 1, 5, 9, 13);
    quarter(x, 2, 6, 10, 14);
    quarter(x, 3, 7, 11, 15);
    quarter(x, 0, 5, 10, 15);
    quarter(x, 1, 6, 11, 12);
    quarter(x, 2, 7, 8, 13);
    quarter(x, 3, 4, 9, 14);
  }
  for (let index = 0; index < 16; index += 1) x[index] = word(x, index) + word(state, index);
  return x;
}

function quarter(x: Words, a: number, b: number, c: number, d: number): void {
  mix(x, a, b, d, 16);
  mix(x, c, d, b, 12);
  mix(x, a, b, d, 8);
  mix(x, c, d, b, 7);
}

/** a += b; d ^= a; d <<<= bits. */
function mix(x: Words, a: number, b: number, d: number, bits: number): void {
  x[a] = word(x, a) + word(x, b);
  const turned = word(x, d) ^ word(x, a);
  x[d] = (turned << bits) | (turned >>> (32 - bits));
}

function word(x: Words, index: number): number {
  return x[index] ?? 0;
}
