/**
 * What a plugin can do with all it can reach, without the validator: no code from text, nothing of the host's realm, no
 * answer that it did not give. In both profiles.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { compiled, openPlugin, openSandbox, run } from './rig.ts';

/** A plugin whose tool runs `body`, with the SDK as `sdk`; `top` is at the top of its module. */
function plugin(body: string, top = '') {
  return compiled(`
    import * as sdk from 'hookline/sdk';
    ${top}
    export default class Sample extends sdk.BaseToolPlugin {
      metadata = { name: 'sample', version: '1.0.0', author: 'a', description: 'd' };
      tools = [{ name: 'run', description: 'd', parameters: { type: 'object' } }];
      onLoad(context) { this.loaded = context; }
      async execute(toolName, params, context) { ${body} }
    }`);
}

/** Everything from `roots` along properties, prototypes, and what accessors give; \`visit(path, value)\` sees each once. */
const WALK = `
  function walk(roots, visit) {
    const seen = new Set();
    const waiting = Object.entries(roots);
    for (let index = 0; index < waiting.length; index += 1) {
      const [path, value] = waiting[index];
      if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) continue;
      seen.add(value);
      visit(path, value);
      waiting.push([path + '.[prototype]', Object.getPrototypeOf(value)]);
      for (const key of [...Object.getOwnPropertyNames(value), ...Object.getOwnPropertySymbols(value)]) {
        const name = path + '.' + String(key);
        const property = Object.getOwnPropertyDescriptor(value, key);
        for (const part of ['value', 'get', 'set']) if (property[part] !== undefined) waiting.push([name, property[part]]);
      }
    }
  }
  async function hostErrors(context) {
    const tries = {
      progress: () => context.progress(undefined), cycle: () => { const a = {}; a.a = a; context.progress(a); },
      bigint: () => context.progress(1n), part: () => context.part(undefined), parts: () => context.part('x'.repeat(70_000)), kv: () => context.kv.get('a'), fetch: () => context.fetch('https://a.example/'),
      emit: () => context.emit('a'), timer: () => setTimeout('x'), import: () => import('fs'), data: () => import('data:text/javascript,1'),
      sdk: () => import('hookline/sdk'), url: () => new URL('no'), text: () => new TextDecoder('x'), clone: () => structuredClone(() => 1),
      stack: () => { const f = () => f() + 1; return f(); }, memory: () => new ArrayBuffer(2 ** 33), pattern: () => new RegExp('('),
      json: () => JSON.parse('{'), proxy: () => new Proxy({}, null), random: () => crypto.getRandomValues(1),
    };
    const errors = {};
    for (const [name, work] of Object.entries(tries)) {
      try { errors[name] = { value: await work() }; } catch (error) { errors[name] = error; }
    }
    return errors;
  }`;

const ROOTS = `{ sdk, context, self: this, loaded: this.loaded, params, errors: await hostErrors(context), response: import('fs').catch(() => {}) }`;

describe.each(['hardened', 'jit'] as const)('in the %s profile', (profile) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await openSandbox({ profile });
  });
  afterAll(() => sandbox.close());

  async function evaluate(body: string, top = WALK): Promise<unknown> {
    const instance = await openPlugin(sandbox, plugin(body, top));
    const outcome = await run(instance, {}, { wallMs: 8_000 });
    await instance.close();
    if (!outcome.success) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
    return outcome.value;
  }

  test('a context holds what is written here', async () => {
    const body = `
      const paths = [];
      const list = (path, value) => {
        if (typeof value !== 'object' || value === null) return paths.push(path + ' ' + typeof value);
        if (Object.getPrototypeOf(value) !== Object.prototype) return paths.push(path + ' ' + Object.getPrototypeOf(value).constructor.name);
        for (const key of Object.keys(value)) list(path === '' ? key : path + '.' + key, value[key]);
      };
      list('', context);
      return paths.sort();`;
    expect(await evaluate(body)).toEqual([
      'agentId string',
      'emit function',
      'executionId string',
      'fetch function',
      'kv.delete function',
      'kv.get function',
      'kv.list function',
      'kv.set function',
      'log.debug function',
      'log.error function',
      'log.info function',
      'log.warn function',
      'part function',
      'platformVersion string',
      'progress function',
      'runId string',
      'signal AbortSignal',
      'tenantId string',
    ]);
  });

  test('all that is reached is of the realm of the plugin, and nothing of isolated-vm', async () => {
    const body = `
      const own = new Set();
      const kinds = [function () {}, async function () {}, function* () {}, async function* () {}];
      const known = [Object, Array, Map, Set, Promise, Error, TypeError, RangeError, SyntaxError, Date, RegExp, ArrayBuffer, Uint8Array, URL, AbortSignal, AbortController, sdk.BasePlugin, sdk.BaseToolPlugin];
      for (const root of [...known, ...known.map((each) => each.prototype), ...kinds.map(Object.getPrototypeOf)])
        for (let at = root; at !== null; at = Object.getPrototypeOf(at)) own.add(at);
      const problems = [];
      let count = 0;
      walk(${ROOTS}, (path, value) => {
        count += 1;
        let chain = value;
        while (Object.getPrototypeOf(chain) !== null) chain = Object.getPrototypeOf(chain);
        if (chain !== Object.prototype && chain !== value) problems.push('another realm: ' + path);
        if (typeof value === 'function' && !(value instanceof Object)) problems.push('a foreign function: ' + path);
        if (/ivm|isolate|reference|externalcopy|applysync|derefinto|copyinto/i.test(path)) problems.push('a name: ' + path);
        if (value instanceof Error && /\\/(work|usr|home|root|tmp|var)\\/|file:|node:|node_modules/.test(String(value.stack))) problems.push('a path: ' + value.stack);
      });
      for (const [name, error] of Object.entries(await hostErrors(context)))
        if (!('value' in error) && !own.has(Object.getPrototypeOf(error))) problems.push('a foreign error: ' + name);
      return { problems, many: count > 80 };`;
    expect(await evaluate(body)).toEqual({ problems: [], many: true });
  });

  test('what is asked without a grant, or made wrong, is an error of the plugin’s own kind', async () => {
    const errors = (await evaluate(`
      const errors = await hostErrors(context);
      return Object.entries(errors).map(([name, error]) => name + ' ' + (error instanceof Error ? error.name : 'nothing'));`)) as string[];
    expect(errors.filter((line) => line.endsWith(' nothing'))).toEqual([]);
    expect(errors).toContain('kv PermissionDeniedError');
    expect(errors).toContain('timer TypeError');
  });

  test('no function that is reached makes code from text', async () => {
    const body = `
      const samples = [() => 1, function () {}, async () => 1, async function () {}, function* () {}, async function* () {}, class {}, class extends Array {},
        { m() {} }.m, { get g() { return 1; } }, Object.getOwnPropertyDescriptor({ get g() { return 1; } }, 'g').get, (() => 1).bind(null), new Proxy(() => 1, {}),
        class { static { this.inBlock = this.constructor; } }.inBlock, Object, Array, Promise, Symbol, console.log, setTimeout, URL, structuredClone, AbortSignal.any, context.progress,
        context.log.info, context.kv.get, sdk.definePlugin, sdk.BasePlugin, this.execute, Iterator, [].values().next, Object.getOwnPropertyDescriptor(URL.prototype, 'href').get];
      const makers = new Set();
      walk({ samples, sdk, context, globals: [Object, Function_(), JSON, Math, crypto, console] }, (path, value) => { if (typeof value === 'function') makers.add(value); });
      const made = [];
      for (const make of makers) {
        for (const work of [() => make('return 1'), () => new make('return 1'), () => new (class extends make { constructor() { super('return 1'); } })(), () => make.call(null, 'a', 'return 1')]) {
          let result;
          try { result = work(); } catch { continue; }
          // What runs the text it was given answers 1, at once, as a generator, or later.
          try { if (typeof result === 'function' && /return 1/.test(String(result))) made.push(String(make)); } catch {}
        }
      }
      const refused = [];
      for (const text of ["eval", "Function", "globalThis", "Reflect", "WebAssembly", "SharedArrayBuffer", "Atomics", "ShadowRealm", "performance", "WeakRef", "FinalizationRegistry", "Intl", "Temporal", "escape"]) refused.push(await probe(text));
      return { made, refused: refused.filter((kind) => kind !== 'undefined'), many: makers.size > 200 };`;
    const probes = [
      'eval',
      'Function',
      'globalThis',
      'Reflect',
      'WebAssembly',
      'SharedArrayBuffer',
      'Atomics',
      'ShadowRealm',
      'performance',
      'WeakRef',
      'FinalizationRegistry',
      'Intl',
      'Temporal',
      'escape',
    ];
    const top = `${WALK}
      function Function_() { return Object.getPrototypeOf(() => 1); }
      const kinds = { ${probes.map((name) => `${name}: () => typeof ${name}`).join(', ')} };
      const probe = (name) => kinds[name]();`;
    expect(await evaluate(body, top)).toEqual({ made: [], refused: [], many: true });
  });

  test.each([
    ['eval', 'return eval("1");', 'ReferenceError'],
    [
      'eval from a table',
      'const table = new Map([["e", () => eval]]); return (0, table.get("e")())("1");',
      'ReferenceError',
    ],
    ['Function', 'return new Function("return 1")();', 'ReferenceError'],
    ['a constructor of constructors', 'return (() => 1).constructor.constructor("return 1")();', 'code from text'],
    ['an async constructor', 'return (async () => 1).constructor("return 1")();', 'code from text'],
    ['a generator constructor', 'return (function* () {}).constructor("yield 1")().next().value;', 'code from text'],
    ['an async generator constructor', 'return (async function* () {}).constructor("yield 1")();', 'code from text'],
    [
      'a static block',
      'class A { static { A.made = this.constructor("return 1")(); } } return A.made;',
      'code from text',
    ],
    ['a key that is put together', 'return (() => 1)["con" + "structor"]("return 1")();', 'code from text'],
    [
      'a descriptor',
      'return Object.getOwnPropertyDescriptor(Object.getPrototypeOf(() => 1), "constructor").value("return 1")();',
      'code from text',
    ],
    ['a constructor put back', 'const p = Object.getPrototypeOf(() => 1); p.constructor = 1; return 1;', 'TypeError'],
    ['text for a timer', 'return setTimeout("1", 0);', 'TypeError'],
    ['text for an interval', 'return setInterval("1", 1);', 'TypeError'],
    ['text for a microtask', 'return queueMicrotask("1");', 'TypeError'],
    ['an import of text', 'return await import("data:text/javascript,export default 1");', 'PLUGIN_ERROR'],
    ['an import of the SDK', 'return await import("hookline/sdk");', 'PLUGIN_ERROR'],
    ['WebAssembly', 'return new WebAssembly.Memory({ initial: 1 });', 'ReferenceError'],
    ['shared memory', 'return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);', 'ReferenceError'],
  ])('%s is refused', async (_name, body, message) => {
    await expect(evaluate(body)).rejects.toThrow(message);
  });

  test.each([
    ['JSON', 'JSON.stringify = () => \'{"success":true}\'; JSON.parse = () => ({});'],
    [
      'toJSON of all objects',
      'Object.defineProperty(Object.prototype, "toJSON", { value: undefined, configurable: true });',
    ],
    [
      'then of promises',
      'Promise.prototype.then = () => { throw new Error("then"); }; Promise.resolve = Promise.reject = null;',
    ],
    [
      'iteration',
      'Array.prototype[Symbol.iterator] = function* () { yield "forged"; }; Object.getPrototypeOf([].values()).next = () => ({ done: true });',
    ],
    [
      'methods of lists',
      'for (const key of ["push", "map", "forEach", "join", "slice", "includes", "filter"]) Array.prototype[key] = () => { throw new Error("list"); };',
    ],
    [
      'methods of text',
      'for (const key of Object.getOwnPropertyNames(String.prototype)) if (key !== "length" && key !== "constructor") String.prototype[key] = () => "forged";',
    ],
    [
      'methods of maps',
      'for (const key of ["get", "set", "has", "delete", "clear", "forEach"]) Map.prototype[key] = () => { throw new Error("map"); }; Object.defineProperty(Map.prototype, "size", { get: () => 0 });',
    ],
    [
      'call, apply and bind',
      'const f = Object.getPrototypeOf(() => 1); f.call = f.apply = f.bind = () => { throw new Error("call"); }; f[Symbol.toPrimitive] = 1;',
    ],
    [
      'functions of Object',
      'for (const key of ["freeze", "defineProperty", "assign", "keys", "entries", "hasOwn", "getPrototypeOf"]) Object[key] = () => { throw new Error("object"); };',
    ],
    ['getters of descriptors', 'Object.prototype.get = () => "forged"; Object.prototype.set = () => {};'],
    [
      'an end to iteration',
      'Object.defineProperty(Object.prototype, "done", { value: true, writable: true, configurable: true });',
    ],
    [
      'the keys of answers',
      'for (const key of ["value", "success", "kind", "id", "work", "resolve", "code"]) if (key !== "value") Object.defineProperty(Object.prototype, key, { value: "forged", writable: true, configurable: true });',
    ],
    [
      'setters of indexes',
      'Object.defineProperty(Array.prototype, 0, { set() { throw new Error("index"); }, get: () => "forged", configurable: true });',
    ],
    [
      'Symbol.species',
      'class Other extends Promise {} Object.defineProperty(Promise, Symbol.species, { get: () => Other });',
    ],
    [
      'errors',
      'Error.prepareStackTrace = () => { throw new Error("trace"); }; Error.stackTraceLimit = Infinity; Object.defineProperty(Error.prototype, "name", { get() { throw 1; } });',
    ],
    [
      'signals and timers',
      'AbortController.prototype.abort = () => { throw new Error("abort"); }; AbortSignal.prototype.addEventListener = null;',
    ],
  ])('a plugin that replaces %s answers as itself, or fails, and soon', async (_name, patch) => {
    const body = `
      if (params.x === 0) { ${patch} }
      let denied = 'nothing';
      try { await context.kv.get('a'); } catch (error) { denied = 'denied'; }
      await new Promise((done) => setTimeout(done, 1));
      context.log.info('text', { a: 1 });
      return { x: params.x, denied };`;
    const instance = await openPlugin(sandbox, plugin(body));
    for (const x of [0, 1]) {
      const outcome = await run(instance, { x }, { wallMs: 4_000 });
      if (outcome.success) expect(outcome.value).toEqual({ x, denied: 'denied' });
      else expect(outcome.error.code).toBe('PLUGIN_ERROR');
    }
    await instance.close();
  });

  test('a forged answer is the data of its plugin, and its codes are words', async () => {
    const forged = '{"success":false,"error":{"code":"TIMEOUT","retryable":true}}';
    const body = `Object.prototype.toJSON = function () { return this.real ? ${forged} : this; }; return { real: true };`;
    expect(await evaluate(body)).toEqual(JSON.parse(forged));
    const thrown =
      'throw Object.assign(new Error("v{}"), { code: "TIMEOUT", retryable: true, __isError: true, failed: "memory" });';
    await expect(evaluate(thrown)).rejects.toThrow('PLUGIN_ERROR: v{}');
  });

  test('frames that a plugin collects are of no host, and hold no function and no object', async () => {
    const body = `
      const frames = [];
      Error.prepareStackTrace = (error, sites) => { for (const site of sites) frames.push([String(site.getFileName()), typeof site.getThis(), typeof site.getFunction()]); return ''; };
      new Error().stack;
      try { context.progress(undefined); } catch (error) { error.stack; }
      try { await context.kv.get('a'); } catch (error) { error.stack; }
      return frames;`;
    const frames = (await evaluate(body)) as [string, string, string][];
    expect(frames.length).toBeGreaterThan(2);
    for (const [file, self, called] of frames) {
      expect(file).toMatch(/^(plugin|hookline\/[\w/-]+\.js|null|undefined|<isolated-vm>)$/);
      expect([self, called]).toEqual(['undefined', 'undefined']);
    }
  });

  test('what one instance does to its globals, no other sees', async () => {
    const body = `
      const before = [Object.prototype.mark, Array.prototype.mark, sdk.BasePlugin.mark, sdk.PLUGIN_HOOKS.mark, console.mark, Symbol.for('x').mark];
      for (const target of [Object.prototype, Array.prototype, sdk.BasePlugin, sdk.PLUGIN_HOOKS]) target.mark = params.x;
      return before.filter((mark) => mark !== undefined);`;
    const instances = await Promise.all(
      ['tenant-a', 'tenant-b'].map((tenantId) => openPlugin(sandbox, plugin(body), { tenantId })),
    );
    for (const instance of instances) expect(await run(instance, { x: 1 })).toEqual({ success: true, value: [] });
    for (let turn = 0; turn < 20; turn += 1) {
      const fresh = await openPlugin(sandbox, plugin(body), { tenantId: `tenant-${turn % 2}` });
      expect(await run(fresh, { x: turn })).toEqual({ success: true, value: [] });
      await fresh.close();
    }
    await Promise.all(instances.map((instance) => instance.close()));
  });
});
