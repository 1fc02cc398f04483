/** Depth and what lies outside the heap: it costs the call, or its instance, and never the next. In both profiles. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';

/** Those that must fail by themselves have time to; the others are ended soon. */
const FAIL_MS = 5_000;
const END_MS = 400;

describe.each(['hardened', 'jit'] as const)('in the %s profile', (profile) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await openSandbox({ profile });
  });
  afterAll(() => sandbox.close());

  const FAILS = ['PLUGIN_ERROR'];
  const FAILS_OR_ENDS = ['PLUGIN_ERROR', 'RESULT_INVALID', 'TIMEOUT', 'MEMORY_LIMIT_EXCEEDED', 'SANDBOX_CRASHED', 'OK'];
  test.each<[string, string, readonly string[]]>([
    ['a function that calls itself', 'const f = () => f() + 1; return f();', FAILS],
    ['a getter that reads itself', 'const a = { get x() { return this.x; } }; return a.x;', FAILS],
    ['a toString that needs itself', 'const a = { toString() { return `${this}`; } }; return String(a);', FAILS],
    [
      'a toJSON that needs itself',
      'const a = { toJSON() { return JSON.stringify(this); } }; return a;',
      ['RESULT_INVALID', ...FAILS],
    ],
    ['a constructor that makes itself', 'class A { constructor() { this.a = new A(); } } return new A();', FAILS],
    ['a promise that waits for itself', 'const f = async () => f(); return f();', FAILS],
    [
      'a valueOf in a sort',
      'const a = { valueOf() { return [a, a].sort((x, y) => x - y).length; } }; return +a;',
      FAILS,
    ],
    [
      'a clone of 100,000 levels',
      'let a = {}; for (let i = 0; i < 1e5; i += 1) a = { a }; return structuredClone(a);',
      FAILS,
    ],
    [
      'a chain of 100,000 prototypes',
      'let a = {}; for (let i = 0; i < 1e5; i += 1) a = Object.create(a); return a.x === undefined;',
      FAILS_OR_ENDS,
    ],
    [
      'a chain of 100,000 proxies',
      'let a = {}; for (let i = 0; i < 1e5; i += 1) a = new Proxy(a, {}); return a.x === undefined;',
      FAILS_OR_ENDS,
    ],
    [
      'a chain of 100,000 bound functions',
      'let a = () => 1; for (let i = 0; i < 1e5; i += 1) a = a.bind(null); return a();',
      FAILS_OR_ENDS,
    ],
    [
      'an array in itself 100,000 times, joined',
      'let a = []; for (let i = 0; i < 1e5; i += 1) a = [a]; return String(a).length;',
      FAILS_OR_ENDS,
    ],
    [
      'a pattern of 20,000 groups',
      'return new RegExp("(".repeat(2e4) + "a" + ")".repeat(2e4)).test("a");',
      FAILS_OR_ENDS,
    ],
    [
      'a URL of a million parts',
      'return new URL("https://a.example/" + "a/../".repeat(2e5)).pathname.length;',
      FAILS_OR_ENDS,
    ],
    ['a host of 100,000 labels', 'return URL.canParse("https://" + "\\u00fc.".repeat(1e5));', FAILS_OR_ENDS],
    [
      'a label of 50,000 letters',
      'let a = ""; for (let i = 0; i < 5e4; i += 1) a += String.fromCodePoint(0x4e00 + (i % 2e4)); return URL.canParse("https://" + a);',
      FAILS_OR_ENDS,
    ],
    [
      'parameters without end',
      'const p = new URLSearchParams("a=b"); for (const _ of p) p.append("a", "b");',
      FAILS_OR_ENDS,
    ],
    [
      'locales of numbers',
      'for (let i = 0; ; i += 1) (i + 0.5).toLocaleString("de", { minimumFractionDigits: i % 20, minimumIntegerDigits: 1 + (i % 21) });',
      FAILS_OR_ENDS,
    ],
    [
      'locales of dates',
      'for (let i = 0; ; i += 1) new Date(i * 1e9).toLocaleString("ja-JP-u-ca-japanese", { timeZone: "Asia/Tokyo", dateStyle: "full", hour12: undefined });',
      FAILS_OR_ENDS,
    ],
    [
      'orders of locales',
      'for (let i = 0; ; i += 1) "\\u00e4".localeCompare("z", ["de", "sv", "en"][i % 3], { sensitivity: "base", numeric: i % 2 === 0 });',
      FAILS_OR_ENDS,
    ],
    [
      'forms of a long text',
      'const text = "\\u1e9b\\u0323".repeat(2e6); return text.normalize("NFKD").length;',
      FAILS_OR_ENDS,
    ],
  ])('%s', async (_name, body, codes) => {
    const instance = await openPlugin(sandbox, toolPlugin(body));
    const wallMs = codes.includes('TIMEOUT') ? END_MS : FAIL_MS;
    const startedAt = performance.now();
    const outcome = await run(instance, {}, { wallMs });
    expect(performance.now() - startedAt).toBeLessThan(wallMs + 500);
    expect(codes).toContain(outcome.success ? 'OK' : outcome.error.code);
    const next = await openPlugin(sandbox, toolPlugin('return "pong";'), { tenantId: 'tenant-b' });
    expect(await run(next)).toEqual({ success: true, value: 'pong' });
    await Promise.all([next.close(), instance.close()]);
  });
});
