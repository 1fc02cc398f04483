import { stripTypeScriptTypes } from 'node:module';
import type { ParsedSource } from './parse-source.ts';
import type { Hit, Place } from './rules/hit.ts';
import type { RuleId } from './rules/rules.ts';

export type StripResult =
  { readonly success: true; readonly code: string } | { readonly success: false; readonly hit: Hit };

/**
 * What will run: the source with spaces in the place of its types, comments and directives (`"use strict"`), so that every
 * other character stays where it was. Throws what the stripper throws when it breaks; the process must not be used after.
 */
export function stripTypes(source: ParsedSource): StripResult {
  if (source.language === 'js') return { success: true, code: blankTrivia(source, source.text) };
  try {
    const stripped = stripTypeScriptTypes(source.text, { mode: 'strip' });
    const moved = firstMoved(source.text, stripped);
    if (moved !== undefined) return refuse('not-strippable', moved, 'The types here cannot be left out in place.');
    return { success: true, code: blankTrivia(source, plainSpaces(source.text, stripped)) };
  } catch (error) {
    const rule = error instanceof Error && 'code' in error ? STRIP_ERRORS.get(error.code) : undefined;
    if (!rule || !(error instanceof Error)) throw error;
    return refuse(rule, placeInStack(error.stack ?? ''), `${error.message.replace(/\.$/, '')}.`);
  }
}

const STRIP_ERRORS = new Map<unknown, RuleId>([
  ['ERR_INVALID_TYPESCRIPT_SYNTAX', 'syntax-error'],
  ['ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', 'not-strippable'],
]);

function refuse(rule: RuleId, at: Place, message: string): StripResult {
  return { success: false, hit: { rule, at, message } };
}

/** The stripper may put these in the place of types, where their loss would join two statements or split an arrow function. */
const PUT_IN_PLACE = /[\s;(),]/;

/** Nothing may run that was not written: each character is the source's, or stands for a type. */
function firstMoved(text: string, stripped: string): Place | undefined {
  if (text.length !== stripped.length) return { line: 1, column: 1 };
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < text.length; at += 1) {
    const written = text[at] ?? '';
    const now = stripped[at] ?? '';
    if (written !== now && (written === '\n' || !PUT_IN_PLACE.test(now))) return { line, column: at - lineStart + 1 };
    if (written === '\n') [line, lineStart] = [line + 1, at + 1];
  }
  return undefined;
}

/** The stripper fills with wider spaces where characters took more than one byte. */
function plainSpaces(text: string, stripped: string): string {
  return stripped.replace(/[^\S\n\r]/g, (space, at: number) => (text[at] === space ? space : ' '));
}

function blankTrivia(source: ParsedSource, code: string): string {
  const directives = source.nodes('ExpressionStatement').filter((node) => node.directive !== undefined);
  const ranges = [...source.comments, ...directives].map(({ range }) => range).sort(([a], [b]) => a - b);
  const parts: string[] = [];
  let end = 0;
  for (const [from, to] of ranges) {
    parts.push(code.slice(end, from), code.slice(from, to).replace(/[^\n\r]/g, ' '));
    end = to;
  }
  return parts.join('') + code.slice(end);
}

/** Node shows the place as `:LINE`, one or more lines of the source, the last of them the one, and carets under the column. */
function placeInStack(stack: string): Place {
  const [, line, indent] = /^[^\n]*:(\d+)\n(?:[^\n]*\n){1,3}?([^\S\n]*)\^+\n/.exec(stack) ?? [];
  return line === undefined ? { line: 1, column: 1 } : { line: Number(line), column: (indent ?? '').length + 1 };
}
