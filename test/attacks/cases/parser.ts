/** Sources that are meant to hurt whoever parses them. */
import type { AttackCase, Ending } from '../harness/attack-case.ts';
import type { RuleId } from '../../../src/sandbox/compiler/rules/rules.ts';

const TOO_MUCH: readonly RuleId[] = ['source-too-complex', 'source-too-large', 'syntax-error'];
/** What V8 makes of it where nobody read it before: it may also bear it. */
const BORNE: readonly Ending[] = [
  'OK',
  'PLUGIN_COMPILE_FAILED',
  'PLUGIN_LOAD_FAILED:PLUGIN_ERROR',
  'PLUGIN_LOAD_FAILED:TIMEOUT',
  'PLUGIN_LOAD_FAILED:MEMORY_LIMIT_EXCEEDED',
];

function bomb(id: string, name: string, top: string, more: Partial<AttackCase> = {}): AttackCase {
  return { id, name, of: 'parser', top, by: 'enable', validator: TOO_MUCH, contained: BORNE, ...more };
}

/** Text that no compiler shall see; what becomes of it without one says nothing. */
function unread(id: string, name: string, top: string, validator: readonly RuleId[]): AttackCase {
  return { id, name, of: 'parser', top, by: 'enable', validator };
}

const nested = (open: string, middle: string, close: string, levels: number) =>
  `${open.repeat(levels)}${middle}${close.repeat(levels)}`;

export const PARSER_CASES: readonly AttackCase[] = [
  bomb('A114', '250 KiB of statements', 'let a;'.concat('a;'.repeat(125_000))),
  bomb('A114b', 'brackets 1,000 deep', `const a = ${nested('(', '1', ')', 1_000)};`),
  bomb('A114c', 'arrows 1,000 deep', `const a = ${'() => '.repeat(1_000)}1;`),
  bomb('A114d', 'a sum of 20,000 terms', `const a = ${'1 + '.repeat(20_000)}1;`),
  bomb('A114e', 'arrays 5,000 deep', `const a = ${nested('[', '', ']', 5_000)};`),
  bomb('A114f', 'blocks 3,000 deep', nested('{', '', '}', 3_000)),
  bomb('A114g', 'templates 500 deep', `const a = ${nested('`${', '1', '}`', 500)};`),
  bomb('A114h', 'choices 5,000 deep', `const a = ${'1 ? 2 : '.repeat(5_000)}3;`),
  bomb('A114i', 'signs 20,000 deep', `const a = ${'!'.repeat(20_000)}1;`),
  bomb('A114j', 'members 20,000 deep', `const a = { b: 1 }; const c = () => a${'.b'.repeat(20_000)};`),
  bomb('A114k', 'calls 10,000 deep', `const f = () => f; const c = () => f${'()'.repeat(10_000)};`),
  bomb('A114l', 'functions 2,000 deep', nested('function f() {', '', '}', 2_000)),
  bomb('A114m', 'classes 1,000 deep', nested('class A { static a = ', '1', ' }', 1_000)),
  bomb('A114n', 'else without end', `const a = 1; ${'if (a) {} else '.repeat(5_000)}{}`),
  bomb('A114o', 'commas without end', `const f = () => (${'1, '.repeat(30_000)}1);`),
  bomb('A114p', 'a pattern of 100,000 groups', `const a = /${nested('(', 'a', ')', 50_000)}/;`, {
    // V8 alone reads patterns, and refuses this one.
    validator: 'accepted',
    contained: ['PLUGIN_COMPILE_FAILED'],
  }),
  bomb('A114q', 'types 2,000 deep', `type A = ${nested('Array<', '1', '>', 2_000)};`, { language: 'ts' }),
  // Long and not deep, and within the tokens that a source may have.
  bomb('A114r', 'a choice of 20,000 types', `type A = ${'1 | '.repeat(20_000)}2;`, {
    language: 'ts',
    validator: 'accepted',
    contained: ['OK'],
  }),
  bomb('A114s', 'conditional types 2,000 deep', `type A = ${'1 extends 2 ? 3 : '.repeat(2_000)}4;`, { language: 'ts' }),
  bomb('A114t', '60,000 comments', '/**/'.repeat(60_000)),
  unread('A115', '257 KiB', `// ${'x'.repeat(257 * 1024)}`, ['source-too-large']),
  unread('A115b', '2 MB', `// ${'x'.repeat(2e6)}`, ['source-too-large']),
  unread('A115c', 'a NUL', 'const a = "\u0000";', ['not-text', 'invisible-character']),
  unread('A115d', 'half a character', 'const a = "\ud800";', ['not-text', 'invisible-character']),
  unread('A115e', '200 KB that are 300 KB in bytes', `// ${'\u20ac'.repeat(100_000)}`, ['source-too-large']),
];
