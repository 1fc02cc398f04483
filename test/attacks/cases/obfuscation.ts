import { refused } from '../harness/case-rows.ts';
import type { AttackCase } from '../harness/attack-case.ts';

const ACCESS = 'constructor-access';
const UNKNOWN = 'unknown-global';

/** Characters that a reader does not see, or takes for others. */
const BIDI = String.fromCodePoint(0x202e);
const ZERO_WIDTH = String.fromCodePoint(0x200b);
const CYRILLIC_A = String.fromCodePoint(0x430);

export const OBFUSCATION_CASES: readonly AttackCase[] = [
  ...refused('obfuscation', [
    ['A010', 'a template as a key', "return ok((() => 0)[`constructor`]('return 1')());", ACCESS, 'PLUGIN_ERROR'],
    ['A011', 'a key in an array', "return ok((() => 0)[['constructor']]('return 1')());", ACCESS, 'PLUGIN_ERROR'],
    ['A013', 'an identifier with an escape', "return ok(\\u0065val('1'));", UNKNOWN, 'PLUGIN_ERROR'],
    ['A013b', 'an identifier with a braced escape', "return ok(ev\\u{61}l('1'));", UNKNOWN, 'PLUGIN_ERROR'],
    ['A014', 'a key with an escape', "return ok((() => 0)['\\x63onstructor']('return 1')());", ACCESS, 'PLUGIN_ERROR'],
    [
      'A014b',
      'a property with an escape',
      "return ok((() => 0).c\\u006fnstructor('return 1')());",
      ACCESS,
      'PLUGIN_ERROR',
    ],
    [
      'A015',
      'a pattern that takes the constructor',
      "const { constructor: C } = () => 0; return ok(C('return 1')());",
      ACCESS,
      'PLUGIN_ERROR',
    ],
    [
      'A015b',
      'a nested pattern with a default',
      "const { a: { constructor: C } = () => 0 } = {}; return ok(C('return 1')());",
      ACCESS,
      'PLUGIN_ERROR',
    ],
    [
      'A015c',
      'a pattern with a computed key',
      "const { ['constructor']: C } = () => 0; return ok(C('return 1')());",
      ACCESS,
      'PLUGIN_ERROR',
    ],
    [
      'A015d',
      'a pattern of a parameter',
      "return ok((({ constructor: C }) => C('return 1')())(() => 0));",
      ACCESS,
      'PLUGIN_ERROR',
    ],
    [
      'A016',
      'a call chain with a question mark',
      "return ok((() => 0)?.constructor?.('return 1')());",
      ACCESS,
      'PLUGIN_ERROR',
    ],
    [
      'A017',
      'a descriptor of the constructor',
      "return ok(Object.getOwnPropertyDescriptor(Object.getPrototypeOf(() => 0), 'constructor').value('return 1')());",
      ACCESS,
      'PLUGIN_ERROR',
    ],
    [
      'A017b',
      'Reflect.get',
      "return ok(Reflect.get(() => 0, 'constructor')('return 1')());",
      [UNKNOWN, ACCESS],
      'PLUGIN_ERROR',
    ],
    [
      'A017c',
      'the getter of a prototype',
      "return ok((() => 0).__lookupGetter__('constructor'));",
      ACCESS,
      ['PLUGIN_ERROR', 'RESULT_INVALID'],
    ],
    [
      'A017d',
      '__proto__ of a function',
      "return ok((() => 0).__proto__.constructor('return 1')());",
      ACCESS,
      'PLUGIN_ERROR',
    ],
    [
      'A019',
      'a zero-width character in a name',
      `const a${ZERO_WIDTH}b = 1; return ok(1);`,
      ['invisible-character', 'syntax-error'],
      'PLUGIN_COMPILE_FAILED',
      { by: 'enable' },
    ],
    [
      'A019b',
      'a letter of another script',
      `const ${CYRILLIC_A}dmin = 1, admin = 2; return ok(${CYRILLIC_A}dmin);`,
      'odd-identifier',
      'OK',
    ],
    [
      'A021',
      'with',
      'with (params) { return ok(1); }',
      ['with', 'syntax-error'],
      'PLUGIN_COMPILE_FAILED',
      { by: 'enable' },
    ],
    ['A021b', 'a debugger statement', 'debugger; return ok(1);', 'debugger', 'OK'],
  ]),
  {
    id: 'A018',
    name: 'characters that turn the direction of a comment',
    of: 'source',
    body: `/* ${BIDI} } if (admin) { */ return ok(1);`,
    by: 'enable',
    validator: ['invisible-character'],
  },
  {
    id: 'A018b',
    name: 'the same in a string',
    of: 'source',
    body: `return ok('${BIDI}nimda');`,
    by: 'enable',
    validator: ['invisible-character'],
  },
  {
    id: 'A020',
    name: 'a JSX pragma that calls what it likes',
    of: 'source',
    language: 'ts',
    top: '/** @jsx globalThis.evil */',
    body: 'return ok(<div />);',
    by: 'enable',
    validator: ['jsx-pragma', 'jsx', 'syntax-error'],
  },
  {
    id: 'A022',
    name: 'a comment of HTML',
    of: 'source',
    body: 'return ok(1) <!-- a comment for one parser\n;',
    by: 'enable',
    validator: ['html-comment'],
  },
  {
    id: 'A022b',
    name: 'the end of a comment of HTML',
    of: 'source',
    body: '/* begin\n*/ --> evil()\nreturn ok(1);',
    by: 'enable',
    validator: ['html-comment', 'syntax-error'],
  },
  {
    id: 'A022c',
    name: 'a decorator that emits calls',
    of: 'source',
    language: 'ts',
    top: 'const evil = (target) => target; @evil class Decorated {}',
    by: 'enable',
    validator: ['decorator'],
  },
];
