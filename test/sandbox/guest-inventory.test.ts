/** All that a plugin can reach, written down: a Node that adds something fails here, and somebody decides about it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GUEST_GLOBALS } from '../../src/sandbox/measured.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';

const GOLDEN = new URL('fixtures/guest-inventory.txt', import.meta.url);

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

async function evaluate(body: string): Promise<unknown> {
  const outcome = await run(await openPlugin(sandbox, toolPlugin(body)), {}, { wallMs: 5_000 });
  if (!outcome.success) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
  return outcome.value;
}

const names = [...GUEST_GLOBALS.language, ...GUEST_GLOBALS.host];

/** Walks from the globals and from what literals make, along properties and prototypes; a thing is named by its first path. */
const WALK = `
  const seen = new Map();
  const paths = [];
  const roots = { ${names.join(', ')}, 'async()': async function () {}, '*()': function* () {}, 'async*()': async function* () {},
    '[].values()': [].values(), '"".matchAll()': 'a'.matchAll(/a/g), 'Map.entries()': new Map().entries(), 'Set.values()': new Set().values(),
    '*()()': (function* () {})(), 'async*()()': (async function* () {})(), '[Segment]': [''][Symbol.iterator](), '()': () => {} };
  const waiting = Object.entries(roots);
  for (let index = 0; index < waiting.length; index += 1) {
    const [path, value] = waiting[index];
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) continue;
    if (seen.has(value)) continue;
    seen.set(value, path);
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== null) waiting.push([path + '.[prototype]', prototype]);
    for (const key of [...Object.getOwnPropertyNames(value), ...Object.getOwnPropertySymbols(value)]) {
      const name = path + '.' + String(key);
      if (/^\\d+$/.test(String(key))) continue;
      const property = Object.getOwnPropertyDescriptor(value, key);
      paths.push(name);
      for (const part of ['value', 'get', 'set']) if (property[part] !== undefined) waiting.push([part === 'value' ? name : part + ' ' + name, property[part]]);
    }
  }
  return paths.sort();`;

test('what is reachable from the globals is what is written down (UPDATE_GOLDEN=1 writes it)', async () => {
  const inventory = `${((await evaluate(WALK)) as string[]).join('\n')}\n`;
  if (process.env['UPDATE_GOLDEN']) writeFileSync(GOLDEN, inventory);
  expect(inventory.split('\n')).toEqual(readFileSync(GOLDEN, 'utf8').split('\n'));
});

test('nothing of isolated-vm is reachable, and no way to code from text', async () => {
  const inventory = readFileSync(GOLDEN, 'utf8');
  expect(inventory).not.toMatch(/ivm|applySync|copyInto|derefInto|ExternalCopy|Isolate|WebAssembly|SharedArrayBuffer/);
  const made = `
    const found = [];
    for (const sample of [() => {}, async () => {}, function* () {}, async function* () {}, class {}, Object, console.log, setTimeout]) {
      for (let at = sample; at; at = Object.getPrototypeOf(at)) {
        if (typeof at.constructor !== 'function') continue;
        try { found.push(typeof at.constructor('return 1')); } catch {}
      }
    }
    return found.filter((kind) => kind === 'function');`;
  expect(await evaluate(made)).toEqual([]);
});

test('no global of this Node is there that is not listed', async () => {
  const here = Object.getOwnPropertyNames(globalThis).filter((name) => /^[\w$]+$/.test(name));
  const types = here.map((name) => `['${name}', typeof ${name}]`).join(', ');
  const there = (await evaluate(
    `return [${types}].filter(([, type]) => type !== 'undefined').map(([name]) => name);`,
  )) as string[];
  expect(there.filter((name) => !(names as readonly string[]).includes(name))).toEqual([]);
  expect(there.length).toBeGreaterThan(40);
});

test('clocks tell milliseconds and no less', async () => {
  const body = `
    const seen = new Set();
    for (const end = Date.now() + 20; Date.now() < end;) seen.add(Date.now() % 1);
    return [...seen, typeof performance, Number(new Date()) % 1];`;
  expect(await evaluate(body)).toEqual([0, 'undefined', 0]);
});
