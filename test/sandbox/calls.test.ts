/** What a plugin that behaves gets from the sandbox. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../src/json/json.ts';
import type { Sandbox, SandboxLogLine } from '../../src/sandbox/sandbox.ts';
import { compiled, hookCall, openPlugin, openSandbox, run, toolCall, toolPlugin } from './rig.ts';

let sandbox: Sandbox;
const lines: SandboxLogLine[] = [];

beforeAll(async () => {
  sandbox = await openSandbox({ events: { onLog: (line) => lines.push(line) } });
});
afterAll(() => sandbox.close());

describe('a tool call', () => {
  test('gets the tool name, the params and the context', async () => {
    const plugin = toolPlugin(`
      const { signal, log, progress, part, kv, fetch, emit, ...data } = context;
      return { toolName, params, data, offered: [signal, log.info, progress, part, kv.get, fetch, emit].map((it) => typeof it) };`);
    const instance = await openPlugin(sandbox, plugin, { config: { unit: 'cm' } });
    expect(await run(instance, { x: 1 })).toEqual({
      success: true,
      value: {
        toolName: 'run',
        params: { x: 1 },
        data: {
          tenantId: 'tenant-a',
          config: { unit: 'cm' },
          platformVersion: '1.0.0',
          executionId: 'ToolExecution:1',
          runId: 'run-1',
          agentId: 'agent-1',
        },
        offered: ['object', 'function', 'function', 'function', 'function', 'function', 'function'],
      },
    });
  });

  test('may answer later', async () => {
    const body = 'return (async () => { await new Promise((done) => setTimeout(done, 5)); return params.x * 2; })();';
    const instance = await openPlugin(sandbox, toolPlugin(body));
    expect(await run(instance, { x: 21 })).toEqual({ success: true, value: 42 });
  });

  test('finds what earlier calls and onLoad left in the instance', async () => {
    const plugin = toolPlugin('return this.count += 1;', 'async onLoad(context) { this.count = context.config.from; }');
    const instance = await openPlugin(sandbox, plugin, { config: { from: 10 } });
    expect([await run(instance), await run(instance)]).toMatchObject([{ value: 11 }, { value: 12 }]);
  });

  test('keeps its answers right when it is called often enough for the quick path', async () => {
    const instance = await openPlugin(sandbox, toolPlugin('return params.x;'));
    for (let x = 0; x < 100; x += 1) expect(await run(instance, { x })).toEqual({ success: true, value: x });
  });

  test('gives parts with their numbers, by name or by yielding them', async () => {
    const body = 'context.part("a"); context.progress("between"); context.part("b"); return this.gives();';
    const gives = "async *gives() { yield 'c'; yield { d: 1 }; return 'done'; }";
    const instance = await openPlugin(sandbox, toolPlugin(body, gives));
    const told: unknown[] = [];
    const options = { onProgress: (data: Json, part?: number) => told.push([part, data]) };
    expect(await run(instance, {}, options)).toEqual({ success: true, value: 'done' });
    expect(told).toEqual([
      [0, 'a'],
      [undefined, 'between'],
      [1, 'b'],
      [2, 'c'],
      [3, { d: 1 }],
    ]);
  });

  test('tells its progress in order, before its answer', async () => {
    const instance = await openPlugin(
      sandbox,
      toolPlugin('for (const step of [1, 2, 3]) context.progress({ step }); return "done";'),
    );
    const seen: Json[] = [];
    const outcome = await run(instance, {}, { onProgress: (data) => seen.push(data) });
    expect({ seen, outcome }).toEqual({
      seen: [{ step: 1 }, { step: 2 }, { step: 3 }],
      outcome: { success: true, value: 'done' },
    });
  });

  test('is told by its signal that nobody waits any more', async () => {
    const instance = await openPlugin(
      sandbox,
      toolPlugin(
        `return new Promise((done) => context.signal.addEventListener('abort', () => done(context.signal.aborted)));`,
      ),
    );
    const controller = new AbortController();
    const outcome = run(
      instance,
      {},
      { signal: controller.signal, onStart: () => queueMicrotask(() => controller.abort()) },
    );
    expect(await outcome).toEqual({ success: true, value: true });
  });

  test.each([
    ['waits', 'return new Promise(() => {});'],
    ['works', 'while (true);'],
    ['cannot be stopped', 'return [].indexOf.call({ length: 2 ** 53 - 1 }, 1);'],
  ])('that nobody waits for is stopped though it %s', async (_name, body) => {
    const instance = await openPlugin(sandbox, toolPlugin(body));
    const controller = new AbortController();
    const startedAt = performance.now();
    const onStart = () => queueMicrotask(() => controller.abort());
    const outcome = await run(instance, {}, { wallMs: 20_000, signal: controller.signal, onStart });
    expect(outcome).toMatchObject({
      error: { code: 'CANCELLED', retryable: false },
    });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(instance.gone).toBe(true);
  });

  test('that nobody waits for has its grace from its own start on', async () => {
    const busy = 'const end = Date.now() + params.ms; while (Date.now() < end); return "done";';
    const instance = await openPlugin(sandbox, toolPlugin(busy));
    const before = run(instance, { ms: 600 });
    const controller = new AbortController();
    const onStart = () => queueMicrotask(() => controller.abort());
    const outcome = await run(instance, { ms: 1 }, { signal: controller.signal, onStart });
    expect([await before, outcome]).toEqual([1, 2].map(() => ({ success: true, value: 'done' })));
  });

  test('cannot change its config', async () => {
    const instance = await openPlugin(sandbox, toolPlugin('context.config.list.push(4); return context.config;'), {
      config: { list: [1] },
    });
    expect(await run(instance)).toMatchObject({ success: false, error: { code: 'PLUGIN_ERROR' } });
  });
});

describe('a hook call', () => {
  const plugin = compiled(`
    import { BasePlugin, block, respond } from 'hookline/sdk';
    export default class extends BasePlugin {
      metadata = {};
      handleHook(hook, data, context) {
        if (data.say === 'block') return block({ code: 'NO', reason: 'not that', details: { hook } });
        if (data.say === 'respond') return respond([1, 2]);
        if (data.say === 'later') return Promise.resolve({ ...data, invocationId: context.invocationId });
        return data.say;
      }
    }`);

  test.each<[Json, Json]>([
    [null, { kind: 'unchanged' }],
    ['block', { kind: 'block', reason: { code: 'NO', reason: 'not that', details: { hook: 'BEFORE_TOOL_CALL' } } }],
    ['respond', { kind: 'respond', data: [1, 2] }],
    ['later', { kind: 'data', data: { say: 'later', invocationId: 'HookInvocation:1' } }],
    [{ other: 1 }, { kind: 'data', data: { other: 1 } }],
  ])('that returns for %j answers %j', async (say, answer) => {
    const instance = await openPlugin(sandbox, plugin);
    expect(await instance.call(hookCall({ say }), { wallMs: 1_000 })).toEqual({ success: true, value: answer });
  });
});

describe('instances', () => {
  test('of two tenants share nothing', async () => {
    const plugin = toolPlugin('globalThing.seen = (globalThing.seen ?? 0) + 1; return globalThing.seen;').code.replace(
      'export default',
      'const globalThing = Object.prototype;\nexport default',
    );
    const first = await openPlugin(sandbox, compiled(plugin), { tenantId: 'tenant-a' });
    const second = await openPlugin(sandbox, compiled(plugin), { tenantId: 'tenant-b' });
    expect([await run(first), await run(first), await run(second)]).toMatchObject([
      { value: 1 },
      { value: 2 },
      { value: 1 },
    ]);
  });

  test('run onUnload when they are closed, after the calls under way, and take no more', async () => {
    const plugin = toolPlugin(
      'return new Promise((done) => setTimeout(() => done("answered"), 20));',
      'onUnload() { console.warn("unloaded"); }',
    );
    const instance = await openPlugin(sandbox, plugin);
    const underWay = run(instance);
    const closing = instance.close();
    expect(instance.hasRoom()).toBe(false);
    expect(await run(instance)).toMatchObject({
      success: false,
      error: { code: 'SANDBOX_UNAVAILABLE', retryable: true },
    });
    expect(await underWay).toEqual({ success: true, value: 'answered' });
    await closing;
    expect(lines).toContainEqual({
      tenantId: 'tenant-a',
      pluginName: 'sample',
      level: 'warn',
      message: 'unloaded',
      fields: {},
    });
    await instance.close();
  });

  test('take eight calls at once and sixty-four more, no others, in the order of their arrival', async () => {
    const instance = await openPlugin(
      sandbox,
      toolPlugin('return new Promise((done) => setTimeout(() => done(params.x), 1));'),
    );
    const started: number[] = [];
    const calls = Array.from({ length: 72 }, (_, x) => run(instance, { x }, { onStart: () => started.push(x) }));
    expect(instance.hasRoom()).toBe(false);
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await run(instance)).toMatchObject({
      success: false,
      error: { code: 'SANDBOX_UNAVAILABLE', retryable: true },
    });
    expect(await Promise.all(calls)).toEqual(calls.map((_, x) => ({ success: true, value: x })));
    expect(started).toEqual(calls.map((_, x) => x));
    expect(instance.hasRoom()).toBe(true);
  });
});

describe('the log', () => {
  test('takes levels and fields, and the console', async () => {
    const instance = await openPlugin(
      sandbox,
      toolPlugin(`context.log.info('one', { n: 1 }); console.error('two', { n: 2 }, 3); return 0;`),
    );
    await run(instance);
    const logged = lines.slice(-2).map(({ level, message, fields }) => ({ level, message, fields }));
    expect(logged).toEqual([
      { level: 'info', message: 'one', fields: { n: 1 } },
      { level: 'error', message: 'two {"n":2} 3', fields: {} },
    ]);
  });

  test('is cut at its budget, which each call has anew', async () => {
    const instance = await openPlugin(
      sandbox,
      toolPlugin(`for (let i = 0; i < 1e5; i += 1) context.log.info('x'.repeat(1000)); return 0;`),
      {
        limits: { logBytes: 5_000 },
      },
    );
    lines.length = 0;
    await run(instance);
    expect(lines.map(({ level }) => level)).toEqual(['info', 'info', 'info', 'info', 'warn']);
    await run(instance);
    expect(lines).toHaveLength(10);
  });
});

test('another tool name reaches the plugin as it is', async () => {
  const instance = await openPlugin(sandbox, toolPlugin('return toolName;'));
  expect(await instance.call(toolCall({}, 'other'), { wallMs: 1_000 })).toEqual({ success: true, value: 'other' });
});
