/**
 * The globals a plugin may name: the validator refuses every other free identifier, and the isolate's bootstrap removes
 * or never makes the rest. One list, so that what is accepted is there and what is there is accepted.
 */

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

/** Made by the bootstrap. `console` writes to the plugin's log. */
const HOST_GLOBALS = [
  'console',
  'setTimeout',
  'clearTimeout',
  'queueMicrotask',
  'AbortController',
  'AbortSignal',
] as const;

export const GUEST_GLOBALS = { language: LANGUAGE_GLOBALS, host: HOST_GLOBALS } as const;
