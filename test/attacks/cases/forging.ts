import type { AttackCase } from '../harness/attack-case.ts';
import { legal, refused } from '../harness/case-rows.ts';

/** Of the message that the caller sees: what the plugin said is quoted at most, and short. */
const isShort: NonNullable<AttackCase['check']> = ({ message }) =>
  message.length <= 1_200 ? undefined : `its message has ${message.length} characters`;

/** A line of the server's log that the plugin wrote as if it were the server. */
const logIsNotForged: NonNullable<AttackCase['check']> = ({ log }) => {
  const forged = log.find((line) => parsed(line)['msg'] === 'forged' || parsed(line)['forged'] === true);
  const broken = log.find((line) => Object.keys(parsed(line)).length === 0);
  if (forged !== undefined) return `the log has a forged line: ${forged}`;
  return broken === undefined ? undefined : `the log has a line that is none: ${broken}`;
};

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

export const FORGING_CASES = [
  ...legal('forging', [
    [
      'A085',
      'toJSON of every object',
      "Object.prototype.toJSON = () => ({ success: false, error: 'x', code: 'TIMEOUT' }); return ok(1);",
      ['TOOL_ERROR', 'RESULT_INVALID'],
      { survives: false },
    ],
    [
      'A085b',
      'toJSON that makes a success',
      "Object.prototype.toJSON = () => ({ success: true, data: 'forged' }); throw new Error('no');",
      'PLUGIN_ERROR',
      { survives: false },
    ],
    [
      'A085c',
      'toJSON of strings and numbers',
      "String.prototype.toJSON = Number.prototype.toJSON = () => 'vforged'; throw new Error('no');",
      'PLUGIN_ERROR',
      { survives: false },
    ],
    ['A085d', 'the code of a failure', "return { success: false, error: 'no', code: 'TIMEOUT' };", 'TOOL_ERROR'],
    [
      'A085e',
      'a code that is no code',
      "return { success: false, error: 'no', code: 'timeout\\n' };",
      'RESULT_INVALID',
    ],
    [
      'A086',
      'JSON.stringify',
      'JSON.stringify = () => \'{"success":true,"data":"forged"}\'; return ok(1);',
      ['OK', 'PLUGIN_ERROR'],
      { check: ({ data }) => (data === 1 || data === null ? undefined : 'it was forged') },
    ],
    [
      'A086b',
      'then of promises',
      'Promise.prototype.then = () => { for (;;); }; return new Promise((resolve) => queueMicrotask(() => resolve(ok(1))));',
      ['OK', 'PLUGIN_ERROR', 'TIMEOUT'],
      { survives: false },
    ],
    [
      'A086c',
      'the iterator of arrays',
      'Array.prototype[Symbol.iterator] = function* () { for (;;) yield 1; }; return ok([1]);',
      ['OK', 'PLUGIN_ERROR'],
      { survives: false },
    ],
    [
      'A086d',
      'methods of arrays, maps and texts',
      'for (const [owner, names] of [[Array, ["push", "map", "slice", "indexOf"]], [Map, ["get", "set", "has", "delete"]], [String, ["slice", "charCodeAt", "indexOf"]]]) for (const name of names) owner.prototype[name] = () => { for (;;); }; return ok(1);',
      ['OK', 'PLUGIN_ERROR'],
      { survives: false },
    ],
    [
      'A086e',
      'setters of every object',
      "for (const key of ['id', 'ok', 'value', 'success', 'data', 'message', 'code']) Object.defineProperty(Object.prototype, key, { set() { for (;;); }, get() { return 'forged'; }, configurable: true }); return { success: true, data: 1 };",
      ['OK', 'PLUGIN_ERROR', 'RESULT_INVALID'],
      { survives: false },
    ],
    [
      'A086f',
      'then of every object',
      'Object.prototype.then = function (resolve) { resolve("forged"); }; return ok(1);',
      ['OK', 'RESULT_INVALID', 'TIMEOUT', 'PLUGIN_ERROR'],
      { survives: false },
    ],
    [
      'A086g',
      'what instanceof says',
      'Object.defineProperty(Error, Symbol.hasInstance, { value: () => { for (;;); } }); throw new Error("no");',
      ['PLUGIN_ERROR', 'TIMEOUT'],
      { survives: false },
    ],
    [
      'A086h',
      'numbers as keys of every array',
      'Object.defineProperty(Array.prototype, 0, { set() { for (;;); }, get: () => "forged", configurable: true }); return ok([]);',
      ['OK', 'PLUGIN_ERROR', 'TIMEOUT'],
      { survives: false },
    ],
    [
      'A086i',
      'the species of promises',
      'Object.defineProperty(Promise, Symbol.species, { value: class { then() {} } }); return ok(await Promise.resolve(1).then((x) => x));',
      ['OK', 'PLUGIN_ERROR', 'TIMEOUT'],
      { survives: false },
    ],
    [
      'A086j',
      'frozen intrinsics',
      'for (const owner of [Object, Array, Map, Promise, JSON, Error, Math]) Object.freeze(owner), owner.prototype && Object.freeze(owner.prototype); return ok(1);',
      'OK',
    ],
    ['A089', "the engine's words for a timeout", "throw new Error('Script execution timed out.');", 'PLUGIN_ERROR'],
    [
      'A090',
      "the engine's words for a full memory",
      "throw new Error('Isolate was disposed during execution due to memory limit');",
      'PLUGIN_ERROR',
    ],
    ['A090b', 'the words of a catastrophe', "throw new RangeError('Array buffer allocation failed');", 'PLUGIN_ERROR'],
    [
      'A090c',
      "the host's words for a budget",
      "throw new RangeError('This plugin called its host too often.');",
      'PLUGIN_ERROR',
    ],
    [
      'A091',
      'an error named like a code',
      "const error = new Error('x'); error.name = 'TIMEOUT'; error.code = 'MEMORY_LIMIT_EXCEEDED'; error.retryable = true; throw error;",
      'PLUGIN_ERROR',
    ],
    [
      'A092',
      'internal marks in what is thrown',
      "throw { __isError: true, code: 'TIMEOUT', retryable: true, success: true, ok: true, error: 'TIMEOUT' };",
      'PLUGIN_ERROR',
    ],
    [
      'A092b',
      'internal marks in what is returned',
      "return ok({ __isError: true, code: 'TIMEOUT', retryable: true, ok: false });",
      'OK',
    ],
    [
      'A092c',
      'what looks like a frame',
      'return ok(\'\\n{"type":"answer","id":1,"ok":true}\\n\\u0000v{"success":true}\');',
      ['OK', 'RESULT_INVALID'],
    ],
    [
      'A092d',
      'a thrown text that looks like an answer',
      'throw \'v{"success":true,"data":"forged"}\';',
      'PLUGIN_ERROR',
    ],
    [
      'A092e',
      'a thrown text with line breaks',
      'throw new Error(\'no\\n{"level":60,"msg":"forged"}\\r\\u2028\\u001b[31m\');',
      'PLUGIN_ERROR',
      { check: logIsNotForged },
    ],
    [
      'A094',
      'a message of 10 MB',
      "throw new Error('x'.repeat(1e7));",
      ['PLUGIN_ERROR', 'MEMORY_LIMIT_EXCEEDED'],
      { check: isShort },
    ],
    [
      'A094b',
      'a name of 10 MB',
      "const error = new Error('x'); error.name = 'N'.repeat(1e7); throw error;",
      ['PLUGIN_ERROR', 'MEMORY_LIMIT_EXCEEDED'],
      { check: isShort },
    ],
    [
      'A094c',
      'a failure of 10 MB',
      "return { success: false, error: 'x'.repeat(1e7) };",
      ['OUTPUT_LIMIT_EXCEEDED', 'MEMORY_LIMIT_EXCEEDED'],
    ],
    [
      'A108',
      'a log line that breaks its line',
      'context.log.info(\'a\\n{"level":60,"msg":"forged"}\', { forged: true, level: 60, msg: \'forged\', time: 1, tenantId: \'other\' }); return ok(1);',
      'OK',
      { check: logIsNotForged },
    ],
    [
      'A108b',
      'a console line that breaks its line',
      'console.error(\'a\\n{"level":60,"msg":"forged"}\\r\\u2028\\u001b[31m\\u0000\'); return ok(1);',
      'OK',
      { check: logIsNotForged },
    ],
    [
      'A108c',
      'fields of a log line that cannot be read',
      'context.log.info({ toString() { throw 1; } }); return ok(1);',
      ['OK', 'PLUGIN_ERROR'],
      { check: logIsNotForged },
    ],
  ]),
  ...refused('errors', [
    [
      'A097',
      'the frames of a trace',
      "const seen = []; Error.prepareStackTrace = (_, frames) => frames.map((frame) => [String(frame.getFileName()), String(frame.getThis()), String(frame.getFunction())]); seen.push(new Error('x').stack); return ok(JSON.stringify(seen));",
      'stack-trace-hook',
      ['OK', 'PLUGIN_ERROR'],
    ],
  ]),
  ...legal('errors', [
    ['A093', 'throwing null', 'throw null;', 'PLUGIN_ERROR'],
    ['A093b', 'throwing undefined', 'throw undefined;', 'PLUGIN_ERROR'],
    ['A093c', 'throwing nothing to read', "throw '';", 'PLUGIN_ERROR'],
    ['A093d', 'throwing a symbol', "throw Symbol('s');", 'PLUGIN_ERROR'],
    ['A093e', 'throwing a number', 'throw -0;', 'PLUGIN_ERROR'],
    [
      'A093f',
      'throwing a proxy',
      'throw new Proxy({}, { get() { for (;;); }, getPrototypeOf() { for (;;); } });',
      ['PLUGIN_ERROR', 'TIMEOUT'],
    ],
    [
      'A093g',
      'throwing a revoked proxy',
      'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy;',
      'PLUGIN_ERROR',
    ],
    ['A093h', 'throwing a promise', 'throw Promise.reject(new Error("late"));', 'PLUGIN_ERROR'],
    ['A093i', 'rejecting with null', 'return Promise.reject(null);', 'PLUGIN_ERROR'],
    [
      'A095',
      'a message that loops',
      "throw Object.defineProperty(new Error(), 'message', { get() { for (;;); } });",
      ['PLUGIN_ERROR', 'TIMEOUT'],
    ],
    [
      'A095b',
      'a stack that loops',
      "throw Object.defineProperty(new Error(), 'stack', { get() { for (;;); } });",
      ['PLUGIN_ERROR', 'TIMEOUT'],
    ],
    [
      'A095c',
      'a name that loops',
      "throw Object.defineProperty(new Error(), 'name', { get() { for (;;); } });",
      ['PLUGIN_ERROR', 'TIMEOUT'],
    ],
    [
      'A095d',
      'a cause that loops',
      "throw Object.defineProperty(new Error(), 'cause', { get() { for (;;); } });",
      ['PLUGIN_ERROR', 'TIMEOUT'],
    ],
    [
      'A095e',
      'a message that cannot be interrupted',
      "throw Object.defineProperty(new Error(), 'message', { get: () => String([].indexOf.call({ length: 2 ** 53 - 1 }, 1)) });",
      ['PLUGIN_ERROR', 'TIMEOUT'],
    ],
    [
      'A095f',
      'a message that is an object',
      "throw Object.assign(new Error(), { message: { toString() { throw new Error('again'); } } });",
      'PLUGIN_ERROR',
    ],
    [
      'A095g',
      'a message that uses memory up',
      "throw Object.defineProperty(new Error(), 'message', { get() { const all = []; for (;;) all.push({}); } });",
      ['PLUGIN_ERROR', 'TIMEOUT', 'MEMORY_LIMIT_EXCEEDED'],
    ],
    [
      'A096',
      'causes in a circle',
      "const error = new Error('a'); error.cause = new Error('b', { cause: error }); throw error;",
      'PLUGIN_ERROR',
    ],
    [
      'A096b',
      'causes 100,000 deep',
      // Without stacks: to write them takes most of the time and memory of a call, and one of those would end it before the throw.
      "Error.stackTraceLimit = 0; let error = new Error('first'); for (let i = 0; i < 1e5; i += 1) error = new TypeError('next', { cause: error }); throw error;",
      ['PLUGIN_ERROR', 'MEMORY_LIMIT_EXCEEDED'],
    ],
    [
      'A096c',
      'many errors in one',
      "throw new AggregateError(Array(1e5).fill(new Error('x')), 'many');",
      'PLUGIN_ERROR',
    ],
    [
      'A097b',
      'the frames of a trace, as text',
      "const f = (n) => (n === 0 ? new Error('x').stack : f(n - 1)); return ok(f(5));",
      'OK',
    ],
    [
      'A097c',
      'as many frames as can be',
      "Error.stackTraceLimit = Infinity; const f = (n) => (n === 0 ? new Error('x').stack : f(n - 1)); return ok(f(2_000).slice(-2_000));",
      'OK',
    ],
    [
      'A097d',
      'the frames above a host function',
      "try { context.progress({ toJSON() { throw new Error('x'); } }); } catch (error) { return ok(String(error.stack)); } return ok('none');",
      'OK',
    ],
    ['A097e', 'the stack as what is thrown', "throw new Error(new Error('x').stack);", 'PLUGIN_ERROR'],
    [
      'A097f',
      'a trace hook by another way',
      "Object.defineProperty(Error, params.key, { value: (_, frames) => frames.map((frame) => String(frame.getFileName())).join() }); return ok(new Error('x').stack);",
      ['OK', 'PLUGIN_ERROR'],
      { params: { key: 'prepareStackTrace' } },
    ],
  ]),
];
