/** `btoa` and `atob` for isolates. https://infra.spec.whatwg.org/#forgiving-base64 */
import { charCode, fromCharCode, slice } from './intrinsics.ts';
import { namedError } from './named-error.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Each character is a byte. */
export function guestBtoa(data: unknown): string {
  if (arguments.length === 0) throw new TypeError('1 argument is needed.');
  const text = `${data as string}`;
  let encoded = '';
  for (let at = 0; at < text.length; at += 3) {
    const first = byteAt(text, at);
    const second = byteAt(text, at + 1);
    const third = byteAt(text, at + 2);
    encoded += letter(first >> 2) + letter(((first & 3) << 4) | (second >> 4));
    encoded += at + 1 < text.length ? letter(((second & 15) << 2) | (third >> 6)) : '=';
    encoded += at + 2 < text.length ? letter(third & 63) : '=';
  }
  return encoded;
}

export function guestAtob(data: unknown): string {
  if (arguments.length === 0) throw new TypeError('1 argument is needed.');
  const text = withoutPadding(withoutSpace(`${data as string}`));
  if (text.length % 4 === 1) throw invalid('The text is not base64: its length is wrong.');
  let decoded = '';
  let bits = 0;
  let held = 0;
  for (let at = 0; at < text.length; at += 1) {
    bits = ((bits << 6) | valueOf(charCode(text, at))) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    decoded += fromCharCode((bits >> held) & 255);
  }
  return decoded;
}

function letter(value: number): string {
  return LETTERS[value] ?? '';
}

function byteAt(text: string, at: number): number {
  if (at >= text.length) return 0;
  const code = charCode(text, at);
  if (code > 255) throw invalid('Each character of the text must be a byte. Encode it first, as with TextEncoder.');
  return code;
}

function withoutSpace(text: string): string {
  let kept = '';
  for (let at = 0; at < text.length; at += 1) {
    const code = charCode(text, at);
    if (code !== 9 && code !== 10 && code !== 12 && code !== 13 && code !== 32) kept += text[at] ?? '';
  }
  return kept;
}

function withoutPadding(text: string): string {
  if (text.length % 4 !== 0) return text;
  let end = text.length;
  while (end > text.length - 2 && text[end - 1] === '=') end -= 1;
  return slice(text, 0, end);
}

function valueOf(code: number): number {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26;
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52;
  if (code === 0x2b) return 62;
  if (code === 0x2f) return 63;
  throw invalid('The text is not base64: it holds another character.');
}

function invalid(message: string): Error {
  return namedError('InvalidCharacterError', message);
}
