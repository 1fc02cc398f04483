import type { AttackCase, Ending } from '../harness/attack-case.ts';
import { legal, type LegalRow } from '../harness/case-rows.ts';

const INVALID: Ending = 'RESULT_INVALID';
const LARGE: readonly Ending[] = ['OUTPUT_LIMIT_EXCEEDED', 'MEMORY_LIMIT_EXCEEDED'];
const LARGE_OR_LATE: readonly Ending[] = [...LARGE, 'TIMEOUT'];

const is = (wanted: unknown): { check: NonNullable<AttackCase['check']> } => ({
  check: ({ data }) =>
    JSON.stringify(data) === JSON.stringify(wanted) ? undefined : `it answered ${JSON.stringify(data)}`,
});

/** What JSON makes of values that are not JSON. */
const EXOTICS: readonly LegalRow[] = [
  ['A082a', 'a function', 'return ok(() => 1);', INVALID],
  ['A082b', 'a symbol', 'return ok(Symbol.iterator);', INVALID],
  ['A082c', 'a BigInt', 'return ok(1n);', INVALID],
  ['A082d', 'a map', 'return ok(new Map([[1, 2]]));', 'OK', is({})],
  ['A082e', 'a pattern', 'return ok(/a/);', 'OK', is({})],
  ['A082f', 'a date that is none', 'return ok(new Date(NaN));', 'OK', is(null)],
  ['A082g', 'an error', 'return ok(new Error("secret"));', 'OK', is({})],
  ['A082h', 'a typed array', 'return ok(new Uint8Array([1, 2]));', 'OK', is({ 0: 1, 1: 2 })],
  ['A082i', 'minus zero', 'return ok(-0);', 'OK', is(0)],
  ['A082j', 'NaN and infinity', 'return ok([NaN, Infinity, -Infinity]);', 'OK', is([null, null, null])],
  ['A082k', 'half a character', "return ok('\\ud800 \\udc00');", ['OK', INVALID]],
  ['A082l', 'undefined', 'return ok(undefined);', INVALID],
  ['A082m', 'nothing at all', 'const nothing = undefined; return nothing;', INVALID],
  ['A082n', 'boxed values', 'return ok([Object(1), Object("a"), Object(false)]);', 'OK', is([1, 'a', false])],
  ['A082o', 'a boxed BigInt', 'return ok(Object(1n));', INVALID],
  ['A082p', 'an array with holes', 'return ok([, 1]);', 'OK', is([null, 1])],
  ['A082q', 'a NUL in a text', "return ok('a\\u0000b');", ['OK', INVALID]],
  [
    'A082r',
    'a revoked proxy',
    'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return ok(proxy);',
    [INVALID, 'PLUGIN_ERROR'],
  ],
  [
    'A082s',
    'a class with a private field',
    'class Held { #secret = 1; get value() { return this.#secret; } } return ok(new Held());',
    'OK',
    is({}),
  ],
  ['A082t', 'a promise in the data', 'return ok(Promise.resolve(1));', 'OK', is({})],
];

export const BOUNDARY_CASES = legal('boundary', [
  ...EXOTICS,
  [
    'A074',
    'an answer that shares itself 27 times',
    'let o = {}; for (let i = 0; i < 27; i += 1) o = { a: o, b: o }; return ok(o);',
    LARGE_OR_LATE,
  ],
  [
    'A074b',
    'an answer that shares itself 16 times',
    'let o = {}; for (let i = 0; i < 16; i += 1) o = { a: o, b: o }; return ok(o);',
    'OUTPUT_LIMIT_EXCEEDED',
  ],
  [
    'A075',
    'an answer 200,000 levels deep',
    'let a = []; for (let i = 0; i < 2e5; i += 1) a = [a]; return ok(a);',
    [INVALID, 'OUTPUT_LIMIT_EXCEEDED'],
  ],
  [
    'A075b',
    'an answer 5,000 levels deep',
    'let a = {}; for (let i = 0; i < 5_000; i += 1) a = { a }; return ok(a);',
    INVALID,
  ],
  ['A075c', 'an answer 101 levels deep', 'let a = 1; for (let i = 0; i < 101; i += 1) a = [a]; return ok(a);', INVALID],
  ['A076', 'a text of 15 MB', "return ok('x'.repeat(15e6));", LARGE],
  ['A076b', 'a text of 200 MB', "return ok('x'.repeat(2e8));", [...LARGE_OR_LATE, INVALID, 'PLUGIN_ERROR']],
  ['A076c', 'a text that is long in bytes only', "return ok('\\u20ac'.repeat(1e5));", 'OUTPUT_LIMIT_EXCEEDED'],
  ['A076d', 'a text that JSON makes long', "return ok('\\u0001'.repeat(1e5));", 'OUTPUT_LIMIT_EXCEEDED'],
  ['A076e', 'a text just too long', "return ok('x'.repeat(262_144));", 'OUTPUT_LIMIT_EXCEEDED'],
  ['A076f', 'many keys', 'const o = {}; for (let i = 0; i < 5e4; i += 1) o[`k${i}`] = i; return ok(o);', LARGE],
  ['A076g', 'one long key', "return ok({ ['k'.repeat(3e5)]: 1 });", 'OUTPUT_LIMIT_EXCEEDED'],
  ['A077', 'a sparse array', 'const a = []; a.length = 2 ** 32 - 2; return ok(a);', [...LARGE_OR_LATE, INVALID]],
  ['A077b', 'many empty arrays', 'return ok(Array(1e5).fill([]));', LARGE],
  ['A077c', 'as much as is allowed, in tiny parts', 'return ok(Array(65_000).fill([]));', ['OK', INVALID]],
  ['A078', 'an object that holds itself', 'const o = {}; o.o = o; return ok(o);', INVALID],
  [
    'A078b',
    'an array that holds itself through toJSON',
    'const o = { toJSON: () => ({ o }) }; return ok(o);',
    [INVALID, 'PLUGIN_ERROR', 'TIMEOUT', 'MEMORY_LIMIT_EXCEEDED'],
  ],
  ['A079', 'a getter that loops', 'return { success: true, get data() { for (;;); } };', 'TIMEOUT'],
  ['A079b', 'toJSON that loops', 'return ok({ toJSON() { for (;;); } });', 'TIMEOUT'],
  ['A079c', 'a trap that loops', 'return ok(new Proxy({}, { ownKeys() { for (;;); } }));', 'TIMEOUT'],
  [
    'A079d',
    'a getter that cannot be interrupted',
    'return { success: true, get data() { return [].indexOf.call({ length: 2 ** 53 - 1 }, 1); } };',
    'TIMEOUT',
  ],
  [
    'A080',
    'a getter that throws',
    'return { success: true, get data() { throw new Error("no"); } };',
    [INVALID, 'PLUGIN_ERROR'],
  ],
  [
    'A081',
    'a proxy that lies of its keys',
    "return ok(new Proxy({}, { ownKeys: () => ['a', 'b'], get: (_, key) => `${String(key)}!`, getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }) }));",
    ['OK', INVALID],
  ],
  [
    'A081b',
    'a proxy without end',
    'const p = new Proxy({}, { ownKeys: () => ["a"], get: (_, key) => (key === "a" ? p : undefined), getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) }); return ok(p);',
    [INVALID, 'PLUGIN_ERROR', 'TIMEOUT', 'MEMORY_LIMIT_EXCEEDED'],
  ],
  [
    'A081c',
    'a proxy of an array that lies of its length',
    'return ok(new Proxy([], { get: (_, key) => (key === "length" ? 2 ** 32 : 1) }));',
    [...LARGE_OR_LATE, INVALID, 'PLUGIN_ERROR'],
  ],
  ['A083', 'an own key __proto__', 'return ok(JSON.parse(\'{"__proto__":{"isAdmin":true}}\'));', INVALID],
  [
    'A083b',
    'constructor.prototype',
    'return ok(JSON.parse(\'{"constructor":{"prototype":{"isAdmin":true}}}\'));',
    INVALID,
  ],
  ['A083c', 'a key prototype, deep', 'return ok([{ a: JSON.parse(\'{"prototype":{"polluted":1}}\') }]);', INVALID],
  [
    'A083d',
    '__proto__ beside success',
    'return JSON.parse(\'{"success":true,"data":1,"__proto__":{"success":false}}\');',
    INVALID,
  ],
  [
    'A083e',
    '__proto__ in progress',
    'context.progress(JSON.parse(\'{"__proto__":{"isAdmin":true}}\')); return ok(1);',
    ['OK', 'PLUGIN_ERROR'],
  ],
  [
    'A083f',
    '__proto__ in the fields of a log line',
    'context.log.info(\'x\', JSON.parse(\'{"__proto__":{"isAdmin":true}}\')); return ok(1);',
    'OK',
  ],
  ['A084', 'data of another type than was declared', "return ok('text');", INVALID, { result: { type: 'number' } }],
  [
    'A084b',
    'data with more than was declared',
    'return ok({ a: 1, b: 2 });',
    INVALID,
    { result: { type: 'object', additionalProperties: false, properties: { a: { type: 'number' } } } },
  ],
  ['A084c', 'an answer that is no result', 'return { success: "yes", data: 1 };', INVALID],
  ['A084d', 'a bare value', 'return "done";', INVALID],
  ['A084e', 'null', 'return null;', INVALID],
  ['A084f', 'more than a result has', 'return { success: true, data: 1, error: { code: "TIMEOUT" } };', INVALID],
  [
    'A088',
    'a hook that answers too much',
    "return { huge: 'x'.repeat(3e5) };",
    'OUTPUT_LIMIT_EXCEEDED',
    { by: 'hook' },
  ],
  [
    'A088b',
    'a hook that answers __proto__',
    'return JSON.parse(\'{"__proto__":{"isAdmin":true}}\');',
    INVALID,
    { by: 'hook' },
  ],
  ['A088c', 'a hook that answers what holds itself', 'const o = {}; o.o = o; return o;', INVALID, { by: 'hook' }],
  [
    'A088d',
    'a hook that changes what it may not',
    "return { result: { success: true, data: 1 }, toolName: 'other' };",
    INVALID,
    { by: 'hook', hook: 'AFTER_TOOL_CALL', params: { toolName: 'x', params: {}, result: { success: true, data: 0 } } },
  ],
]);
