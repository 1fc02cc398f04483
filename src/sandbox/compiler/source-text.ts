/** What can be said of a source before it is parsed; cheap and safe in any process. */
import type { SandboxLimits } from '../limits.ts';
import { MAX_FINDINGS, type Hit, type Place } from './rules/hit.ts';

export type SourceLimits = Pick<SandboxLimits, 'sourceBytes' | 'sourceTokens'>;

/** Tags, fillers and marks that draw nothing, bidirectional controls, and line ends that editors do not show as such. */
const INVISIBLE = new RegExp(
  [
    '[\\0-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]', // control characters, but for tab and line ends
    '\\r(?!\\n)', // ends a line comment where some editors show one line
    '[\\u00ad\\u061c\\u115f\\u1160\\u180e\\u3164\\uffa0\\ufff9-\\ufffb]',
    '[\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]',
    '[\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]',
    '[\\ufe00-\\ufe0f]{2,}', // one after an emoji is ordinary; a row of them carries hidden data
    '(?<!\\p{L}|\\p{M}|\\p{Emoji}|\\ufe0f)(?:\\u200c|\\u200d)', // joiners, but in emoji and in scripts that need them
  ].join('|'),
  'gu',
);

/** A source that is too large or not text; it goes no further. */
export function checkBytes(text: string, limits: SourceLimits): Hit | undefined {
  // UTF-8 has at least a byte for every UTF-16 unit, so what is far too large need not be measured.
  const bytes = text.length > limits.sourceBytes ? text.length : Buffer.byteLength(text);
  if (bytes > limits.sourceBytes) {
    const message = `The source has at least ${bytes} bytes; ${limits.sourceBytes} are allowed.`;
    return { rule: 'source-too-large', at: { line: 1, column: 1 }, message };
  }
  const nul = text.indexOf('\0');
  if (nul !== -1) return { rule: 'not-text', at: placeAt(text, nul), message: 'There is a NUL byte in the source.' };
  if (text.isWellFormed()) return undefined;
  const surrogate = text.search(/\p{Surrogate}/u);
  return {
    rule: 'not-text',
    at: placeAt(text, surrogate),
    message: 'There is half of a surrogate pair in the source.',
  };
}

export function checkCharacters(text: string): Hit[] {
  const hits: Hit[] = [];
  for (const match of text.matchAll(INVISIBLE)) {
    const message = `There is an invisible character here (${codePointName(match[0])}).`;
    hits.push({ rule: 'invisible-character', at: placeAt(text, match.index), message });
    if (hits.length === MAX_FINDINGS) break;
  }
  return hits;
}

export function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}
