import { expect, test } from 'vitest';
import { RULES, type Rule } from '../../../src/sandbox/compiler/rules/rules.ts';
import { compile, findingsOf, withDefaultExport } from './compile.ts';

/** Snippets, and everything that is found in them. */
const REFUSED: readonly (readonly [snippet: string, ...findings: string[]])[] = [
  ["import 'fs';", 'import-forbidden@1:1'],
  ["\n  import { exec } from 'node:child_process';", 'import-forbidden@2:3'],
  ["import type { Stats } from 'node:fs';", 'import-forbidden@1:1'],
  ["let stats: import('node:fs').Stats;", 'import-forbidden@1:12'],
  ["import { evil } from 'data:text/javascript,export const evil = 1';", 'import-forbidden@1:1'],
  ["import { block } from 'hookline/sdk/../x';", 'import-forbidden@1:1'],
  ["import { block } from 'HOOKLINE/SDK';", 'import-forbidden@1:1'],
  ["import 'hookline/sdk';", 'import-form@1:1'],
  ["import sdk from 'hookline/sdk';", 'import-form@1:8'],
  ["import { block } from 'hookline/sdk' with { type: 'json' };", 'import-form@1:1'],
  ["import defer * as sdk from 'hookline/sdk';", 'import-form@1:1'],
  ["import { blok } from 'hookline/sdk';", 'import-unknown@1:10'],
  ["import { block, ToolContext } from 'hookline/sdk';", 'type-as-value@1:17'],
  ["import { type ToolContext } from 'hookline/sdk';\nnew ToolContext();", 'type-as-value@2:5'],
  ['interface Order {}\nexport { Order };', 'type-as-value@2:10'],
  ["await import('fs');", 'dynamic-import@1:7'],
  ["const later = () => import('hookline/sdk', { with: { type: 'json' } });", 'dynamic-import@1:21'],
  ['const { url } = import.meta;', 'import-meta@1:17'],
  ["export * from 'hookline/sdk';", 'reexport@1:1'],
  ["export { block } from 'hookline/sdk';", 'reexport@1:1'],
  ["import os = require('os');", 'commonjs@1:1'],
  ["const fs = require('fs');", 'commonjs@1:12'],
  ['module.exports = 1;', 'commonjs@1:1'],
  ['export as namespace Sample;', 'commonjs@1:1'],
  ["eval('1');", 'unknown-global@1:1'],
  ["(0, eval)('1');", 'unknown-global@1:5'],
  ["\\u0065val('1');", 'unknown-global@1:1'],
  ["const run = new Map([['e', eval]]).get('e');", 'unknown-global@1:28'],
  ["new Function('return 1');", 'unknown-global@1:5'],
  ['globalThis.x = 1;', 'unknown-global@1:1'],
  ['counter = 1;', 'unknown-global@1:1'],
  ['declare const process: { exit(): void };\nprocess.exit();', 'unknown-global@2:1'],
  ["typeof window === 'undefined';", 'unknown-global@1:8'],
  ['new WebAssembly.Memory({ initial: 1 });', 'unknown-global@1:5'],
  ['new SharedArrayBuffer(8);', 'unknown-global@1:5'],
  ['const shorthand = { process };', 'unknown-global@1:21'],
  ['const f = (size = fetch) => size;', 'unknown-global@1:19'],
  ['this.x;', 'top-level-this@1:1'],
  ['const f = () => this;', 'top-level-this@1:17'],
  ['class A { [this.key] = 1; }', 'top-level-this@1:12'],
  ["(() => {}).constructor.constructor('x')();", 'constructor-access@1:12', 'constructor-access@1:24'],
  ["const c = (() => {})['constructor'];", 'constructor-access@1:22'],
  ["const c = (() => {})['\\x63onstructor'];", 'constructor-access@1:22'],
  ['const c = (() => {}).c\\u006fnstructor;', 'constructor-access@1:22'],
  ['const c = (() => {})[`constructor`];', 'constructor-access@1:22'],
  ["const c = (() => {})[`con${'struct'}or`];", 'constructor-access@1:22'],
  ['const c = (() => {})[String.raw`constructor`];', 'constructor-access@1:22'],
  ["const c = (() => {})[['constructor']];", 'constructor-access@1:22'],
  ["const c = (() => {})[[['constructor']]];", 'constructor-access@1:22'],
  ["const c = (() => {})[(0, 'constructor')];", 'constructor-access@1:23'],
  ["const c = (() => {})['constructor' as string];", 'constructor-access@1:22'],
  ["const c = (() => {})[Math.random() > 1 ? 'x' : 'constructor'];", 'constructor-access@1:22'],
  ['const c = (() => {})?.constructor;', 'constructor-access@1:23'],
  ['const p = {}.__proto__;', 'constructor-access@1:14'],
  ["const p = {}.__lookupGetter__('__proto__');", 'constructor-access@1:14'],
  ['const { constructor: c } = () => {};', 'constructor-access@1:9'],
  ["const { ['constructor']: c } = () => {};", 'constructor-access@1:10'],
  ['const { a: { constructor: c } = () => {} } = {};', 'constructor-access@1:14'],
  ['let c;\n({ constructor: c } = () => {});', 'constructor-access@2:4'],
  ['const f = ({ constructor }: object) => constructor;', 'constructor-access@1:14'],
  ["Object.getOwnPropertyDescriptor(() => {}, 'constructor');", 'constructor-access@1:43'],
  ["Object['getOwnPropertyDescriptor'].call(null, {}, `__proto__`);", 'constructor-access@1:51'],
  ["Object.getOwnPropertyDescriptor.apply(null, [{}, '__proto__']);", 'constructor-access@1:50'],
  ["Reflect.get(() => {}, 'constructor');", 'unknown-global@1:1', 'constructor-access@1:23'],
  ['Error.prepareStackTrace = () => 1;', 'stack-trace-hook@1:7'],
  ["Error['prepareStackTrace'] = () => 1;", 'stack-trace-hook@1:7'],
  ['Object.assign(Error, { prepareStackTrace() {} });', 'stack-trace-hook@1:24'],
  ["Object.defineProperty(Error, 'prepareStackTrace', {});", 'stack-trace-hook@1:30'],
  ["setTimeout('work()', 10);", 'code-from-text@1:12'],
  ["const n = 1;\nsetTimeout('work(' + n + ')', 10);", 'code-from-text@2:12'],
  ['function log() {}\n@log\nclass A {}', 'decorator@2:1'],
  ['function log() {}\nclass A { @log run() {} }', 'decorator@2:11'],
  ['class A { accessor x = 1; }', 'accessor@1:11'],
  ['enum Color { Red }', 'enum@1:1'],
  ['const enum Color { Red }', 'enum@1:1'],
  ['namespace A { export const b = 1; }', 'namespace@1:1'],
  ['module A { export type B = 1; }', 'namespace@1:1'],
  ['class A { constructor(private x: number) {} }', 'parameter-property@1:23'],
  ['const a = <number>1;', 'angle-cast@1:11'],
  ['const a = <div/>;', 'jsx@1:11'],
  ['const a = <div>{1}</div>;', 'jsx@1:11'],
  ['/** @jsx globalThis.evil */', 'jsx-pragma@1:1'],
  ['// @jsxImportSource evil', 'jsx-pragma@1:1'],
  ['let a = {};\nwith (a) {}', 'with@2:1'],
  ['debugger;', 'debugger@1:1'],
  ['let b = 1;\nconst a = b <!--b;', 'html-comment@2:13'],
  ['<!-- hidden', 'html-comment@1:1'],
  ['let a = 1;\n  --> hidden', 'html-comment@2:3'],
  ['// \u202e hidden', 'invisible-character@1:4'],
  ["const a = 'x\u200b';", 'invisible-character@1:13'],
  ['// ends here \u2028', 'invisible-character@1:14'],
  ['// ends here \r let a = 1;', 'invisible-character@1:14'],
  ['const a\u3164 = 1;', 'odd-identifier@1:7', 'invisible-character@1:8'],
  ['const a\u200d = 1;', 'odd-identifier@1:7'],
  ['const \u0430dmin = 1;', 'odd-identifier@1:7'],
  ['const cafe\u0301 = 1;', 'odd-identifier@1:7'],
  ['const \uff45val = 1;', 'odd-identifier@1:7'],
  ['const \u{1d41e}val = 1;', 'odd-identifier@1:7'],
  ['const \ufb01le = 1;', 'odd-identifier@1:7'],
  ['const d\u0585cument = 1;', 'odd-identifier@1:7'],
  ['const \u0441\u043e\u0440\u0443 = 1;', 'odd-identifier@1:7'],
  ['const \u03bf = 1;', 'odd-identifier@1:7'],
  ['const k\u03bd = 1;', 'odd-identifier@1:7'],
  ['class A { #\u0441ount = 1; }', 'odd-identifier@1:11'],
  ['const a = 1 +;', 'syntax-error@1:14'],
  ['class A { override x = 1 }', 'syntax-error@1:11'],
  ['const a = 010;', 'syntax-error@1:11'],
  ["const a = '\0';", 'not-text@1:12'],
  ["const a = '\ud800';", 'not-text@1:12'],
];

test.each(REFUSED)('%j is refused', (snippet, ...findings) => {
  const answer = compile(withDefaultExport(snippet));
  expect(answer.success).toBe(false);
  expect(
    findingsOf(answer).filter((finding) => RULES_BY_ID.get(finding.split('@')[0] ?? '')?.level === 'error'),
  ).toEqual(findings);
});

test.each([
  ['const a = 1;', 'default-export@1:1'],
  ['export const plugin = class {};', 'default-export@1:1'],
  ['export default interface A {}', 'default-export@1:16'],
  ["export default { name: 'sample' };", 'default-export@1:16'],
  ['export default abstract class {}', 'default-export@1:16'],
  ['class A {}\nexport default new A();', 'default-export@2:16'],
  ['export default function () {}', 'default-export@1:16'],
  ['export = class {};', 'commonjs@1:1'],
])('%j has no plugin as its default export', (text, finding) => {
  expect(findingsOf(compile(text))).toEqual([finding]);
});

test.each([
  ['let a: number = 1;', 'typescript-in-javascript@1:6'],
  ['interface A {}', 'typescript-in-javascript@1:1'],
  ["import { type ToolContext } from 'hookline/sdk';", 'typescript-in-javascript@1:10'],
  ['const a = <div/>;', 'jsx@1:11'],
])('%j is refused in JavaScript', (snippet, finding) => {
  expect(findingsOf(compile(withDefaultExport(snippet), 'js'))).toEqual([finding]);
});

test.each([
  ["Object.prototype.hasOwnProperty.call({}, 'a');", 'prototype-access@1:8'],
  ['const a = { constructor: 1 };', 'reserved-key@1:13'],
  ['const a = { __proto__: null };', 'reserved-key@1:13'],
])('%j is accepted with a warning', (snippet, finding) => {
  const answer = compile(withDefaultExport(snippet));
  expect(answer.success).toBe(true);
  expect(findingsOf(answer)).toEqual([finding]);
});

test.each([
  ["metadata = { name: 'sample' };", ['hooks-not-named@3:1']],
  ["metadata = { name: 'sample', hooks: ['ON_ERROR'] };", []],
  ['metadata = written.elsewhere;', []],
])('a class that handles hooks, with %s', (metadata, findings) => {
  const text = `const written = { elsewhere: {} };export default class {${metadata}\n\nhandleHook() {}\n}`;
  expect(findingsOf(compile(text))).toEqual(findings);
});

test('every finding says what to do instead, and types are told how to be imported', () => {
  const answer = compile(withDefaultExport("import { ToolContext } from 'hookline/sdk';"));
  expect(answer).toMatchObject({
    problem: {
      code: 'PLUGIN_VALIDATION_FAILED',
      message: expect.stringContaining('Line 1, column 10: "ToolContext" is a type') as string,
      findings: [{ hint: "Write `import { type ToolContext } from 'hookline/sdk'`." }],
    },
  });
});

test('all findings are told, in order, up to fifty', () => {
  const some = compile(withDefaultExport('debugger;\neval;\nimport.meta;\ndebugger;'));
  expect(findingsOf(some)).toEqual(['debugger@1:1', 'unknown-global@2:1', 'import-meta@3:1', 'debugger@4:1']);
  expect(findingsOf(compile('debugger;\n'.repeat(80)))).toHaveLength(50);
});

const RULES_BY_ID = new Map<string, Rule>(Object.entries(RULES));

test('every rule is in one of the tables above, or has a test of its own', () => {
  const ELSEWHERE = [
    'source-too-large',
    'source-too-complex',
    'not-strippable',
    'default-export',
    'typescript-in-javascript',
    // Told after the metadata is known: test/plugins/compare-permissions.test.ts.
    'permission-missing',
    'permission-unsure',
    'permission-unused',
  ];
  const WARNINGS = ['prototype-access', 'reserved-key', 'hooks-not-named'];
  const shown = REFUSED.flatMap(([, ...findings]) => findings.map((finding) => finding.split('@')[0] ?? ''));
  expect(new Set([...shown, ...ELSEWHERE, ...WARNINGS])).toEqual(new Set(RULES_BY_ID.keys()));
});
