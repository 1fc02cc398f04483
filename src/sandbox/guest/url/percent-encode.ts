/** Percent-encoding and its sets. https://url.spec.whatwg.org/#percent-encoded-bytes */
import { charCode, fromCharCode } from '../intrinsics.ts';
import { decodeUtf8, encodeUtf8 } from '../text-codec.ts';

/** Of the printable ASCII characters; all others are always encoded. */
export type EncodeSet = readonly boolean[];

function encodeSet(characters: string, base: EncodeSet = []): EncodeSet {
  const set: boolean[] = [];
  for (let code = 0; code < 128; code += 1) set[code] = code < 0x20 || code > 0x7e || base[code] === true;
  for (let index = 0; index < characters.length; index += 1) set[charCode(characters, index)] = true;
  return set;
}

export const CONTROL = encodeSet('');
export const FRAGMENT = encodeSet(' "<>`');
export const QUERY = encodeSet(' "#<>');
export const SPECIAL_QUERY = encodeSet("'", QUERY);
export const PATH = encodeSet('?^`{}', QUERY);
export const USERINFO = encodeSet('/:;=@[\\]|', PATH);
export const FORM = encodeSet("$%&+,!'()~", USERINFO);

const HEX = '0123456789ABCDEF';

/** `text` is well formed. */
export function percentEncode(text: string, set: EncodeSet): string {
  let encoded = '';
  for (let index = 0; index < text.length; index += 1) {
    const code = charCode(text, index);
    if (code < 128) {
      encoded += set[code] ? encodeByte(code) : text[index];
      continue;
    }
    const character =
      code >= 0xd800 && code < 0xdc00 ? fromCharCode(code, charCode(text, ++index)) : fromCharCode(code);
    const bytes = encodeUtf8(character);
    for (let at = 0; at < character.length * 3; at += 1) {
      const byte = bytes[at];
      if (byte === undefined) break;
      encoded += encodeByte(byte);
    }
  }
  return encoded;
}

export function percentDecode(text: string): string {
  const bytes = encodeUtf8(text);
  const decoded = new Uint8Array(text.length * 3);
  let length = 0;
  for (let at = 0, byte = bytes[0]; byte !== undefined; byte = bytes[++at]) {
    const high = byte === 0x25 ? hexValue(bytes[at + 1]) : -1;
    const low = high < 0 ? -1 : hexValue(bytes[at + 2]);
    if (low >= 0) at += 2;
    decoded[length++] = low < 0 ? byte : high * 16 + low;
  }
  return decodeUtf8(decoded, 0, length);
}

function encodeByte(byte: number): string {
  return `%${HEX[byte >> 4] ?? ''}${HEX[byte & 15] ?? ''}`;
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
