import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SDK_NAMES } from '../../../src/sandbox/compiler/rules/sdk-names.ts';
import { parseSource } from '../../../src/sandbox/compiler/parse-source.ts';
import * as sdk from '../../../src/sdk/index.ts';
import { compile, compiledOf, findingsOf, withDefaultExport } from './compile.ts';

test.each([
  ['a constructor', 'class A { constructor() {} }'],
  ['an error class of its own', 'class A extends Error { constructor(m: string) { super(m); this.name = "A"; } }'],
  [
    'type syntax of every erasable kind',
    'abstract class A<T> { abstract x: T; declare y: string; private z?: number; f(): void; f(a?: T): void {} }',
  ],
  ['satisfies, as, non-null', 'const a = { b: 1 } satisfies object; const c = a as { b: number }; const d = c.b!;'],
  ['typeof in a type', 'const a: typeof Map = Map;'],
  [
    'declarations that only types see',
    "declare const x: number; declare global { var y: string } declare enum E { A } declare module 'm' {}",
  ],
  ['a namespace of types', 'namespace A { export type B = string; export interface C {} }'],
  ['type-only exports', 'interface A {} type B = 1; export type { A }; export { type B };'],
  ['a namespace import', "import * as sdk from 'hookline/sdk'; sdk.block({ reason: 'x' });"],
  [
    'type imports of both forms',
    "import type { Json } from 'hookline/sdk'; import { type JsonObject } from 'hookline/sdk';",
  ],
  [
    'closures, this and arguments',
    'function f() { return [this, arguments.length]; } class A { x = this; static { this.name; } }',
  ],
  ['private fields', 'class A { #x = 1; has(o: object) { return #x in o; } }'],
  [
    'generators and async iteration',
    'async function* f() { yield 1; } async function g() { for await (const x of f()) console.log(x); }',
  ],
  [
    'labels, switch, try',
    'a: for (;;) { switch (1) { case 1: break a; default: try { throw 1 } catch { continue a } } }',
  ],
  ['regular expressions with quotes and brackets', 'const a = [/["\'`({[]/, /\\//g, /[/]/.test("x") ? 1 / 2 / 3 : 4];'],
  ['nested templates', 'const b = 1; const a = `a ${`b ${b} }`} c`;'],
  ['numbers', 'const a = [0xff, 1_000, 10n, .5, 1e3];'],
  ['emoji, scripts with joiners, accents', "const grüße = '👩‍👩‍👧 ❤️ می‌خواهم'; // été"],
  ['one greek name', 'const Δ = 1, µs = 2, 名前 = 3;'],
  [
    'HTML comments in texts and comments',
    "const a = '<!-- x -->'; /* <!-- */ const b = `-->`; let n = 3; while (n-->0) ; // -->",
  ],
  [
    'a key that is looked for, not read',
    "const a = ['__proto__', 'constructor'].includes('x'); new Map().get('constructor');",
  ],
  ['keys put together at run time', "const a = {}; const b = a['con' + 'structor'];"],
  ['top-level await', 'const a = await Promise.resolve(1);'],
  ['timers', 'const t = setTimeout(() => {}, 10); clearTimeout(t); queueMicrotask(() => {});'],
  ['explicit resources', '{ using a = { [Symbol.dispose]() {} }; }'],
  ['Windows line ends', 'const a = 1;\r\n// b\r\nconst c = 2;'],
  ['an exported default by name', ''],
])('%s: accepted', (_name, snippet) => {
  expect(findingsOf(compile(withDefaultExport(snippet)))).toEqual([]);
  expect(compile(withDefaultExport(snippet)).success).toBe(true);
});

test('a default export by name is one', () => {
  expect(compile('class A {}\nexport { A as default };').success).toBe(true);
});

const TYPED = `#!/usr/bin/env node
import { definePlugin, type ToolContext } from 'hookline/sdk';
interface Größe { readonly breite: '😀' | 'é' }
const größe = { breite: '😀' } as Größe; /* a comment
of two lines */ const after = größe!.breite satisfies string;
function area<T extends Größe>(this: void, of: T, times?: number): string { 'use strict'; return of.breite + times }
export default definePlugin({ name: after, version: area(größe) } as never);
//# sourceMappingURL=data:application/json;base64,e30=
`;

test('what runs has every token where it was written, and no types, comments, directives or shebang', () => {
  const { code, name, hash } = compiledOf(compile(TYPED));
  const expected = [
    '',
    "import { definePlugin,                  } from 'hookline/sdk';",
    '',
    "const größe = { breite: '😀' }         ;",
    '                const after = größe .breite                 ;',
    'function area                 (            of   , times         )                       { return of.breite + times }',
    'export default definePlugin({ name: after, version: area(größe) }         );',
  ];
  const lines = code.split('\n');
  expect(lines).toHaveLength(TYPED.split('\n').length);
  for (const token of ['definePlugin({', 'after =', '.breite', 'area', 'times }', 'größe)']) {
    const placeIn = (text: string) => text.split('\n').map((line) => line.lastIndexOf(token));
    expect(placeIn(code).filter((column) => column >= 0)).toEqual(
      placeIn(TYPED).filter((column, line) => column >= 0 && lines[line]?.includes(token)),
    );
  }
  expect(lines.map((line) => line.replace(/\s+/g, ' ').trim())).toEqual(
    [...expected, '', ''].map((line) => line.replace(/\s+/g, ' ').trim()),
  );
  expect(code).not.toMatch(/[^\S \n]/);
  expect({ name, hash }).toEqual({ name: 'sample', hash: createHash('sha256').update(code, 'utf8').digest('hex') });
});

test('a byte order mark at the start is no part of the source', () => {
  expect(compiledOf(compile('\ufeffexport default class {}')).code).toBe('export default class {}');
});

test('JavaScript is taken as it is, without its comments', () => {
  const { code } = compiledOf(compile('/* a */export default class {} //# sourceURL=evil.js', 'js'));
  expect(code).toBe(`${' '.repeat(7)}export default class {} ${' '.repeat(21)}`);
});

test.each([
  ['250 KiB of a;', 'source-too-large', 'a;'.repeat(128_000)],
  ['60,000 comments', 'source-too-large', '/**/'.repeat(60_000)],
  ['1,000 nested parentheses', 'source-too-complex', `x = ${'('.repeat(1_000)}1${')'.repeat(1_000)}`],
  ['1,000 nested arrays', 'source-too-complex', `x = ${'['.repeat(1_000)}${']'.repeat(1_000)}`],
  ['1,000 nested templates', 'source-too-complex', `x = ${'`${'.repeat(1_000)}1${'}`'.repeat(1_000)}`],
  ['1,000 nested type arguments', 'source-too-complex', `let x: ${'A<'.repeat(1_000)}B${'>'.repeat(1_000)}`],
  ['400 negations', 'source-too-complex', `x = ${'!'.repeat(400)}1`],
  ['5,000 negations', 'source-too-complex', `x = ${'!'.repeat(5_000)}1`],
  ['a chain of 20,000 terms', 'source-too-complex', `x = 1${'+1'.repeat(20_000)}`],
  ['20,000 else ifs', 'source-too-complex', 'if(a)b;else '.repeat(5_000)],
  ['20,000 arrows', 'source-too-complex', `x = ${'a=>'.repeat(20_000)}1`],
  ['a source one byte too large', 'source-too-large', `//${'x'.repeat(262_143)}`],
  ['50 MB', 'source-too-large', 'x'.repeat(50_000_000)],
])('%s: answered by %s', (_name, rule, text) => {
  const answer = compile(text);
  expect(answer).toMatchObject({ success: false, problem: { findings: [{ rule }] } });
});

test('a parser that ran out of stack asks for another process; a limit that held does not', () => {
  expect(compile(`x = ${'!'.repeat(5_000)}1`)).toHaveProperty('replaceMe', true);
  expect(compile(`x = ${'('.repeat(1_000)}1`)).not.toHaveProperty('replaceMe');
});

test('a large ordinary source passes', () => {
  const text = 'function f(a: number) { return [a, "text", { b: a + 1 }].map((x) => `${x}`); }\n'
    .repeat(1_200)
    .replace(/ f\(/g, () => ` f${(counter += 1)}(`);
  expect(compile(withDefaultExport(text)).success).toBe(true);
});
let counter = 0;

test('the names of the SDK are those it exports', () => {
  expect([...SDK_NAMES.values].sort()).toEqual(Object.keys(sdk).sort());
  const parsed = parseSource(readFileSync('src/sdk/index.ts', 'utf8'), 'ts');
  if (!parsed.success) throw new Error(parsed.message);
  const names = parsed.source.nodes('ExportSpecifier').map(({ exported }) => ('name' in exported ? exported.name : ''));
  expect(names.sort()).toEqual([...SDK_NAMES.values, ...SDK_NAMES.types].sort());
});
