import { legal } from '../harness/case-rows.ts';
import type { Ending } from '../harness/attack-case.ts';

const SLOW: readonly Ending[] = ['TIMEOUT', 'SANDBOX_CRASHED'];
const SLOW_OR_LARGE: readonly Ending[] = ['TIMEOUT', 'MEMORY_LIMIT_EXCEEDED', 'PLUGIN_ERROR'];
/** Done in time on a fast machine, stopped on a slow one. */
const MAYBE: readonly Ending[] = ['OK', ...SLOW_OR_LARGE];

/** An object that says it is as long as can be said. */
const LONG = '{ length: 2 ** 53 - 1 }';

export const UNINTERRUPTIBLE_CASES = legal('uninterruptible', [
  ['A045', 'indexOf over 2^53 - 1', `return ok([].indexOf.call(${LONG}, 1));`, 'TIMEOUT'],
  ['A045b', 'includes over 2^53 - 1', `return ok([].includes.call(${LONG}, 1));`, 'TIMEOUT'],
  ['A045c', 'lastIndexOf over 2^53 - 1', `return ok([].lastIndexOf.call(${LONG}, 1));`, 'TIMEOUT'],
  ['A045d', 'copyWithin over 2^53 - 1', `[].copyWithin.call(${LONG}, 1, 0); return ok(1);`, SLOW_OR_LARGE],
  ['A045e', 'fill over 2^53 - 1', `[].fill.call(${LONG}, 0); return ok(1);`, SLOW_OR_LARGE],
  ['A045f', 'join over 2^53 - 1', `return ok([].join.call(${LONG}, '').length);`, SLOW_OR_LARGE],
  ['A045g', 'unshift over 2^53 - 2', '[].unshift.call({ length: 2 ** 53 - 2 }, 1); return ok(1);', SLOW_OR_LARGE],
  ['A045i', 'splice over 2^53 - 1', `[].splice.call(${LONG}, 0, 1); return ok(1);`, SLOW_OR_LARGE],
  ['A045j', 'shift over 2^53 - 1', `[].shift.call(${LONG}); return ok(1);`, SLOW_OR_LARGE],
  [
    'A045k',
    'concat of what spreads 2^53 - 1',
    `return ok([].concat({ ...${LONG}, [Symbol.isConcatSpreadable]: true }).length);`,
    MAYBE,
  ],
  ['A045l', 'forEach over 2^53 - 1', `[].forEach.call(${LONG}, () => {}); return ok(1);`, 'TIMEOUT'],
  ['A045m', 'String.raw over 2^53 - 1', `return ok(String.raw({ raw: ${LONG} }).length);`, SLOW_OR_LARGE],
  [
    'A045n',
    'a search in a sparse array',
    'const sparse = []; sparse.length = 2 ** 32 - 1; sparse[5] = 1; for (let i = 0; i < 50; i += 1) sparse.indexOf(2); return ok(1);',
    MAYBE,
  ],
  [
    'A046',
    'a search seen by one that was asked before',
    `setTimeout(() => [].indexOf.call(${LONG}, 1), 0); return new Promise(() => {});`,
    SLOW,
  ],
  ['A047', 'reverse over 2^53 - 1', `[].reverse.call(${LONG}); return ok(1);`, [...SLOW, 'MEMORY_LIMIT_EXCEEDED']],
  ['A048', 'fill of a thousand million', 'return ok(Array(1e9).fill(0).length);', SLOW_OR_LARGE],
  ['A048b', 'Array.from of a length', 'return ok(Array.from({ length: 2 ** 32 - 1 }).length);', SLOW_OR_LARGE],
  [
    'A048c',
    'flat of what holds itself',
    'const a = []; a.push(a, a, a); return ok(a.flat(Infinity).length);',
    SLOW_OR_LARGE,
  ],
  [
    'A049',
    'sort of fifty million',
    'return ok(Array(5e7).fill(0).map((_, i) => -i).sort((a, b) => a - b).length);',
    SLOW_OR_LARGE,
  ],
  [
    'A049b',
    'sort of a typed array, again and again',
    'const all = new Float64Array(1e6); for (;;) { for (let i = 0; i < 1e6; i += 1) all[i] = Math.sin(i); all.sort(); }',
    ['TIMEOUT', 'PLUGIN_ERROR'],
  ],
  [
    'A049c',
    'toSorted, toReversed and with of much',
    'let a = Array(1e6).fill(1); for (;;) a = a.toReversed().toSorted().with(0, 2);',
    SLOW_OR_LARGE,
  ],
  ['A049d', 'set of a typed array from what is long', `new Uint8Array(8).set(${LONG}); return ok(1);`, SLOW_OR_LARGE],
  ['A049e', 'a typed array of what is long', `return ok(new Uint8Array(${LONG}).length);`, SLOW_OR_LARGE],
  ['A050', 'a power of BigInt', 'return ok(String(7n ** (10n ** 7n) % 10n));', MAYBE],
  ['A050b', 'squares of BigInt', 'let x = 3n; for (;;) x *= x;', SLOW_OR_LARGE],
  [
    'A050c',
    'a remainder of BigInt',
    'const x = (1n << 20_000_000n) - 1n; const y = (1n << 10_000_000n) - 3n; return ok(String(x % y).length);',
    MAYBE,
  ],
  ['A051', 'the digits of a BigInt', 'return ok(((1n << 100_000_000n) - 1n).toString(10).length);', SLOW_OR_LARGE],
  ['A051b', 'a BigInt from digits', "return ok(String(BigInt('9'.repeat(8e6)) & 1n));", MAYBE],
  [
    'A052',
    'a pattern of 20,000 groups',
    "return ok(new RegExp('('.repeat(20_000) + 'a' + ')'.repeat(20_000)).test('a'));",
    SLOW_OR_LARGE,
  ],
  ['A052b', 'a pattern that unfolds', "return ok(new RegExp('(?:(?:a{1000}){1000}){1000}').test('a'));", MAYBE],
  [
    'A052c',
    'a pattern of many choices',
    "return ok(new RegExp(Array.from({ length: 2e5 }, (_, i) => `w${i}x`).join('|')).test('w'.repeat(1e4)));",
    MAYBE,
  ],
  [
    'A052d',
    'patterns made without end',
    "for (let i = 0; ; i += 1) new RegExp(`(a${i}|b){1,50}`).test('aaaa');",
    SLOW_OR_LARGE,
  ],
  [
    'A056',
    'normalising ten million characters',
    "return ok('\\u1e9b\\u0323'.repeat(5e6).normalize('NFKD').length);",
    MAYBE,
  ],
  [
    'A056b',
    'comparing long texts by language',
    "const a = 'a\\u0301'.repeat(2e6); for (let i = 0; i < 20; i += 1) a.localeCompare(a + 'b'); return ok(1);",
    MAYBE,
  ],
  [
    'A056c',
    'capitals of a long text by language',
    "const a = 'i\\u0307\\u00df'.repeat(2e6); for (let i = 0; i < 20; i += 1) a.toLocaleUpperCase('tr'); return ok(1);",
    MAYBE,
  ],
  [
    'A056d',
    'dates and numbers by language',
    "for (let i = 0; i < 1e6; i += 1) new Date(i * 1e7).toLocaleString('de', { timeZone: 'Asia/Tokyo', weekday: 'long' }); return ok(1);",
    MAYBE,
  ],
  [
    'A056e',
    'replaceAll that makes a long text longer',
    "return ok('a'.repeat(2e6).replaceAll('a', 'b'.repeat(1e3)).length);",
    MAYBE,
  ],
  ['A056f', 'split of a long text', "return ok('ab'.repeat(5e7).split('b').length);", SLOW_OR_LARGE],
  ['A056g', 'padding', "return ok('a'.padEnd(2 ** 29 - 25, 'bc').charCodeAt(2 ** 28));", MAYBE],
  [
    'A056h',
    'a search for a needle that nearly fits',
    "const hay = 'a'.repeat(4e6); return ok(hay.lastIndexOf('b' + 'a'.repeat(2e6)) + hay.indexOf('a'.repeat(2e6) + 'b'));",
    MAYBE,
  ],
  ['A056i', 'escapes of a long text', "return ok(encodeURIComponent('\\u20ac'.repeat(3e7)).length);", MAYBE],
  [
    'A056j',
    'a number with a hundred million digits',
    "return ok(Number('1'.repeat(1e8)) + parseFloat('1'.repeat(1e8)) + parseInt('1'.repeat(1e8), 7) > 0);",
    MAYBE,
  ],
  ['A056k', 'a date of a long text', "return ok(Number.isNaN(Date.parse('('.repeat(1e7))));", MAYBE],
  ['A057', 'arguments without number', 'return ok(Math.max.apply(null, { length: 2 ** 32 - 1 }));', SLOW_OR_LARGE],
  ['A057b', 'the keys of a long text', "return ok(Object.keys('x'.repeat(1e8)).length);", SLOW_OR_LARGE],
  [
    'A057c',
    'a clone of much',
    "const deep = Array.from({ length: 2e5 }, (_, i) => ({ i, text: 'x'.repeat(10) })); for (;;) structuredClone(deep);",
    SLOW_OR_LARGE,
  ],
  ['A057d', 'bytes of a long text', "return ok(new TextEncoder().encode('\\u20ac'.repeat(3e7)).length);", MAYBE],
  [
    'A057e',
    'random bytes without end',
    'const bytes = new Uint8Array(65_536); for (;;) crypto.getRandomValues(bytes);',
    ['TIMEOUT', 'PLUGIN_ERROR', 'HOST_CALL_BUDGET_EXCEEDED'],
  ],
]);
