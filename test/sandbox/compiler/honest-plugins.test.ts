/**
 * Plugins as people write them: each passes every rule without a warning, and does its work in an isolate. What they share
 * is that they use much of the language, in the way of ordinary code.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/json.ts';
import { comparePermissions } from '../../../src/plugins/compare-permissions.ts';
import { parseMetadata } from '../../../src/plugins/parse-metadata.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { openPlugin, openSandbox, toolCall } from '../rig.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

/** A plugin by `definePlugin` with one tool, `run`; `rest` is the other code of the file. */
function defined(execute: string, rest = '', metadata = ''): string {
  return `import { definePlugin, isObject, type Json, type JsonObject, type ToolContext, type ToolResult } from 'hookline/sdk';
${rest}
export default definePlugin({
  name: 'honest', version: '1.0.0', author: 'a', description: 'd', ${metadata}
  tools: { run: { description: 'd', parameters: { type: 'object' }, ${execute} } },
});
void isObject; type Unused = [Json, JsonObject, ToolContext, ToolResult];
`;
}

const HONEST: readonly (readonly [name: string, text: string, params: JsonObject, answer: unknown])[] = [
  [
    'a cache with classes that have constructors, fields, getters and statics',
    defined(
      `execute({ key }) { return { success: true, data: [cache.read(String(key)), cache.read(String(key)), cache.size, LeastRecent.made] }; }`,
      `abstract class Cache<V> {
  protected readonly entries = new Map<string, V>();
  constructor(protected_: { limit: number }) { this.limit = protected_.limit; }
  readonly limit: number;
  get size(): number { return this.entries.size; }
  abstract load(key: string): V;
  read(key: string): V {
    const found = this.entries.get(key) ?? this.load(key);
    this.entries.delete(key);
    this.entries.set(key, found);
    for (const oldest of this.entries.keys()) { if (this.entries.size <= this.limit) break; this.entries.delete(oldest); }
    return found;
  }
}
class LeastRecent extends Cache<number> {
  static made = 0;
  static { LeastRecent.made += 1; }
  #loads = 0;
  override load(): number { return ++this.#loads; }
}
const cache = new LeastRecent({ limit: 2 });`,
    ),
    { key: 'a' },
    { success: true, data: [1, 1, 1, 1] },
  ],
  [
    'an error class of its own, with a cause',
    defined(
      `execute() { try { parse('{'); return { success: true, data: null }; } catch (error) { if (!(error instanceof ParseError)) throw error; return { success: false, error: \`\${error.name} at \${error.line}\`, code: error.cause instanceof SyntaxError ? 'SYNTAX' : 'OTHER' }; } }`,
      `class ParseError extends Error {
  override readonly name = 'ParseError';
  readonly line: number;
  constructor(message: string, line: number, options?: { cause: unknown }) { super(message, options as never); this.line = line; }
}
function parse(text: string): unknown { try { return JSON.parse(text); } catch (cause) { throw new ParseError('bad', 1, { cause }); } }`,
    ),
    {},
    { success: false, error: 'ParseError at 1', code: 'SYNTAX' },
  ],
  [
    'async generators and limits on what runs at once',
    defined(
      `async execute() { const seen: number[] = []; for await (const n of pages(3)) seen.push(n); const doubled = await pool([1, 2, 3, 4], 2, async (n) => { await pause(1); return n * 2; }); return { success: true, data: { seen, doubled } }; }`,
      `const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
async function* pages(last: number): AsyncGenerator<number> { for (let page = 1; page <= last; page += 1) { await pause(0); yield page; } }
async function pool<A, B>(items: readonly A[], width: number, work: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = []; let next = 0;
  const worker = async () => { while (next < items.length) { const index = next++; results[index] = await work(items[index]!); } };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}`,
    ),
    {},
    { success: true, data: { seen: [1, 2, 3], doubled: [2, 4, 6, 8] } },
  ],
  [
    'a table from CSV, with named groups and quotes',
    defined(
      `execute({ text }) { const [head = [], ...rows] = String(text).trim().split(/\\r?\\n/).map(cells); return { success: true, data: rows.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index] ?? null]))) }; }`,
      `const CELL = /(?:^|,)(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>[^",]*))/g;
function cells(line: string): string[] { return Array.from(line.matchAll(CELL), ({ groups }) => groups?.quoted?.replaceAll('""', '"') ?? groups?.plain ?? ''); }`,
    ),
    { text: 'a,b\n1,"x, ""y"""\n2,' },
    {
      success: true,
      data: [
        { a: '1', b: 'x, "y"' },
        { a: '2', b: '' },
      ],
    },
  ],
  [
    'a query of JSON by path',
    defined(
      `execute({ data, path }) { return { success: true, data: String(path).split('.').reduce<Json>((at, key) => step(at, key), data ?? null) }; }`,
      `const step = (at: Json, key: string): Json => Array.isArray(at) ? (key === '*' ? at.map((item: Json) => item) : (at[Number(key)] ?? null)) : isObject(at) && Object.hasOwn(at, key) ? (at[key] ?? null) : null;`,
    ),
    { data: { a: [{ b: 1 }] }, path: 'a.0.b' },
    { success: true, data: 1 },
  ],
  [
    'a signed address with bytes, base64 and time',
    defined(
      `execute({ path }) { const url = new URL(String(path), 'https://files.example/'); url.searchParams.set('sig', btoa(String.fromCharCode(...digest(new TextEncoder().encode(url.pathname))))); return { success: true, data: [url.pathname, url.searchParams.get('sig')?.length ?? 0, Date.now() > 1_600_000_000_000] }; }`,
      `function digest(bytes: Uint8Array): Uint8Array { let hash = 0x811c9dc5; for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0; const view = new DataView(new ArrayBuffer(4)); view.setUint32(0, hash); return new Uint8Array(view.buffer); }`,
    ),
    { path: '../a b' },
    { success: true, data: ['/a%20b', 8, true] },
  ],
  [
    'a state machine with symbols, frozen tables and exhaustive switches',
    defined(
      `execute({ events }) { let state: State = 'idle'; for (const event of Array.isArray(events) ? events : []) state = NEXT[state][String(event) as Event] ?? state; return { success: true, data: describe(state) }; }`,
      `type State = 'idle' | 'busy' | 'done'; type Event = 'start' | 'finish';
const NEXT = Object.freeze({ idle: { start: 'busy' }, busy: { finish: 'done' }, done: {} } as const satisfies Record<State, Partial<Record<Event, State>>>) as Record<State, Partial<Record<Event, State>>>;
const KIND = Symbol('kind');
const marked = { [KIND]: 'marked', [Symbol.toStringTag]: 'Marked' };
function describe(state: State): string { switch (state) { case 'idle': return 'is idle'; case 'busy': return 'is busy'; case 'done': return \`is done, \${marked[KIND]}\`; default: { const never: never = state; return never; } } }`,
    ),
    { events: ['start', 'finish'] },
    { success: true, data: 'is done, marked' },
  ],
  [
    'text in several scripts, with emoji, and comparisons of it',
    defined(
      `execute({ words }) { const list = (Array.isArray(words) ? words : []).map(String); return { success: true, data: { größe: list.length, sorted: list.toSorted((a, b) => (a < b ? -1 : 1)), upper: list.map((word) => word.toLocaleUpperCase()), same: 'e\\u0301'.normalize() === 'é', ελληνικά } }; }`,
      `// Größen, 名前 and 👩‍👩‍👧 are ordinary.
const ελληνικά = 'ναι';`,
    ),
    { words: ['straße', 'ä'] },
    {
      success: true,
      data: { größe: 2, sorted: ['straße', 'ä'], upper: ['STRASSE', 'Ä'], same: true, ελληνικά: 'ναι' },
    },
  ],
  [
    'a rate limit with time, closures and default parameters',
    defined(
      `execute({ times }) { const take = bucket({ perSecond: 2 }); return { success: true, data: Array.from({ length: Number(times) }, () => take()) }; }`,
      `function bucket({ perSecond = 1, burst = perSecond, now = Date.now }: { perSecond?: number; burst?: number; now?: () => number } = {}) {
  let tokens = burst, last = now();
  return function take(cost = 1): boolean { const at = now(); tokens = Math.min(burst, tokens + ((at - last) / 1000) * perSecond); last = at; if (tokens < cost) return false; tokens -= cost; return true; };
}`,
    ),
    { times: 3 },
    { success: true, data: [true, true, false] },
  ],
  [
    'work that is stopped by its signal or by time',
    defined(
      `async execute(_params, { signal }) { const either = AbortSignal.any([signal, AbortSignal.timeout(5)]); try { await aborted(either); return { success: true, data: null }; } catch (error) { return { success: false, error: error instanceof Error ? error.name : 'unknown' }; } }`,
      `const aborted = (signal: AbortSignal) => new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));`,
    ),
    {},
    { success: false, error: 'TimeoutError' },
  ],
  [
    'a proxy for defaults, iterators of its own, labels and bit sets',
    defined(
      `execute() { const settings = withDefaults({ a: 1 }, { a: 0, b: 2 }); const squares = [...new Range(1, 4)].map((n) => n ** 2); outer: for (const n of squares) { for (const m of squares) { if (n * m > 50) break outer; } } return { success: true, data: [settings.a ?? 0, settings.b ?? 0, squares, flags & ~1] }; }`,
      `const flags = 0b111 | (1 << 4);
function withDefaults<T extends object>(given: Partial<T>, defaults: T): T { return new Proxy(defaults, { get: (target, key, self) => key in given ? (given as Record<PropertyKey, never>)[key] : (target as Record<PropertyKey, never>)[key] ?? (self as never) }); }
class Range implements Iterable<number> { readonly from; readonly to; constructor(from: number, to: number) { this.from = from; this.to = to; } *[Symbol.iterator]() { for (let n = this.from; n < this.to; n += 1) yield n; } }`,
    ),
    {},
    { success: true, data: [1, 2, [1, 4, 9], 22] },
  ],
  [
    'a keeper of notes with permissions that fit',
    defined(
      `async execute({ text }, context) { try { await remember(context, String(text)); return { success: true, data: true }; } catch (error) { return { success: false, error: (error as Error).name }; } }`,
      `async function remember({ kv, emit, fetch }: ToolContext, text: string): Promise<void> {
  const known = await kv.get('notes');
  await kv.set('notes', [...(Array.isArray(known?.value) ? known.value : []), text], { ifVersion: known?.version ?? 0 });
  await emit('note_kept', { length: text.length });
  await fetch(\`https://hooks.example.com/\${encodeURIComponent(text)}\`, { method: 'POST' });
}`,
      `requiredPermissions: ['kv', 'events:emit', 'http:hooks.example.com'],`,
    ),
    { text: 'x' },
    { success: false, error: 'PermissionDeniedError' },
  ],
];

test.each(HONEST)('%s', async (_name, text, params, answer) => {
  const result = await sandbox.compile({ name: 'honest', language: 'ts', text });
  if (!result.success) throw new Error(JSON.stringify(result));
  expect(result.warnings).toEqual([]);
  const described = await sandbox.describe(result.compiled);
  if (!described.success) throw new Error(JSON.stringify(described));
  const parsed = parseMetadata(described.value);
  if (!parsed.success) throw new Error(JSON.stringify(parsed.issues));
  const required = parsed.parsed.requiredPermissions;
  expect(comparePermissions(result.uses, required)).toEqual({ errors: [], warnings: [] });
  const plugin = await openPlugin(sandbox, result.compiled);
  expect(await plugin.call(toolCall(params), { wallMs: 4_000 })).toEqual({ success: true, value: answer });
  await plugin.close();
});

// Letters of other scripts that nobody takes for Latin ones.
test.each(['Δt', 'σx', 'λ', 'α', 'μ', 'größe', 'имя', '数量', 'x̂'])('%s is a name', async (name) => {
  const text = `const ${name.normalize('NFC')} = 1; export default class { value = ${name.normalize('NFC')}; }`;
  expect(await sandbox.compile({ name: 'honest', language: 'ts', text })).toMatchObject({ success: true });
});

test.each([
  ['the class of a value', 'const a = (x: object) => x.constructor.name;', /Name the class itself/],
  ['an interval by text', "setInterval('tick()', 5);", /Pass a function/],
  ['the environment', 'const key = process.env.API_KEY;', /context\.config/],
  ['a buffer of Node', "Buffer.from('x').toString('base64');", /Uint8Array/],
  ['a fetch without context', "await fetch('https://a.example/');", /context/],
])('%s is refused, with what to write instead', async (_name, text, hint) => {
  const result = await sandbox.compile({ name: 'honest', language: 'ts', text: `${text}\nexport default class {}` });
  expect(result).toMatchObject({
    success: false,
    problem: { findings: [{ hint: expect.stringMatching(hint) as string }] },
  });
});
