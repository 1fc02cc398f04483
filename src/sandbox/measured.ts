/**
 * What was measured, and on what: flags of Node, options of V8, bounds of child processes, and the globals of an isolate.
 * Their effect changes from one major of Node to the next, so another one is refused. An isolate reads this file, too, so
 * there is nothing in it but data.
 */
export const MEASURED_ON = { node: '26.10.0', isolatedVm: '7.0.1', system: 'Linux x64' } as const;

export const RUNNER_FLAGS = {
  /** isolated-vm crashes a process that was started from Node's snapshot. The heap is Node's own; isolates have theirs. */
  always: [
    '--no-node-snapshot',
    '--max-old-space-size=64',
    '--no-warnings',
    // A heap that is full is noticed on the thread of its isolate, where isolated-vm can tell whose it is. On one of V8's
    // own threads it fails an assertion, and all that is known is that the process is gone.
    '--no-parallel-scavenge',
    '--no-parallel-compaction',
    // Patterns that backtrack too much change to an engine that does not.
    '--enable-experimental-regexp-engine-on-excessive-backtracks',
  ],
  /** No machine code is made at run time, and there is no WebAssembly. Needed for a data limit, too. */
  hardened: ['--jitless'],
  jit: [],
} as const;

export const COMPILER_FLAGS = ['--max-old-space-size=256', '--no-warnings'] as const;

/** RLIMIT_DATA of a hardened runner. */
export const RUNNER_DATA_MB = 256;

/**
 * Resident memory of a runner that the operating system does not bound, such as one of the jit profile, whose code range
 * RLIMIT_DATA would refuse. At the first mark it ends the instance that has been running longest, at the second the server
 * ends the process: what V8 does not interrupt fills some 2 MB in each millisecond until then.
 */
export const RUNNER_WATCH_MB = 216;
export const RUNNER_RESIDENT_MB = 264;
/** Of the compiler. */
export const COMPILER_RESIDENT_MB = 400;

/**
 * Heaps that one runner admits, in all. With 256 MB of data, Node itself and its threads take some 60 MB, and a heap
 * may grow past its limit for as long as V8 needs to notice.
 */
export const RUNNER_HEAP_MB = 128;

/** Of the language. Left out: what makes code from text, shares memory, watches the collector, or allocates outside the heap. */
const LANGUAGE_GLOBALS = [
  'undefined',
  'NaN',
  'Infinity',
  'Object',
  'Array',
  'String',
  'Number',
  'Boolean',
  'BigInt',
  'Symbol',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'Promise',
  'Proxy',
  'Date',
  'RegExp',
  'Math',
  'JSON',
  'Iterator',
  'Error',
  'AggregateError',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SuppressedError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'ArrayBuffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DisposableStack',
  'AsyncDisposableStack',
  'parseInt',
  'parseFloat',
  'isNaN',
  'isFinite',
  'encodeURI',
  'encodeURIComponent',
  'decodeURI',
  'decodeURIComponent',
] as const;

/** Made by the bootstrap. `console` writes to the plugin's log; `crypto` has `randomUUID` and `getRandomValues`. */
const HOST_GLOBALS = [
  'console',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'queueMicrotask',
  'structuredClone',
  'TextEncoder',
  'TextDecoder',
  'AbortController',
  'AbortSignal',
  'crypto',
  'URL',
  'URLSearchParams',
  'atob',
  'btoa',
] as const;

/**
 * The globals a plugin may name: the validator refuses every other free identifier, and the isolate's bootstrap removes
 * or never makes the rest. One list, so that what is accepted is there and what is there is accepted. What can be reached
 * from them is held against a file by a test.
 */
export const GUEST_GLOBALS = { language: LANGUAGE_GLOBALS, host: HOST_GLOBALS } as const;
