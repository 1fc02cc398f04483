/**
 * International domain names as ASCII: UTS #46 by what the engine itself knows of Unicode, without tables of our own, and
 * Punycode (RFC 3492). Of the rules for labels that mix directions only the gist is kept. It decides nothing: the host reads
 * the text of a request's URL anew.
 */
import { charCode, codePoint, fromCodePoint, lowerCase, matches, normalize, slice } from '../intrinsics.ts';

const ASCII = /^[\0-\x7f]*$/;

/** Made when the first such domain comes: classes of Unicode take time to read, and most plugins never meet one. */
interface Patterns {
  /** What UTS #46 leaves out. Joiners are not: they may stay in the scripts that need them. */
  readonly ignored: RegExp;
  readonly disallowed: RegExp;
  readonly joiner: RegExp;
  /** Joiners after a virama, or between letters that join. */
  readonly joined: RegExp;
  readonly markFirst: RegExp;
  readonly rightToLeft: RegExp;
  /** A letter of that direction, then no letter of the other, and no sign at the end. RFC 5893, section 2. */
  readonly allRightToLeft: RegExp;
}

let known: Patterns | undefined;

function patterns(): Patterns {
  if (known) return known;
  const rtl = '\\p{Script=Hebrew}\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Thaana}\\p{Script=Nko}';
  known = {
    ignored: new RegExp(`^(?:${IGNORED})$`, 'u'),
    disallowed:
      /[\p{C}\p{Z}\u2061-\u2063\u2065-\u206f\u3002\uff0e\uff61\ufff9-\ufffd\u2ff0-\u2fff\u{e0000}-\u{e0fff}]/u,
    joiner: /[\u200c\u200d]/u,
    joined: new RegExp(
      `^(?:[^\\u200c\\u200d]|(?<=[${VIRAMAS}])[\\u200c\\u200d]` +
        '|(?<=[\\p{Script=Arabic}\\p{Script=Syriac}])\\u200c(?=[\\p{Script=Arabic}\\p{Script=Syriac}]))*$',
      'u',
    ),
    markFirst: /^\p{M}/u,
    rightToLeft: new RegExp(`[${rtl}\\u0660-\\u0669]`, 'u'),
    allRightToLeft: new RegExp(`^(?=[${rtl}])(?=\\p{L})(?:[${rtl}\\P{L}])*(?:[${rtl}\\p{N}])\\p{Mn}*$`, 'u'),
  };
  return known;
}

const IGNORED =
  '\\u00ad|\\u034f|\\u115f|\\u1160|\\u17b4|\\u17b5|[\\u180b-\\u180f]|\\u200b|\\u2060|\\u2064|\\u3164|[\\ufe00-\\ufe0f]' +
  '|\\ufeff|\\uffa0|[\\u{1bca0}-\\u{1bca3}]|[\\u{1d173}-\\u{1d17a}]|[\\u{e0100}-\\u{e01ef}]';
const VIRAMAS =
  '\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d3b\\u0d3c\\u0d4d\\u0dca\\u0e3a\\u0f84\\u1039' +
  '\\u103a\\u1714\\u1734\\u17d2\\u1a60\\u1b44\\u1baa\\u1bab\\u1bf2\\u1bf3\\ua806\\ua8c4\\ua953\\ua9c0\\uaaf6\\uabed';

/** Undefined when it is no domain. */
export function domainToAscii(domain: string): string | undefined {
  return matches(ASCII, domain) ? lowerCase(domain) : eachLabel(map(domain));
}

/** Each character on its own, since the last sigma of a word would else become another one. */
function map(domain: string): string {
  let mapped = '';
  for (let at = 0; at < domain.length;) {
    const character = fromCodePoint(codePoint(domain, at) ?? 0);
    at += character.length;
    if (matches(patterns().ignored, character)) continue;
    mapped += character === '\u3002' ? '.' : mapOne(character);
  }
  return normalize(mapped, 'NFC');
}

function mapOne(character: string): string {
  const compatible = normalize(character, 'NFKC');
  if (compatible === '\u3002') return '.';
  let lower = '';
  for (let at = 0; at < compatible.length;) {
    const part = fromCodePoint(codePoint(compatible, at) ?? 0);
    at += part.length;
    lower += lowerCase(part);
  }
  return normalize(lower, 'NFKC');
}

function eachLabel(domain: string): string | undefined {
  let ascii = '';
  let label = '';
  for (let at = 0; at <= domain.length; at += 1) {
    if (at < domain.length && domain[at] !== '.') {
      label += domain[at];
      continue;
    }
    const encoded = labelToAscii(label);
    if (encoded === undefined) return undefined;
    ascii += at < domain.length ? `${encoded}.` : encoded;
    label = '';
  }
  return ascii;
}

function labelToAscii(label: string): string | undefined {
  if (slice(label, 0, 4) === 'xn--') {
    const decoded = matches(ASCII, label) ? decodePunycode(slice(label, 4)) : undefined;
    if (decoded === undefined || matches(ASCII, decoded) || map(decoded) !== decoded) return undefined;
    return isLabel(decoded) ? label : undefined;
  }
  if (matches(ASCII, label)) return label;
  return isLabel(label) ? `xn--${encodePunycode(label)}` : undefined;
}

function isLabel(label: string): boolean {
  const { markFirst, rightToLeft, allRightToLeft, disallowed, joiner, joined } = patterns();
  if (matches(markFirst, label) || normalize(label, 'NFC') !== label) return false;
  if (matches(rightToLeft, label) && !matches(allRightToLeft, label)) return false;
  let without = '';
  for (let at = 0; at < label.length; at += 1)
    if (label[at] !== '\u200c' && label[at] !== '\u200d') without += label[at];
  if (matches(disallowed, without)) return false;
  return !matches(joiner, label) || matches(joined, label);
}

const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;

function adapt(delta: number, points: number, first: boolean): number {
  let rest = first ? whole(delta / 700) : delta >> 1;
  rest += whole(rest / points);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = whole(rest / (BASE - T_MIN));
  return k + whole(((BASE - T_MIN + 1) * rest) / (rest + 38));
}

function whole(number: number): number {
  return number - (number % 1);
}

function threshold(k: number, bias: number): number {
  if (k <= bias) return T_MIN;
  return k >= bias + T_MAX ? T_MAX : k - bias;
}

function pointsOf(text: string): number[] {
  const points: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const point = codePoint(text, at) ?? 0;
    if (point > 0xffff) at += 1;
    points[points.length] = point;
  }
  return points;
}

/** A digit as its letter: a to z, then 0 to 9. */
function digit(value: number): string {
  return fromCodePoint(value < 26 ? 0x61 + value : 0x30 + value - 26);
}

function encodePunycode(label: string): string {
  const points = pointsOf(label);
  let encoded = '';
  for (let at = 0; at < points.length; at += 1) if ((points[at] ?? 0) < 128) encoded += fromCodePoint(points[at] ?? 0);
  const basic = encoded.length;
  if (basic > 0) encoded += '-';
  let next = 128;
  let delta = 0;
  let bias = 72;
  for (let handled = basic; handled < points.length; next += 1, delta += 1) {
    let smallest = Infinity;
    for (let at = 0; at < points.length; at += 1) {
      const point = points[at] ?? 0;
      if (point >= next && point < smallest) smallest = point;
    }
    delta += (smallest - next) * (handled + 1);
    next = smallest;
    for (let at = 0; at < points.length; at += 1) {
      const point = points[at] ?? 0;
      if (point < next) delta += 1;
      if (point !== next) continue;
      encoded += encodeDelta(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic);
      delta = 0;
      handled += 1;
    }
  }
  return encoded;
}

function encodeDelta(delta: number, bias: number): string {
  let text = '';
  let rest = delta;
  for (let k = BASE; ; k += BASE) {
    const t = threshold(k, bias);
    if (rest < t) return text + digit(rest);
    text += digit(t + ((rest - t) % (BASE - t)));
    rest = whole((rest - t) / (BASE - t));
  }
}

function decodePunycode(text: string): string | undefined {
  let split = text.length - 1;
  while (split > 0 && text[split] !== '-') split -= 1;
  if (split < 0) return undefined;
  const points = pointsOf(slice(text, 0, split));
  let point = 128;
  let position = 0;
  let bias = 72;
  for (let at = split > 0 ? split + 1 : 0; at < text.length;) {
    const before = position;
    let weight = 1;
    for (let k = BASE; ; k += BASE, at += 1) {
      const value = at < text.length ? digitValue(charCode(text, at)) : -1;
      if (value < 0) return undefined;
      position += value * weight;
      if (position > 0x7fffffff) return undefined;
      const t = threshold(k, bias);
      if (value < t) break;
      weight *= BASE - t;
    }
    at += 1;
    const count = points.length + 1;
    bias = adapt(position - before, count, before === 0);
    point += whole(position / count);
    position %= count;
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
    for (let to = points.length; to > position; to -= 1) points[to] = points[to - 1] ?? 0;
    points[position++] = point;
  }
  let decoded = '';
  for (let at = 0; at < points.length; at += 1) decoded += fromCodePoint(points[at] ?? 0);
  return decoded;
}

function digitValue(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  return code >= 0x30 && code <= 0x39 ? code - 0x30 + 26 : -1;
}
