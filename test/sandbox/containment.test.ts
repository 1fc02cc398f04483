/** What a plugin that does not behave gets, and that the next one is served. In both profiles, without the validator. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CompiledPlugin, Sandbox } from '../../src/sandbox/sandbox.ts';
import { compiled, OPEN, openPlugin, openSandbox, run, toolPlugin } from './rig.ts';

const WALL_MS = 400;

describe.each(['hardened', 'jit'] as const)('in the %s profile', (profile) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await openSandbox({ profile });
  });
  afterAll(() => sandbox.close());

  async function expectServed(): Promise<void> {
    const instance = await openPlugin(sandbox, toolPlugin('return "pong";'), { tenantId: 'tenant-b' });
    expect(await run(instance)).toEqual({ success: true, value: 'pong' });
    await instance.close();
  }

  test.each<[string, string, string | readonly string[]]>([
    ['a loop', 'while (true);', 'TIMEOUT'],
    ['a loop of microtasks', 'return (async () => { while (true) await null; })();', 'TIMEOUT'],
    ['a loop after a timer', 'return new Promise(() => setTimeout(() => { while (true); }, 1));', 'TIMEOUT'],
    ['a promise that never settles', 'return new Promise(() => {});', 'TIMEOUT'],
    ['a search that V8 does not interrupt', 'return [].indexOf.call({ length: 2 ** 53 - 1 }, 1);', 'TIMEOUT'],
    ['a getter that loops in the result', 'return { get x() { while (true); } };', 'TIMEOUT'],
    [
      'a message that loops',
      'throw Object.defineProperty(new Error(), "message", { get() { while (true); } });',
      'TIMEOUT',
    ],
    ['a heap that grows', 'const all = []; while (true) all.push({ a: [1, 2, 3] });', 'MEMORY_LIMIT_EXCEEDED'],
    ['calls of the host without end', 'while (true) context.progress(1);', 'HOST_CALL_BUDGET_EXCEEDED'],
    [
      'calls of the host, each caught',
      'while (true) { try { context.progress(1); } catch {} }',
      ['HOST_CALL_BUDGET_EXCEEDED', 'TIMEOUT'],
    ],
  ])('%s ends the instance', async (_name, body, code) => {
    const instance = await openPlugin(sandbox, toolPlugin(body));
    // Growing takes longer than the others' wall, above all without JIT.
    const wallMs = code === 'MEMORY_LIMIT_EXCEEDED' ? 5_000 : WALL_MS;
    const startedAt = performance.now();
    const outcome = await run(instance, {}, { wallMs });
    expect(performance.now() - startedAt).toBeLessThan(wallMs + 250);
    expect(outcome).toMatchObject({
      success: false,
      error: { code: expect.toBeOneOf([code].flat()) as string },
    });
    expect(instance.gone).toBe(true);
    await expectServed();
  });

  test.each([
    ['a loop', 'while (true);'],
    ['a search that V8 does not interrupt', 'return [].indexOf.call({ length: 2 ** 53 - 1 }, 1);'],
  ])('%s ends an instance that was good for long', async (_name, body) => {
    const instance = await openPlugin(sandbox, toolPlugin(`if (params.x < 60) return params.x; ${body}`));
    for (let x = 0; x < 60; x += 1) expect(await run(instance, { x })).toEqual({ success: true, value: x });
    expect(await run(instance, { x: 60 }, { wallMs: WALL_MS })).toMatchObject({
      success: false,
      error: { code: 'TIMEOUT' },
    });
    expect(instance.gone).toBe(true);
    await expectServed();
  });

  test.each([
    ['a loop', 'while (true);'],
    ['a search that V8 does not interrupt', '[].indexOf.call({ length: 2 ** 53 - 1 }, 1);'],
    ['timers without end', 'const again = () => { setTimeout(again, 0); }; again();'],
  ])('%s that no call waits for ends the instance too', async (_name, body) => {
    const instance = await openPlugin(sandbox, toolPlugin(`setTimeout(() => { ${body} }, 0); return 1;`));
    expect(await run(instance)).toEqual({ success: true, value: 1 });
    await expect.poll(() => instance.gone, { timeout: 5_000 }).toBe(true);
    await expectServed();
  });

  test('a call is timed from its own start, not while another has the isolate', async () => {
    const busy = 'const end = Date.now() + 150; while (Date.now() < end); return params.x;';
    const instance = await openPlugin(sandbox, toolPlugin(busy));
    const calls = [0, 1, 2, 3, 4].map((x) => run(instance, { x }, { wallMs: WALL_MS }));
    expect(await Promise.all(calls)).toEqual([0, 1, 2, 3, 4].map((value) => ({ success: true, value })));
  });

  test('a call that breaks its limit costs its neighbours in the instance some time, and nothing else', async () => {
    const body = 'return new Promise((done) => { if (!params.hangs) setTimeout(() => done("done"), 300); });';
    const instance = await openPlugin(sandbox, toolPlugin(body));
    const [guilty, innocent] = await Promise.all([
      run(instance, { hangs: true }, { wallMs: 100 }),
      run(instance, { hangs: false }, { wallMs: 5_000 }),
    ]);
    expect(guilty).toMatchObject({ success: false, error: { code: 'TIMEOUT', retryable: false } });
    expect(innocent).toEqual({ success: true, value: 'done' });
    expect(instance.gone).toBe(true);
  });

  test.each([
    ['throws null', 'throw null;', 'PLUGIN_ERROR', 'It threw null.'],
    ['throws undefined', 'throw undefined;', 'PLUGIN_ERROR', 'It threw undefined.'],
    ['throws a symbol', 'throw Symbol("s");', 'PLUGIN_ERROR', 'It threw Symbol(s).'],
    ['throws a proxy', 'throw new Proxy({}, {});', 'PLUGIN_ERROR', 'It threw something that is not an Error.'],
    ['rejects', 'return Promise.reject(new TypeError("bad"));', 'PLUGIN_ERROR', 'TypeError: bad'],
    [
      'throws the text of a timeout',
      'throw new Error("Script execution timed out.");',
      'PLUGIN_ERROR',
      'Script execution timed out.',
    ],
    [
      'throws what looks like an outcome',
      'throw { code: "TIMEOUT", retryable: true };',
      'PLUGIN_ERROR',
      'It threw something that is not an Error.',
    ],
    [
      'throws a getter that throws',
      'throw { __proto__: Error.prototype, get message() { throw 1; } };',
      'PLUGIN_ERROR',
      'It threw something that cannot be read.',
    ],
    [
      'recurses',
      'const f = () => f() + 1; return f();',
      'PLUGIN_ERROR',
      'RangeError: Maximum call stack size exceeded',
    ],
    ['returns nothing', 'return undefined;', 'RESULT_INVALID', 'It returned undefined, which JSON cannot say.'],
    ['returns a function', 'return () => 1;', 'RESULT_INVALID', 'It returned function, which JSON cannot say.'],
    ['returns a cycle', 'const a = {}; a.a = a; return a;', 'RESULT_INVALID', expect.stringContaining('circular')],
    ['returns a BigInt', 'return 1n;', 'RESULT_INVALID', expect.stringContaining('BigInt')],
    [
      'returns 200,000 levels',
      'let a = []; for (let i = 0; i < 2e5; i += 1) a = [a]; return a;',
      'RESULT_INVALID',
      expect.any(String),
    ],
    [
      'returns 200 levels',
      'let a = []; for (let i = 0; i < 200; i += 1) a = [a]; return a;',
      'RESULT_INVALID',
      expect.stringContaining('levels'),
    ],
    [
      'returns a __proto__ key',
      'return { a: [JSON.parse(\'{"__proto__":{"isAdmin":true}}\')] };',
      'RESULT_INVALID',
      expect.stringContaining('__proto__'),
    ],
    [
      'returns constructor.prototype',
      'return { constructor: { prototype: {} } };',
      'RESULT_INVALID',
      expect.stringContaining('constructor'),
    ],
    ['returns too much', 'return "x".repeat(300_000);', 'OUTPUT_LIMIT_EXCEEDED', expect.stringContaining('262144')],
    [
      'returns too many bytes',
      'return "\\u20ac".repeat(100_000);',
      'OUTPUT_LIMIT_EXCEEDED',
      expect.stringContaining('262144'),
    ],
    [
      'makes code from text',
      'return (() => {}).constructor("return 1")();',
      'PLUGIN_ERROR',
      expect.stringContaining('code from text'),
    ],
    [
      'makes async code from text',
      'return (async () => {}).constructor("return 1")();',
      'PLUGIN_ERROR',
      expect.stringContaining('code from text'),
    ],
    ['calls eval', 'return eval("1");', 'PLUGIN_ERROR', 'ReferenceError: eval is not defined'],
    ['names process', 'return process.env;', 'PLUGIN_ERROR', 'ReferenceError: process is not defined'],
    ['imports while running', 'return import("fs");', 'PLUGIN_ERROR', expect.any(String)],
    ['uses WebAssembly', 'return WebAssembly;', 'PLUGIN_ERROR', expect.any(String)],
    ['replaces a global', 'Object = 1; return 1;', 'PLUGIN_ERROR', expect.any(String)],
  ] as readonly (readonly [string, string, string, unknown])[])('one that %s', async (_name, body, code, message) => {
    const instance = await openPlugin(sandbox, toolPlugin(body));
    expect(await run(instance)).toMatchObject({ success: false, error: { code, message } });
    await expectServed();
    await instance.close();
  });

  test('patched intrinsics change nothing of the answer', async () => {
    const body = `
      JSON.stringify = () => '"forged"'; Promise.prototype.then = () => 1; Array.prototype[Symbol.iterator] = null;
      Map.prototype.get = Map.prototype.set = Map.prototype.delete = () => 1; Reflect = null;
      return (async () => ({ ok: await 1 }))();`;
    const instance = await openPlugin(sandbox, toolPlugin(body.replace('Reflect = null;', '')));
    expect(await run(instance)).toEqual({ success: true, value: { ok: 1 } });
    expect(await run(instance)).toEqual({ success: true, value: { ok: 1 } });
    await instance.close();
  });

  test('a toJSON of all objects makes data, not an outcome', async () => {
    const instance = await openPlugin(
      sandbox,
      toolPlugin('Object.prototype.toJSON = () => ({ error: "TIMEOUT" }); return {};'),
    );
    expect(await run(instance)).toEqual({ success: true, value: { error: 'TIMEOUT' } });
    await instance.close();
  });

  test('a rejection that nobody handles costs no other call', async () => {
    const instance = await openPlugin(
      sandbox,
      toolPlugin('if (params.x) { setTimeout(() => Promise.reject(new Error("late")), 1); } return 1;'),
    );
    expect(await run(instance, { x: 1 })).toEqual({ success: true, value: 1 });
    expect(await run(instance)).toMatchObject({ success: true });
    await instance.close();
  });

  const loading: readonly (readonly [string, CompiledPlugin, string, string | RegExp])[] = [
    [
      'a throwing constructor',
      toolPlugin('', 'constructor() { super(); throw new Error("no"); }'),
      'PLUGIN_ERROR',
      /constructor failed: no/,
    ],
    ['a throwing onLoad', toolPlugin('', 'onLoad() { throw new Error("no"); }'), 'PLUGIN_ERROR', 'no'],
    ['a rejecting onLoad', toolPlugin('', 'async onLoad() { throw new Error("no"); }'), 'PLUGIN_ERROR', 'no'],
    ['an onLoad that never settles', toolPlugin('', 'onLoad() { return new Promise(() => {}); }'), 'TIMEOUT', /300 ms/],
    ['an onLoad that loops', toolPlugin('', 'onLoad() { while (true); }'), 'TIMEOUT', /./],
    ['a module that throws', compiled('throw new Error("top");'), 'PLUGIN_ERROR', 'top'],
    ['a module that loops', compiled('while (true);'), 'TIMEOUT', /./],
    [
      'a module that waits for ever',
      compiled('await new Promise(() => {}); export default class {}'),
      'PLUGIN_ERROR',
      /./,
    ],
    ['no default export', compiled('export const a = 1;'), 'PLUGIN_ERROR', /Export a class/],
    ['a default export that is no plugin', compiled('export default class {}'), 'PLUGIN_ERROR', /Export a class/],
    ['text that V8 refuses', compiled('export default class {'), 'PLUGIN_ERROR', /does not compile/],
    ['another import', compiled('import "fs"; export default class {}'), 'PLUGIN_ERROR', /hookline\/sdk only/],
    [
      'a heap that grows in onLoad',
      toolPlugin('', 'onLoad() { const all = []; while (true) all.push({}); }'),
      'MEMORY_LIMIT_EXCEEDED',
      /./,
    ],
  ];
  test.each(loading)('%s does not open', async (_name, plugin, code, message) => {
    const limits = { initMs: code === 'MEMORY_LIMIT_EXCEEDED' ? 3_000 : 300 };
    const opened = await sandbox.open(plugin, { ...OPEN, limits });
    expect(opened).toMatchObject({
      success: false,
      error: { code, message: expect.stringMatching(message) as string },
    });
    await expectServed();
  });

  test.each([
    ['throws', 'onUnload() { throw new Error("no"); }'],
    ['loops', 'onUnload() { while (true); }'],
    ['never settles', 'onUnload() { return new Promise(() => {}); }'],
  ])('an onUnload that %s still closes', async (_name, fields) => {
    const instance = await openPlugin(sandbox, toolPlugin('', fields), { limits: { unloadMs: 200 } });
    await instance.close();
    expect(instance.gone).toBe(true);
    await expectServed();
  });

  test('a text that is not the one its hash names is not run', async () => {
    const plugin = { ...toolPlugin('return 1;'), hash: compiled('other').hash };
    expect(await sandbox.open(plugin, OPEN)).toMatchObject({
      success: false,
      error: { message: expect.stringContaining('hash') as string },
    });
  });
});
