/**
 * What plugins, agents and models wrote, made fit for one line of a terminal: whatever is no visible character stands there
 * as an escape, so that it can neither move the cursor nor turn the direction of writing.
 */
export function safeText(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => NAMED.get(character) ?? escapeOf(character),
  );
}

/** JSON for a pipe that may end in a terminal: the same value, without what JSON lets through. */
export function safeJson(value: object): string {
  return JSON.stringify(value).replaceAll(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    [...Array(character.length).keys()].map((index) => unitEscape(character.charCodeAt(index))).join(''),
  );
}

/** At most so many characters, the last one `…` when there were more. */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  // A pair that is cut in two leaves half a character behind.
  return `${text.slice(0, maxChars - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

const NAMED = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escapeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function unitEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
