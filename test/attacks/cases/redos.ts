import { legal } from '../harness/case-rows.ts';

/** Ends at once where V8 changes to an engine that does not backtrack. */
const NESTED = String.raw`const from = Date.now(); /^(a+)+$/.test('a'.repeat(40) + '!'); return ok(Date.now() - from);`;

const isQuick = ({ data }: { readonly data: unknown }) =>
  data === null || (typeof data === 'number' && data <= 200) ? undefined : `the pattern took ${String(data)} ms`;

export const REDOS_CASES = legal('redos', [
  ['A053', 'nested quantifiers', NESTED, ['OK', 'TIMEOUT'], { check: isQuick }],
  [
    'A053b',
    'choices that overlap',
    String.raw`return ok(/^(?:a|a|ab|b)*c$/.test('ab'.repeat(30)));`,
    ['OK', 'TIMEOUT'],
  ],
  [
    'A053c',
    'adjacent quantifiers',
    String.raw`return ok(/^\d*\d*\d*\d*\d*\d*\d*\d*x$/.test('1'.repeat(400)));`,
    ['OK', 'TIMEOUT'],
  ],
  ['A054', 'a back-reference', String.raw`return ok(/^(x+x+)+\1y$/.test('x'.repeat(40)));`, 'TIMEOUT'],
  ['A054b', 'a look-ahead', String.raw`return ok(/^(?=(x+x+)+y)x/.test('x'.repeat(60)));`, ['OK', 'TIMEOUT']],
  ['A054c', 'a look-behind', String.raw`return ok(/(?<=y(x+x+)+)z/.test('x'.repeat(60) + 'z'));`, ['OK', 'TIMEOUT']],
  [
    'A055',
    'split by a pattern that backtracks',
    String.raw`return ok('a'.repeat(40).split(/(?:a+)+b\1?/).length);`,
    ['OK', 'TIMEOUT'],
  ],
  [
    'A055b',
    'a sticky pattern that never moves on',
    String.raw`const empty = /(?:)/gy; for (;;) { empty.exec('a'); empty.lastIndex = 0; }`,
    'TIMEOUT',
  ],
  [
    'A055c',
    'matchAll with a pattern that goes back',
    String.raw`class Back extends RegExp { exec(text) { this.lastIndex = 0; return super.exec(text); } } return ok([...'aaa'.matchAll(new Back('a', 'g'))].length);`,
    ['TIMEOUT', 'MEMORY_LIMIT_EXCEEDED', 'PLUGIN_ERROR', 'OK'],
  ],
  [
    'A055d',
    'replace with a pattern that goes back',
    String.raw`class Back extends RegExp { exec() { return { index: 0, 0: '', length: 1 }; } } return ok('a'.replace(new Back('a', 'g'), 'b').length);`,
    ['TIMEOUT', 'MEMORY_LIMIT_EXCEEDED', 'PLUGIN_ERROR'],
  ],
]);
