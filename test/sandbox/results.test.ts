/** What comes out of an isolate: answers, errors and log lines, however they are made. In both profiles. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox, SandboxLogLine } from '../../src/sandbox/sandbox.ts';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';

describe.each(['hardened', 'jit'] as const)('in the %s profile', (profile) => {
  let sandbox: Sandbox;
  const lines: SandboxLogLine[] = [];
  beforeAll(async () => {
    sandbox = await openSandbox({ profile, events: { onLog: (line) => lines.push(line) } });
  });
  afterAll(() => sandbox.close());

  async function outcomeOf(body: string, wallMs = 10_000) {
    const instance = await openPlugin(sandbox, toolPlugin(body));
    const outcome = await run(instance, {}, { wallMs });
    await instance.close();
    return outcome;
  }

  // What JSON.stringify makes of it is what the caller gets: one row each.
  test.each<[string, string, unknown]>([
    [
      'a proxy that lies about its keys',
      'new Proxy({ a: 1 }, { ownKeys: () => ["a", "b"], get: (t, key) => (key === "a" ? 2 : 3), getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 9 }) })',
      { a: 2, b: 3 },
    ],
    ['a getter', '({ get x() { return 1; } })', { x: 1 }],
    ['a Map', 'new Map([[1, 2]])', {}],
    ['a RegExp', '/a/g', {}],
    ['an Error', 'new Error("x")', {}],
    ['a typed array', 'new Uint8Array([1, 2])', { 0: 1, 1: 2 }],
    ['a Date', 'new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['a Date that is none', 'new Date(NaN)', null],
    ['-0', '-0', 0],
    ['NaN and the infinities', '[NaN, Infinity, -Infinity]', [null, null, null]],
    [
      'members that JSON leaves out',
      '({ a: undefined, b() {}, [Symbol("s")]: 1, c: [undefined, () => 1, Symbol("s")] })',
      { c: [null, null, null] },
    ],
    ['half a pair', '"\\ud800"', '\ud800'],
    ['an object without a prototype', 'Object.assign(Object.create(null), { a: 1 })', { a: 1 }],
    ['an array with holes', '[1, , 3]', [1, null, 3]],
    ['boxed values', '[new Number(1), new String("s"), new Boolean(false)]', [1, 's', false]],
    [
      'what looks like an outcome',
      '({ success: false, error: { code: "TIMEOUT", retryable: true } })',
      { success: false, error: { code: 'TIMEOUT', retryable: true } },
    ],
    ['what looks like an answer of the bootstrap', '"tvio"', 'tvio'],
  ])('the result of %s is plain data', async (_name, expression, value) => {
    expect(await outcomeOf(`return ${expression};`)).toEqual({ success: true, value });
  });

  test.each<[string, string, readonly string[]]>([
    ['a symbol', 'return Symbol("s");', ['RESULT_INVALID']],
    ['a number that JSON can write and no number can hold', 'return [JSON.rawJSON("1e999")];', ['RESULT_INVALID']],
    ['a BigInt inside', 'return { a: [1n] };', ['RESULT_INVALID']],
    ['a toJSON that gives nothing', 'return { toJSON() {} };', ['RESULT_INVALID']],
    ['a toJSON that throws', 'return { toJSON() { throw new Error("no"); } };', ['RESULT_INVALID']],
    [
      'a proxy that was revoked',
      'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy;',
      ['RESULT_INVALID', 'PLUGIN_ERROR'],
    ],
    ['101 levels', 'let a = 1; for (let i = 0; i < 101; i += 1) a = { a }; return a;', ['RESULT_INVALID']],
    ['a prototype key', 'return { prototype: {} };', ['RESULT_INVALID']],
    ['15 MB', 'return "x".repeat(15e6);', ['OUTPUT_LIMIT_EXCEEDED']],
    ['200 MB', 'return "x".repeat(2e8);', ['OUTPUT_LIMIT_EXCEEDED', 'MEMORY_LIMIT_EXCEEDED']],
    ['200,000 numbers', 'return Array.from({ length: 200_000 }, (_, n) => n);', ['OUTPUT_LIMIT_EXCEEDED']],
    [
      'an array that is long and empty',
      'const a = []; a.length = 2 ** 32 - 2; return a;',
      ['TIMEOUT', 'MEMORY_LIMIT_EXCEEDED', 'RESULT_INVALID'],
    ],
    [
      '27 levels of twice the same',
      'let a = [1]; for (let i = 0; i < 27; i += 1) a = [a, a]; return a;',
      ['TIMEOUT', 'MEMORY_LIMIT_EXCEEDED', 'OUTPUT_LIMIT_EXCEEDED'],
    ],
    ['a getter that loops', 'return { get a() { for (;;); } };', ['TIMEOUT']],
    ['keys without end', 'return new Proxy({}, { ownKeys: () => { for (;;); } });', ['TIMEOUT']],
  ])('a result of %s is refused', async (_name, body, codes) => {
    expect(await outcomeOf(body)).toMatchObject({ error: { code: expect.toBeOneOf([...codes]) as string } });
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });

  test.each<[string, string, string]>([
    ['an empty string', 'throw "";', 'It threw .'],
    ['a number', 'throw 1;', 'It threw 1.'],
    ['a BigInt', 'throw 1n;', 'It threw 1.'],
    ['a function', 'throw () => 1;', 'It threw something that is not an Error.'],
    ['an error without end', 'throw new Error("x".repeat(1e6));', `${'x'.repeat(1_000)}…`],
    [
      'an error whose message is none',
      'const e = new Error(); e.message = { toString() { return "mine"; } }; throw e;',
      'mine',
    ],
    [
      'the text of the memory limit',
      'throw new Error("Isolate was disposed during execution due to memory limit");',
      'Isolate was disposed during execution due to memory limit',
    ],
    [
      'an error with the host’s codes',
      'throw Object.assign(new Error("mine"), { code: "TIMEOUT", retryable: true, __isError: true });',
      'mine',
    ],
    ['an error with causes that go round', 'const e = new Error("mine"); e.cause = e; throw e;', 'mine'],
    ['a rejection of nothing', 'return Promise.reject();', 'It threw undefined.'],
  ])('what throws %s ends as PLUGIN_ERROR', async (_name, body, message) => {
    expect(await outcomeOf(body)).toMatchObject({ error: { code: 'PLUGIN_ERROR', message, retryable: false } });
  });

  test.each(['message', 'name'])('a getter of %s that loops ends as TIMEOUT', async (name) => {
    const body = `throw Object.defineProperty(new Error(), '${name}', { get() { for (;;); } });`;
    expect(await outcomeOf(body)).toMatchObject({ error: { code: 'TIMEOUT' } });
  });

  test.each(['stack', 'cause'])('a getter of %s that loops is never asked', async (name) => {
    const body = `throw Object.defineProperty(new Error('mine'), '${name}', { get() { for (;;); } });`;
    expect(await outcomeOf(body)).toMatchObject({ error: { code: 'PLUGIN_ERROR', message: 'mine' } });
  });

  test('a stack has nothing of the host in it', async () => {
    const body = `
      Error.stackTraceLimit = Infinity;
      Error.prepareStackTrace = (error, frames) => frames.map((frame) => [frame.getFileName(), typeof frame.getThis()]);
      return { frames: new Error().stack, text: (delete Error.prepareStackTrace, new Error().stack) };`;
    const outcome = await outcomeOf(body);
    expect(outcome).toMatchObject({ success: true });
    const text = JSON.stringify(outcome);
    expect(text).toContain('hookline/');
    expect(text).not.toMatch(/node:|file:|node_modules|\/sandbox\/runner|"\//);
  });

  test('results that are forged change nothing in the server', async () => {
    const body = `
      Object.prototype.toJSON = function () { return { __proto__: null, constructor: 'x', polluted: true }; };
      Array.prototype.toJSON = () => 'list';
      return [1];`;
    expect(await outcomeOf(body)).toEqual({ success: true, value: 'list' });
    expect(JSON.stringify([1])).toBe('[1]');
  });

  describe('a log line', () => {
    test('has its control characters escaped, wherever they are', async () => {
      const [esc, bell, next] = ['\u001b', '\u0007', '\u0085'];
      const instance = await openPlugin(sandbox, toolPlugin('context.log.info(params.text, params.fields); return 0;'));
      lines.length = 0;
      await run(instance, {
        text: `one\ntwo ${esc}[31mred\u202e${next}`,
        fields: { [`k${bell}`]: ['\u2028', { deep: `${esc}]0;title` }], n: 1 },
      });
      expect(lines).toMatchObject([
        {
          message: 'one\\u000atwo \\u001b[31mred\\u202e\\u0085',
          fields: { 'k\\u0007': ['\\u2028', { deep: '\\u001b]0;title' }], n: 1 },
        },
      ]);
    });

    test.each([
      ['a million lines', 'for (let i = 0; i < 1e6; i += 1) context.log.info("line");'],
      ['fields of megabytes', 'for (let i = 0; i < 50; i += 1) context.log.info("m", { x: "y".repeat(1e6) });'],
      [
        'lines after its answer',
        'setTimeout(() => { for (let i = 0; i < 1e5; i += 1) console.log("line"); }, 1); return 0;',
      ],
    ])('is cut with %s', async (_name, body) => {
      const instance = await openPlugin(sandbox, toolPlugin(`${body} return 0;`), { limits: { logBytes: 4_000 } });
      lines.length = 0;
      expect(await run(instance, {}, { wallMs: 20_000 })).toEqual({ success: true, value: 0 });
      await expect
        .poll(() => lines.at(-1))
        .toMatchObject({ level: 'warn', message: expect.stringContaining('was cut') as string });
      const chars = lines.reduce((sum, { message }) => sum + message.length, 0);
      expect(chars).toBeLessThanOrEqual(4_000 + 256);
      await instance.close();
    });
  });
});
