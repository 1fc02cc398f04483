import { GUEST_GLOBALS } from '../../measured.ts';
import { Kind, placeOf, type FreeName, type Node, type ParsedSource } from '../parse-source.ts';
import { codePointName } from '../source-text.ts';
import type { Hit } from './hit.ts';

const ALLOWED: ReadonlySet<string> = new Set([...GUEST_GLOBALS.language, ...GUEST_GLOBALS.host]);
const COMMONJS = new Set(['require', 'module', 'exports', '__filename', '__dirname']);

/** What to do without the globals that people reach for first. */
const INSTEAD = new Map<string, string>([
  ['eval', 'Write the code itself: none is made from text.'],
  ['Function', 'Write the function itself: none is made from text.'],
  ['fetch', 'A capability of the host, from the context, reaches other hosts.'],
  ['process', 'Settings come from `context.config`.'],
  ['globalThis', 'Name the global you need.'],
  ['window', 'Name the global you need.'],
  ['global', 'Name the global you need.'],
  ['self', 'Name the global you need.'],
  ['Buffer', 'Use Uint8Array, and TextEncoder and TextDecoder for text.'],
  ['setImmediate', 'Use queueMicrotask or setTimeout.'],
  ['Reflect', 'Use Object.keys, Object.hasOwn and plain property access.'],
  ['Intl', 'Format text yourself: locale data lies outside the memory limit.'],
  ['performance', 'Use Date.now(): the sandbox has no finer clock.'],
]);

const ASCII = /^[\x20-\x7e]*$/;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** Nobody could tell them from Latin letters. */
const TWIN = /[авекморсстухѕіјԁһԛԝАВЕКМНОРСТУХЅІЈԌԚԜοΑΒΕΖΗΙΚΜΝΟΡΤΥΧօոսհՕՍ]/u;
/** The same, and those that would pass for one among Latin letters; of `Δt` nobody would think so. */
const NEAR_TWIN = new RegExp(
  `${TWIN.source}|[ανρικυχτγ]|[\\p{Script=Cherokee}\\p{Script=Coptic}\\p{Script=Lisu}]`,
  'u',
);
const LATIN = /\p{Script=Latin}/u;
const LETTER = /^[A-Za-z0-9]+$/;

/**
 * Names: those nobody declared, those that look like another, and `this` where it is nothing. `typeNames` are those that
 * were types before these were left out.
 */
export function checkNames(source: ParsedSource, typeNames: ReadonlySet<string>): Hit[] {
  return [
    ...source.freeNames().flatMap((use) => checkFreeName(use, typeNames)),
    ...source.nodes('Identifier', 'PrivateIdentifier').flatMap((node) => checkSpelling(node.name, node)),
    ...source
      .nodes('ThisExpression')
      .filter((node) => isTopLevel(source, node))
      .map(refuseThis),
  ];
}

function checkFreeName({ name, node, assigned }: FreeName, typeNames: ReadonlySet<string>): Hit[] {
  const at = placeOf(node);
  if (typeNames.has(name)) {
    return [{ rule: 'type-as-value', at, message: `"${name}" is a type; it does not exist when the plugin runs.` }];
  }
  if (COMMONJS.has(name)) return [{ rule: 'commonjs', at, message: `There is no "${name}" in an ES module.` }];
  if (ALLOWED.has(name)) return [];
  const message = assigned ? `"${name}" is assigned but never declared.` : `"${name}" is not available to plugins.`;
  const hint = INSTEAD.get(name);
  return [{ rule: 'unknown-global', at, message, ...(hint ? { hint } : {}) }];
}

function checkSpelling(name: string, node: Node): Hit[] {
  if (ASCII.test(name)) return [];
  const problem = spellingProblem(name);
  return problem ? [{ rule: 'odd-identifier', at: placeOf(node), message: `The name "${name}" ${problem}.` }] : [];
}

function spellingProblem(name: string): string | undefined {
  const invisible = INVISIBLE.exec(name);
  if (invisible) return `holds an invisible character (${codePointName(invisible[0])})`;
  if (name !== name.normalize('NFC')) return 'is not in Unicode form NFC';
  const letters = name.match(/\p{L}/gu) ?? [];
  if (LATIN.test(name) && letters.some((letter) => !LATIN.test(letter) && NEAR_TWIN.test(letter)))
    return 'mixes letters of scripts that look alike';
  if (letters.length > 0 && letters.every((letter) => TWIN.test(letter))) return 'looks like one of Latin letters';
  const disguised = Array.from(name).find((letter) => !ASCII.test(letter) && LETTER.test(letter.normalize('NFKC')));
  return disguised && `holds a letter that looks like a plain one (${codePointName(disguised)})`;
}

function isTopLevel(source: ParsedSource, node: Node): boolean {
  const parent = source.parentOf(node);
  if (!parent) return true;
  switch (parent.type) {
    case Kind.FunctionDeclaration:
    case Kind.FunctionExpression:
    case Kind.StaticBlock:
      return false;
    case Kind.PropertyDefinition:
    case Kind.AccessorProperty:
      // A computed key is evaluated outside the class.
      return parent.key === node && isTopLevel(source, parent);
    default:
      return isTopLevel(source, parent);
  }
}

function refuseThis(node: Node): Hit {
  return { rule: 'top-level-this', at: placeOf(node), message: '`this` is undefined here.' };
}
