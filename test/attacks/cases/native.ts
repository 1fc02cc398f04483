/** Machine code, shared memory, and what the host may have left lying about. */
import type { AttackCase } from '../harness/attack-case.ts';
import { legal, refused } from '../harness/case-rows.ts';

const UNKNOWN = 'unknown-global';

/** Walks everything that can be reached from a list of roots, and tells what is found there. */
const WALK = `
const walk = (roots, visit) => {
  const seen = new Set(), queue = [...roots];
  while (queue.length > 0) {
    const value = queue.pop();
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) continue;
    seen.add(value);
    queue.push(Object.getPrototypeOf(value));
    for (const key of [...Object.getOwnPropertyNames(value), ...Object.getOwnPropertySymbols(value)]) {
      visit(String(key), value);
      const { value: held, get, set } = Object.getOwnPropertyDescriptors(value)[key] ?? {};
      queue.push(held, get, set);
    }
  }
};
const INTRINSICS = [Object, Array, String, Number, Boolean, BigInt, Symbol, Map, Set, WeakMap, WeakSet, Promise, Proxy, Date, RegExp,
  Math, JSON, Iterator, Error, ArrayBuffer, DataView, Uint8Array, console, setTimeout, queueMicrotask, structuredClone,
  TextEncoder, TextDecoder, AbortController, AbortSignal, crypto, parseInt, encodeURI, (async () => {}), function* () {}];
`;

const isEmpty: AttackCase['check'] = ({ data }) =>
  data === null || JSON.stringify(data) === '[]' ? undefined : `it found ${JSON.stringify(data)}`;

export const NATIVE_CASES = [
  ...refused('wasm', [
    [
      'A065',
      'memory of WebAssembly',
      'return ok(new WebAssembly.Memory({ initial: 16_384 }).buffer.byteLength);',
      UNKNOWN,
      'PLUGIN_ERROR',
    ],
    [
      'A066',
      'a module of WebAssembly',
      'return ok(String(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))));',
      UNKNOWN,
      'PLUGIN_ERROR',
    ],
    [
      'A067',
      'waiting on shared memory',
      'return ok(Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0));',
      UNKNOWN,
      'PLUGIN_ERROR',
    ],
    [
      'A067b',
      'waiting on shared memory, async',
      'return ok(await Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(8)), 0, 0).value);',
      UNKNOWN,
      'PLUGIN_ERROR',
    ],
    [
      'A067c',
      'a clock of shared memory',
      'return ok(new SharedArrayBuffer(2 ** 30).byteLength);',
      UNKNOWN,
      'PLUGIN_ERROR',
    ],
    [
      'A067d',
      'watching the collector',
      'return ok(String(new FinalizationRegistry(() => {}))+ String(new WeakRef({})));',
      UNKNOWN,
      'PLUGIN_ERROR',
    ],
  ]),
  ...legal('wasm', [
    [
      'A067e',
      'shared memory by its name in a clone',
      'const b = structuredClone(new ArrayBuffer(8)); return ok(Object.getPrototypeOf(b) === Object.getPrototypeOf(new ArrayBuffer(1)));',
      ['OK', 'PLUGIN_ERROR'],
    ],
  ]),
  ...refused('inventory', [
    [
      'A031',
      'all names of the global object',
      'return ok(Object.getOwnPropertyNames(globalThis));',
      UNKNOWN,
      'PLUGIN_ERROR',
    ],
    [
      'A031b',
      'the global object by other names',
      'return ok([typeof self, typeof window, typeof global].filter((type) => type !== "undefined"));',
      UNKNOWN,
      'OK',
      { check: isEmpty },
    ],
    [
      'A031d',
      'Intl, Reflect, Atomics and their like',
      'return ok([typeof Intl, typeof Reflect, typeof Atomics, typeof WebAssembly, typeof process, typeof require, typeof performance, typeof WeakRef, typeof fetch, typeof escape].filter((type) => type !== "undefined"));',
      [UNKNOWN, 'commonjs'],
      'OK',
      { check: isEmpty },
    ],
    [
      'A035',
      'prototypes of another realm',
      'return ok([context.progress, context.log.info, context.signal.addEventListener].map((f) => f.constructor).filter((c) => c !== Object.constructor).length);',
      'constructor-access',
      'OK',
      { check: ({ data }) => (data === 0 ? undefined : `${String(data)} functions are of another realm`) },
    ],
  ]),
  ...legal('inventory', [
    [
      'A031c',
      'this of a function',
      'return ok((function () { return typeof this; })());',
      'OK',
      { check: ({ data }) => (data === 'undefined' ? undefined : `this is ${String(data)}`) },
    ],
    [
      'A032',
      'objects of isolated-vm',
      "const found = []; walk([...INTRINSICS, context, params, this], (key) => { if (['Reference', 'ExternalCopy', 'Isolate', 'Callback', 'applySync', 'applySyncPromise', 'copyInto', 'derefInto', 'compileScript', 'release'].includes(key)) found.push(key); }); return ok(found);",
      'OK',
      { top: WALK, check: isEmpty },
    ],
    [
      'A032b',
      'names of the host',
      "const found = []; walk([...INTRINSICS, context, params, this], (key) => { if (['process', 'require', 'mainModule', 'binding', 'dlopen', 'spawn', 'env', 'pid'].includes(key)) found.push(key); }); return ok(found);",
      'OK',
      { top: WALK, check: isEmpty },
    ],
    [
      'A032c',
      'a way to code from text',
      "const found = []; walk([...INTRINSICS, context, params, this], (key, value) => { if (typeof value !== 'function') return; for (const name of ['eval', 'Function', 'GeneratorFunction', 'AsyncFunction']) if (value.name === name) { try { value('return 1'); found.push(name); } catch {} } }); return ok(found);",
      'OK',
      { top: WALK, check: isEmpty },
    ],
    [
      'A035b',
      'prototypes of functions of another realm',
      'const own = Object.getPrototypeOf(() => {}); return ok([context.progress, context.log.info, console.log, setTimeout, structuredClone].filter((f) => Object.getPrototypeOf(f) !== own).length);',
      'OK',
      { check: ({ data }) => (data === 0 ? undefined : `${String(data)} functions are of another realm`) },
    ],
    [
      'A035c',
      'errors of another realm',
      'const foreign = []; for (const call of [() => context.progress(1n), () => structuredClone(() => {}), () => new TextDecoder("no such"), () => crypto.getRandomValues(1), () => setTimeout(1), () => context.config.x.y]) { try { call(); } catch (error) { if (!(error instanceof Error)) foreign.push(String(error)); } } return ok(foreign);',
      'OK',
      { check: isEmpty },
    ],
    [
      'A035d',
      'data of another realm',
      'const plain = Object.getPrototypeOf({}); return ok([params, context.config].filter((o) => ![plain, null].includes(Object.getPrototypeOf(o))).length);',
      'OK',
      { check: ({ data }) => (data === 0 ? undefined : 'data is of another realm') },
    ],
    [
      'A035e',
      'changing the context for the next call',
      'const failures = []; for (const change of [() => { context.tenantId = "other"; }, () => { context.config.changed = 1; }, () => { context.log.info = () => {}; }]) { try { change(); } catch {} } return ok([context.config.changed ?? null].filter((x) => x !== null));',
      'OK',
      { check: isEmpty },
    ],
  ]),
];
