import type { Ending } from '../harness/attack-case.ts';
import { legal } from '../harness/case-rows.ts';

const MEMORY: Ending = 'MEMORY_LIMIT_EXCEEDED';
/** Growing may take longer than a call may last. */
const FULL_OR_LATE: readonly Ending[] = [MEMORY, 'TIMEOUT'];
const REFUSED_OR_FULL: readonly Ending[] = ['PLUGIN_ERROR', MEMORY];
const ANY_STOP: readonly Ending[] = ['PLUGIN_ERROR', MEMORY, 'TIMEOUT'];

export const MEMORY_CASES = [
  ...legal('memory', [
    // So large that the heap is full before the time is over, on a slow machine too.
    ['A058', 'objects without end', 'const all = []; for (;;) all.push({ a: Array(8_000).fill(1) });', MEMORY],
    [
      'A058b',
      'closures without end',
      'const all = []; for (;;) { const x = Array(8_000).fill(1); all.push(() => x); }',
      MEMORY,
    ],
    ['A058c', 'a linked list', 'let list = null; for (;;) list = { list, more: Array(8_000).fill(1) };', MEMORY],
    ['A058d', 'promises that never settle', 'const all = []; for (;;) all.push(new Promise(() => {}));', FULL_OR_LATE],
    [
      'A058e',
      'generators that were begun',
      'const all = []; for (;;) { const g = (function* () { yield 1; })(); g.next(); all.push(g); }',
      FULL_OR_LATE,
    ],
    [
      'A058f',
      'errors with their stacks',
      'const all = []; for (;;) all.push(new Error("x".repeat(100)));',
      FULL_OR_LATE,
    ],
    [
      'A058g',
      'objects in onLoad',
      '',
      ['PLUGIN_LOAD_FAILED:MEMORY_LIMIT_EXCEEDED', 'PLUGIN_LOAD_FAILED:TIMEOUT'],
      { members: 'onLoad() { const all = []; for (;;) all.push([{}]); }', by: 'enable' },
    ],
    [
      'A058h',
      'objects at the top of the module',
      '',
      ['PLUGIN_LOAD_FAILED:MEMORY_LIMIT_EXCEEDED', 'PLUGIN_LOAD_FAILED:TIMEOUT'],
      { top: 'const all = []; for (;;) all.push([{}]);', by: 'enable' },
    ],
    ['A058i', 'objects in a hook', 'const all = []; for (;;) all.push(Array(8_000).fill(1));', MEMORY, { by: 'hook' }],
    ['A059', 'a map that grows', 'const map = new Map(); for (let i = 0; ; i += 1) map.set(i, { i });', FULL_OR_LATE],
    ['A059b', 'a set that grows', 'const set = new Set(); for (let i = 0; ; i += 1) set.add(i);', ANY_STOP],
    [
      'A059c',
      'a weak map whose keys are kept',
      'const keys = [], map = new WeakMap(); for (;;) { const key = {}; keys.push(key); map.set(key, [1, 2]); }',
      FULL_OR_LATE,
    ],
    [
      'A059d',
      'symbols of the registry',
      "for (let i = 0; ; i += 1) Symbol.for(`symbol ${i} ${'x'.repeat(50)}`);",
      FULL_OR_LATE,
    ],
    ['A059e', 'keys of an object', 'const o = {}; for (let i = 0; ; i += 1) o[`key${i}`] = i;', FULL_OR_LATE],
    ['A060', 'a text that doubles', "let text = 'x'; for (;;) text += text;", REFUSED_OR_FULL],
    [
      'A060b',
      'a text that doubles and is made flat',
      "let text = 'xy'; for (;;) { text += text; text.charCodeAt(text.length - 1); text = text.split('').join('-'); }",
      ANY_STOP,
    ],
    [
      'A060c',
      'texts that are kept',
      "const all = []; for (let i = 0; ; i += 1) all.push('x'.repeat(1e5) + i), JSON.stringify(all[i]);",
      ANY_STOP,
    ],
    ['A061', 'spreading a hundred million', 'return ok(Math.max(...Array(1e8)));', ANY_STOP],
    ['A061b', 'the characters of a long text', "return ok([...'x'.repeat(1e8)].length);", ANY_STOP],
    ['A061c', 'an array as long as can be', 'return ok(new Array(2 ** 32 - 1).fill().length);', ANY_STOP],
    [
      'A062',
      'typed arrays of 2 MB',
      'const all = []; for (;;) all.push(new Uint8Array(2 ** 21).fill(1));',
      REFUSED_OR_FULL,
    ],
    ['A062b', 'many small buffers', 'const all = []; for (;;) all.push(new Uint8Array(2 ** 12).fill(1));', ANY_STOP],
    ['A062c', 'buffers that are thrown away', 'for (;;) new Uint8Array(2 ** 22).fill(1);', ANY_STOP],
    ['A062d', 'floats of 16 bits', 'const all = []; for (;;) all.push(new Float16Array(2 ** 20).fill(1));', ANY_STOP],
    ['A063', 'a buffer of 2 GiB', 'return ok(new ArrayBuffer(2 ** 31).byteLength);', 'PLUGIN_ERROR'],
    ['A063b', 'a buffer of all there is', 'return ok(new ArrayBuffer(2 ** 53 - 1).byteLength);', 'PLUGIN_ERROR'],
    [
      'A064',
      'a resizable buffer of 1 GiB',
      'const b = new ArrayBuffer(1, { maxByteLength: 2 ** 30 }); b.resize(2 ** 30); new Uint8Array(b).fill(1); return ok(1);',
      REFUSED_OR_FULL,
      { cpuMs: 850 },
    ],
    [
      'A064b',
      'a resizable buffer that grows in steps',
      'const b = new ArrayBuffer(1, { maxByteLength: 2 ** 30 }); for (let n = 2 ** 20; n <= 2 ** 30; n += 2 ** 20) { b.resize(n); new Uint8Array(b, n - 2 ** 20).fill(1); } return ok(1);',
      ANY_STOP,
    ],
    [
      'A064c',
      'many resizable buffers',
      'const all = []; for (;;) { const b = new ArrayBuffer(0, { maxByteLength: 2 ** 24 }); b.resize(2 ** 24); new Uint8Array(b).fill(1); all.push(b); }',
      ANY_STOP,
    ],
    [
      'A064d',
      'a buffer that is handed on and grows',
      'let b = new ArrayBuffer(2 ** 20); for (let n = 2 ** 21; ; n += 2 ** 21) { b = b.transfer(n); new Uint8Array(b).fill(1); }',
      ANY_STOP,
    ],
    // 128 MB that are gone at the next collection: V8 holds only what outlives one against the limit.
    ['A071', 'a BigInt as large as can be', 'return ok(String((1n << (2n ** 30n - 1n)) & 1n));', ['OK', ...ANY_STOP]],
    [
      'A071b',
      'BigInts as large as can be that are kept',
      'const all = []; for (;;) all.push(1n << (2n ** 30n - 1n));',
      ANY_STOP,
    ],
    [
      'A072',
      'JSON of what shares itself 27 times',
      'let o = {}; for (let i = 0; i < 27; i += 1) o = { a: o, b: o }; return ok(JSON.stringify(o).length);',
      ANY_STOP,
    ],
    ['A073', 'JSON that is deep', "return ok(JSON.parse('['.repeat(5e6) + ']'.repeat(5e6)).length);", ANY_STOP],
    ['A073b', 'JSON that is wide', "return ok(JSON.parse('[' + '{},'.repeat(3e6) + '{}]').length);", ANY_STOP],
    ['A073c', 'signals without end', 'const all = []; for (;;) all.push(new AbortController());', FULL_OR_LATE],
    [
      'A073d',
      'dates in many languages',
      "const all = []; for (let i = 0; ; i += 1) all.push((i * 1e9).toLocaleString(['de', 'fr', 'ja', 'ar'][i % 4], { style: 'unit', unit: 'byte', minimumFractionDigits: i % 20 }));",
      ANY_STOP,
    ],
  ]),
  ...legal('stack', [
    ['A068', 'recursion', 'const f = () => f() + 1; return ok(f());', 'PLUGIN_ERROR'],
    [
      'A068b',
      'recursion through a getter',
      'const o = { get again() { return this.again; } }; return ok(o.again);',
      'PLUGIN_ERROR',
    ],
    [
      'A068c',
      'recursion through toString',
      'const o = { toString() { return `${this}`; } }; return ok(`${o}`);',
      'PLUGIN_ERROR',
    ],
    ['A068d', 'recursion through a sort', 'const f = () => [2, 1].sort(f); return ok(f());', 'PLUGIN_ERROR'],
    [
      'A068e',
      'recursion through JSON',
      'const o = { toJSON() { return JSON.stringify(o); } }; return ok(JSON.stringify(o));',
      'PLUGIN_ERROR',
    ],
    [
      'A068f',
      'recursion through a replacement',
      "const f = () => 'a'.replace('a', f); return ok(f());",
      'PLUGIN_ERROR',
    ],
    [
      'A068g',
      'recursion that catches its end',
      'const f = () => { try { f(); } finally { f(); } }; return ok(f());',
      ['TIMEOUT', 'PLUGIN_ERROR'],
    ],
    [
      'A068h',
      'recursion in the getter of the answer',
      'const o = { get again() { return o; } }; return ok(o);',
      ['RESULT_INVALID', 'PLUGIN_ERROR'],
    ],
    [
      'A069',
      'async recursion',
      'const f = async () => (await null, f()); return ok(await f());',
      ['TIMEOUT', 'MEMORY_LIMIT_EXCEEDED'],
    ],
    ['A069b', 'async recursion without waiting', 'const f = async () => f(); return ok(await f());', 'PLUGIN_ERROR'],
    [
      'A070',
      'a chain of 100,000 prototypes',
      'let o = {}; for (let i = 0; i < 1e5; i += 1) o = Object.create(o); return ok(o.missing ?? null);',
      ['OK', 'PLUGIN_ERROR', 'TIMEOUT', MEMORY],
    ],
    [
      'A070b',
      'a chain of 100,000 proxies',
      'let o = {}; for (let i = 0; i < 1e5; i += 1) o = new Proxy(o, {}); return ok(o.missing ?? null);',
      ['PLUGIN_ERROR', 'TIMEOUT'],
    ],
    [
      'A070c',
      'a chain of 100,000 bound functions',
      'let f = () => 1; for (let i = 0; i < 1e5; i += 1) f = f.bind(null); return ok(f());',
      ['OK', 'PLUGIN_ERROR', 'TIMEOUT'],
    ],
    [
      'A070d',
      'a proxy that is its own prototype',
      'const p = new Proxy({}, { getPrototypeOf: () => p }); return ok(p instanceof Object);',
      ['TIMEOUT', 'PLUGIN_ERROR'],
    ],
    [
      'A070e',
      'a text of a million joints',
      "let text = ''; for (let i = 0; i < 1e6; i += 1) text = `a${text}b`; return ok(text.charCodeAt(5));",
      ['OK', 'PLUGIN_ERROR', 'TIMEOUT', 'MEMORY_LIMIT_EXCEEDED'],
    ],
    [
      'A070f',
      'a pattern that recurses',
      String.raw`return ok(/^(?:(?:a|b)*?c?)*$/.test('ab'.repeat(1e5)));`,
      ['OK', 'PLUGIN_ERROR', 'TIMEOUT'],
    ],
    [
      'A070g',
      'a deep array as text',
      'let a = []; for (let i = 0; i < 1e5; i += 1) a = [a]; return ok(String(a).length);',
      ['OK', 'PLUGIN_ERROR', 'TIMEOUT'],
    ],
    [
      'A070h',
      'a deep clone',
      'let a = []; for (let i = 0; i < 1e5; i += 1) a = [a]; return ok(structuredClone(a).length);',
      ['OK', 'PLUGIN_ERROR', 'TIMEOUT'],
    ],
  ]),
];
