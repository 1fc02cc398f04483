/** The globals that a plugin finds are those that the validator lets it name, and they do what their names say. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GUEST_GLOBALS } from '../../src/sandbox/measured.ts';
import { chachaBlock } from '../../src/sandbox/guest/random.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

async function evaluate(body: string): Promise<unknown> {
  const instance = await openPlugin(sandbox, toolPlugin(body));
  const outcome = await run(instance);
  await instance.close();
  if (!outcome.success) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
  return outcome.value;
}

test('all that are listed are there', async () => {
  const names = [...GUEST_GLOBALS.language, ...GUEST_GLOBALS.host].filter((name) => name !== 'undefined');
  const types = names.map((name) => `['${name}', typeof ${name}]`).join(', ');
  const absent = await evaluate(`return [${types}].filter(([, type]) => type === 'undefined');`);
  expect(absent).toEqual([]);
});

test('no others are', async () => {
  const names = [
    ...[
      'globalThis',
      'global',
      'self',
      'window',
      'process',
      'require',
      'module',
      'exports',
      'Buffer',
      'fetch',
      'performance',
    ],
    ...[
      'eval',
      'Function',
      'Reflect',
      'WebAssembly',
      'SharedArrayBuffer',
      'Atomics',
      'ShadowRealm',
      'WeakRef',
      'FinalizationRegistry',
    ],
    ...['Intl', 'Temporal', 'escape', 'unescape', 'setImmediate', 'ivm'],
  ];
  const types = names.map((name) => `['${name}', typeof ${name}]`).join(', ');
  expect(await evaluate(`return [${types}].filter(([, type]) => type !== 'undefined');`)).toEqual([]);
});

test('text is encoded and decoded as UTF-8', async () => {
  const text = 'a£€😀\ud800z\u0000';
  const bytes = (await evaluate(`return [...new TextEncoder().encode(${JSON.stringify(text)})];`)) as number[];
  expect(bytes).toEqual([...new TextEncoder().encode(text)]);
  const broken = [
    0xef, 0xbb, 0xbf, 0x61, 0xc0, 0x80, 0xe2, 0x82, 0x61, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98, 0x80, 0xf5, 0xe2,
  ];
  const decoded = await evaluate(`return new TextDecoder().decode(new Uint8Array(${JSON.stringify(broken)}));`);
  expect(decoded).toBe(new TextDecoder().decode(new Uint8Array(broken)));
  await expect(
    evaluate(`return new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255]));`),
  ).rejects.toThrow('TypeError');
});

test('random values are of version 4, and differ between instances', async () => {
  const body = 'return [crypto.randomUUID(), crypto.randomUUID(), ...crypto.getRandomValues(new Uint8Array(100))];';
  const [first, second] = [(await evaluate(body)) as unknown[], (await evaluate(body)) as unknown[]];
  for (const id of [...first.slice(0, 2), ...second.slice(0, 2)]) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(new Set([...first.slice(0, 2), ...second.slice(0, 2)]).size).toBe(4);
  expect(first.slice(2)).not.toEqual(second.slice(2));
});

test('their source is ChaCha20, by the example of RFC 8439, section 2.3.2', () => {
  const key = [0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c];
  const state = new Uint32Array([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, ...key, 1, 0x09000000, 0x4a000000, 0]);
  expect([...chachaBlock(state)].slice(0, 4)).toEqual([0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3]);
});

test('a structured clone is deep, keeps cycles, and refuses functions', async () => {
  const body = `
    const from = { list: [1, { two: 2 }], when: new Date(5), map: new Map([['a', new Set([1])]]), bytes: new Uint8Array([1, 2]) };
    from.self = from;
    const to = structuredClone(from);
    to.list[1].two = 3;
    return [to.self === to, from.list[1].two, to.when.getTime(), [...to.map.get('a')], [...to.bytes], to.map !== from.map];`;
  expect(await evaluate(body)).toEqual([true, 2, 5, [1], [1, 2], true]);
  await expect(evaluate('return structuredClone({ f() {} });')).rejects.toThrow('DataCloneError');
});

test('queueMicrotask and clearTimeout do what they should', async () => {
  const body = `
    const seen = [];
    const never = setTimeout(() => seen.push('cleared'), 1);
    clearTimeout(never);
    queueMicrotask(() => seen.push('microtask'));
    return new Promise((done) => setTimeout((word) => done([...seen, word]), 5, 'timer'));`;
  expect(await evaluate(body)).toEqual(['microtask', 'timer']);
});

test('an interval comes again until it is cleared, also by itself, and with its values', async () => {
  const body = `
    const seen = [];
    return new Promise((done) => {
      const id = setInterval((word) => {
        seen.push(word);
        if (seen.length < 3) return;
        clearInterval(id);
        setTimeout(() => done(seen), 20);
      }, 2, 'again');
    });`;
  expect(await evaluate(body)).toEqual(['again', 'again', 'again']);
});

test('one that throws comes again all the same', async () => {
  const body = `
    let times = 0;
    return new Promise((done) => {
      const id = setInterval(() => { times += 1; if (times === 2) { clearInterval(id); done(times); } throw new Error('no'); }, 1);
    });`;
  expect(await evaluate(body)).toBe(2);
});

test('there are at most 256 timers at once, whatever a plugin does to maps', async () => {
  const body = `
    Object.defineProperty(Map.prototype, 'size', { get: () => 0 });
    let made = 0;
    try { for (;;) { setTimeout(() => {}, 60_000); made += 1; } } catch (error) { return [made, error.name]; }`;
  expect(await evaluate(body)).toEqual([256, 'RangeError']);
});

test('an address is read as elsewhere', async () => {
  const body = `
    const url = new URL('../x?a=1#f', 'HTTPS://user:pw@B\u00fccher.example:443/a/b/');
    url.searchParams.append('b', '\u20ac');
    return [url.href, url.host, String(url), JSON.stringify({ url }), URL.canParse('no'), [...new URLSearchParams('a=1&a=2')]];`;
  const href = 'https://user:pw@xn--bcher-kva.example/a/x?a=1&b=%E2%82%AC#f';
  expect(await evaluate(body)).toEqual([
    href,
    'xn--bcher-kva.example',
    href,
    JSON.stringify({ url: href }),
    false,
    [
      ['a', '1'],
      ['a', '2'],
    ],
  ]);
  await expect(evaluate(`return new URL('no').href;`)).rejects.toThrow('Invalid URL');
});

test.each<[string, string, unknown]>([
  ['has no constructor for plugins', 'try { new AbortSignal(); } catch (error) { return error.name; }', 'TypeError'],
  [
    'is aborted once, with its reason',
    'const c = new AbortController(); c.abort("a"); c.abort("b"); return [c.signal.aborted, c.signal.reason];',
    [true, 'a'],
  ],
  [
    'has a reason by itself',
    'const { signal } = new AbortController(); const aborted = AbortSignal.abort(); try { signal.throwIfAborted(); aborted.throwIfAborted(); } catch (e) { return [e.name, e instanceof Error]; }',
    ['AbortError', true],
  ],
  [
    'tells listeners in order, once, and objects too',
    `const seen = []; const c = new AbortController(); const gone = () => seen.push('gone');
     c.signal.onabort = (event) => seen.push(['on', event.type, event.target === c.signal]);
     c.signal.addEventListener('abort', () => seen.push('function'));
     c.signal.addEventListener('abort', { handleEvent() { seen.push('object'); } }, { once: true });
     c.signal.addEventListener('abort', gone); c.signal.removeEventListener('abort', gone);
     c.signal.addEventListener('other', gone); c.abort(); c.abort(); return seen;`,
    [['on', 'abort', true], 'function', 'object'],
  ],
  [
    'goes on telling after a listener that throws',
    `const c = new AbortController(); let told = false; c.signal.addEventListener('abort', () => { throw new Error('no'); });
     c.signal.addEventListener('abort', () => { told = true; }); c.abort(); return told;`,
    true,
  ],
  [
    'takes listeners away by another signal',
    `const [a, b] = [new AbortController(), new AbortController()]; let told = false;
     a.signal.addEventListener('abort', () => { told = true; }, { signal: b.signal }); b.abort(); a.abort(); return told;`,
    false,
  ],
  [
    'comes of time',
    `const signal = AbortSignal.timeout(3); return new Promise((done) => signal.addEventListener('abort', () => done([signal.aborted, signal.reason.name])));`,
    [true, 'TimeoutError'],
  ],
  [
    'comes of any',
    `const [a, b] = [new AbortController(), new AbortController()]; const any = AbortSignal.any([a.signal, b.signal]);
     const before = any.aborted; b.abort('why'); a.abort('late'); return [before, any.aborted, any.reason, AbortSignal.any([a.signal]).reason, AbortSignal.any([]).aborted];`,
    [false, true, 'why', 'late', false],
  ],
  [
    'tells the call itself',
    `const seen = [context.signal instanceof AbortSignal, context.signal.aborted]; return seen;`,
    [true, false],
  ],
])('a signal %s', async (_name, body, answer) => {
  expect(await evaluate(body)).toEqual(answer);
});

test('numbers in floating point are not filled with random bytes', async () => {
  await expect(evaluate('crypto.getRandomValues(new Float64Array(1));')).rejects.toThrow('array of integers');
  await expect(evaluate('crypto.getRandomValues(new Uint8Array(65_537));')).rejects.toThrow('RangeError');
  expect(
    await evaluate('const a = new BigUint64Array(2); return crypto.getRandomValues(a) === a && a[0] !== a[1];'),
  ).toBe(true);
});

test('a microtask is a function, and what it throws is the plugin\u2019s error', async () => {
  await expect(evaluate(`queueMicrotask('text');`)).rejects.toThrow('PLUGIN_ERROR: TypeError');
  await expect(evaluate(`queueMicrotask(() => { throw new Error('late'); });`)).rejects.toThrow('PLUGIN_ERROR: late');
});
