/** Hosts of URLs: names, IPv4, IPv6, and opaque ones. https://url.spec.whatwg.org/#host-parsing */
import { matches, slice } from '../intrinsics.ts';
import { domainToAscii } from './domain-to-ascii.ts';
import { CONTROL, percentDecode, percentEncode } from './percent-encode.ts';

const FORBIDDEN_HOST = /[\0\t\n\r #/:<>?@[\\\]^|]/;
const FORBIDDEN_DOMAIN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;
const DIGITS = /^[0-9]+$/;
const HEX_NUMBER = /^0[xX][0-9a-fA-F]*$/;
const OCTAL = /^[0-7]+$/;
const HEX_DIGIT = /^[0-9a-fA-F]$/;

/** The host as it is written out, or undefined when it is none. */
export function parseHost(text: string, opaque: boolean): string | undefined {
  if (text[0] === '[') {
    if (text[text.length - 1] !== ']') return undefined;
    const pieces = parseIpv6(slice(text, 1, -1));
    return pieces && `[${writeIpv6(pieces)}]`;
  }
  if (opaque) return matches(FORBIDDEN_HOST, text) ? undefined : percentEncode(text, CONTROL);
  const domain = domainToAscii(percentDecode(text));
  if (domain === undefined || domain === '' || matches(FORBIDDEN_DOMAIN, domain)) return undefined;
  return endsInNumber(domain) ? parseIpv4(domain) : domain;
}

function splitAtDots(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let index = 0; index <= text.length; index += 1) {
    if (index < text.length && text[index] !== '.') part += text[index];
    else {
      parts[parts.length] = part;
      part = '';
    }
  }
  return parts;
}

function endsInNumber(domain: string): boolean {
  const parts = splitAtDots(domain);
  if (parts[parts.length - 1] === '') {
    if (parts.length === 1) return false;
    parts.length -= 1;
  }
  const last = parts[parts.length - 1] ?? '';
  return matches(DIGITS, last) || matches(HEX_NUMBER, last);
}

function parseIpv4(domain: string): string | undefined {
  const parts = splitAtDots(domain);
  if (parts.length > 1 && parts[parts.length - 1] === '') parts.length -= 1;
  if (parts.length > 4) return undefined;
  let address = 0;
  for (let index = 0; index < parts.length; index += 1) {
    const number = parseIpv4Number(parts[index] ?? '');
    if (number === undefined) return undefined;
    const isLast = index === parts.length - 1;
    if (number >= (isLast ? 256 ** (5 - parts.length) : 256)) return undefined;
    address += isLast ? number : number * 256 ** (3 - index);
  }
  let text = '';
  for (let index = 3; index >= 0; index -= 1) {
    const byte = ((address - (address % 256 ** index)) / 256 ** index) % 256;
    text += index === 3 ? `${byte}` : `.${byte}`;
  }
  return text;
}

function parseIpv4Number(part: string): number | undefined {
  if (matches(HEX_NUMBER, part)) return part.length === 2 ? 0 : +`0x${slice(part, 2)}`;
  if (part.length > 1 && part[0] === '0') return matches(OCTAL, part) ? +`0o${part}` : undefined;
  return matches(DIGITS, part) ? +part : undefined;
}

function parseIpv6(text: string): number[] | undefined {
  const pieces = [0, 0, 0, 0, 0, 0, 0, 0];
  let piece = 0;
  let compressAt: number | undefined;
  let at = 0;
  if (text[0] === ':') {
    if (text[1] !== ':') return undefined;
    at = 2;
    compressAt = ++piece;
  }
  while (at < text.length) {
    if (piece === 8) return undefined;
    if (text[at] === ':') {
      if (compressAt !== undefined) return undefined;
      at += 1;
      compressAt = ++piece;
      continue;
    }
    const start = at;
    let value = 0;
    for (; at < start + 4 && matches(HEX_DIGIT, text[at] ?? ''); at += 1) value = value * 16 + +`0x${text[at]}`;
    if (text[at] === '.') {
      if (at === start || piece > 6 || !readTail(text, start, pieces, piece)) return undefined;
      piece += 2;
      break;
    }
    if (text[at] === ':') {
      at += 1;
      if (at === text.length) return undefined;
    } else if (at < text.length) return undefined;
    pieces[piece++] = value;
  }
  if (compressAt === undefined) return piece === 8 ? pieces : undefined;
  for (let to = 7; piece > compressAt && to > 0; to -= 1) {
    piece -= 1;
    const value = pieces[piece] ?? 0;
    pieces[piece] = pieces[to] ?? 0;
    pieces[to] = value;
  }
  return pieces;
}

/** The dotted IPv4 address at the end of an IPv6 address, into two of its pieces. */
function readTail(text: string, start: number, pieces: number[], piece: number): boolean {
  const parts = splitAtDots(slice(text, start));
  if (parts.length !== 4) return false;
  for (let index = 0; index < 4; index += 1) {
    const part = parts[index] ?? '';
    if (part.length > 3 || !matches(DIGITS, part) || (part.length > 1 && part[0] === '0') || +part > 255) return false;
    const into = piece + (index < 2 ? 0 : 1);
    pieces[into] = (pieces[into] ?? 0) * 256 + +part;
  }
  return true;
}

function writeIpv6(pieces: readonly number[]): string {
  const { from, length } = longestZeros(pieces);
  let text = '';
  for (let index = 0; index < 8; index += 1) {
    if (length > 1 && index === from) {
      text += index === 0 ? '::' : ':';
      index += length - 1;
      continue;
    }
    text += hex(pieces[index] ?? 0);
    if (index < 7) text += ':';
  }
  return text;
}

function longestZeros(pieces: readonly number[]): { readonly from: number; readonly length: number } {
  let from = 0;
  let longest = 0;
  for (let index = 0, length = 0; index < 8; index += 1) {
    length = pieces[index] === 0 ? length + 1 : 0;
    if (length > longest) {
      longest = length;
      from = index - length + 1;
    }
  }
  return { from, length: longest };
}

const HEX = '0123456789abcdef';

function hex(piece: number): string {
  let text = '';
  for (let rest = piece; rest > 0 || text === ''; rest >>= 4) text = `${HEX[rest & 15] ?? ''}${text}`;
  return text;
}
