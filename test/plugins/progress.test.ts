/** What a tool tells while it runs: progress, and parts of its result, from an isolate and from trusted code. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TenantActor } from '../../src/auth/actor.ts';
import type { JournalEvent, ToolExecuted } from '../../src/events/records.ts';
import type { Json, JsonObject } from '../../src/json/json.ts';
import { createRegistry, type Registry } from '../../src/plugins/registry.ts';
import { PART_MAX_BYTES, PROGRESS_EVERY_MS } from '../../src/plugins/report-progress.ts';
import {
  BaseToolPlugin,
  block,
  definePlugin,
  type HookSpec,
  type PluginDefinition,
  type ToolContext,
} from '../../src/sdk/index.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';

vi.setConfig({ testTimeout: 30_000 });

/** The same tools, whatever they run in. */
const TOOLS = `{
  steps: tool(async ({ count, everyMs }, { progress }) => {
    for (let step = 1; step <= count; step += 1) {
      progress({ step });
      if (everyMs) await pause(everyMs);
    }
    return { success: true, data: 'done' };
  }),
  words: tool(async ({ text }, { part, progress }) => {
    progress('reading');
    for (const word of text.split(' ')) part(word);
    return { success: true, data: text };
  }),
  yields: tool(async function* ({ count }) {
    for (let number = 0; number < count; number += 1) yield number;
    return { success: true, data: count };
  }),
  fails: tool(async function* () {
    yield 'half';
    return { success: false, error: 'no more', code: 'HALF' };
  }),
  breaks: tool(async function* () {
    yield 'half';
    throw new Error('broken');
  }),
  untilTold: tool(async function* (_, { log }) {
    try {
      for (let number = 0; ; number += 1) {
        yield number;
        await pause(20);
      }
    } finally {
      log.info('tidied up');
    }
  }),
  // More than one event holds, and each of them fits.
  pages: tool(async ({ bytes, count }, { part }) => {
    for (let page = 0; page < count; page += 1) part(page + 'x'.repeat(bytes - 3));
    return { success: true, data: null };
  }),
  wrong: tool((_, { part, progress }) => {
    const said = [];
    for (const tell of [() => progress(undefined), () => part(() => 1), () => part('é'.repeat(${PART_MAX_BYTES / 2}))]) {
      try { tell(); } catch (error) { said.push(error.name + ': ' + error.message); }
    }
    return { success: true, data: said };
  }),
  after: tool((_, { part, progress }) => {
    setTimeout(() => { progress('too late'); part('too late'); }, 0);
    return { success: true, data: 'first' };
  }),
  late: { ...tool(async ({}, { progress }) => { progress('began'); await new Promise(() => {}); }), timeoutMs: 200 },
}`;
const SOURCE = `const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const tool = (execute) => ({ description: 'Tells.', parameters: { type: 'object' }, timeoutMs: 20_000, execute });
const tools = ${TOOLS};`;
const ABOUT = `name: 'teller', version: '1.0.0', author: 'Ada', description: 'Tells how far it is.'`;

const DEFINED = `import { definePlugin } from 'hookline/sdk';
${SOURCE}
export default definePlugin({ ${ABOUT}, tools });`;

const CLASS = `import { BaseToolPlugin } from 'hookline/sdk';
${SOURCE}
export default class extends BaseToolPlugin {
  metadata = { ${ABOUT.replace('teller', 'class-teller')} };
  tools = Object.entries(tools).map(([name, { execute: _, ...tool }]) => ({ ...tool, name }));
  execute(name, params, context) { return tools[name].execute(params, context); }
}`;

/** Trusted code of the same text: what an embedding program would have written. */
type Tools = NonNullable<PluginDefinition['tools']>;
const inProcessTools = (await import(
  `data:text/javascript,${encodeURIComponent(`${SOURCE} export default tools;`)}`
)) as {
  default: Tools;
};

class TrustedClass extends BaseToolPlugin {
  readonly metadata = {
    name: 'trusted-class',
    version: '1.0.0',
    author: 'Ada',
    description: 'A class in this process.',
  };
  readonly tools = Object.entries(inProcessTools.default).map(([name, { execute: _, ...tool }]) => ({ ...tool, name }));
  execute(name: string, params: JsonObject, context: ToolContext) {
    return inProcessTools.default[name]!.execute(params, context);
  }
}

let app: TestApp;
let actor: TenantActor;
let registry: Registry;

beforeAll(async () => {
  registry = createRegistry();
  const about = { version: '1.0.0', author: 'Ada', description: 'Trusted code.' };
  registry.register(definePlugin({ name: 'trusted', ...about, tools: inProcessTools.default }));
  registry.register(TrustedClass);
  app = await createTestApp({ plugins: { 'teller.ts': DEFINED, 'class-teller.ts': CLASS }, registry });
  actor = await app.actor();
  for (const name of ['teller', 'class-teller', 'trusted', 'trusted-class']) await app.enable(name);
});
afterAll(() => app.close());

const run = (pluginName: string, toolName: string, params: JsonObject = {}) =>
  app.useCases.executeTool(actor, { pluginName, toolName, params });

async function eventsOf(id: string): Promise<readonly JournalEvent[]> {
  const events: JournalEvent[] = [];
  for (let after = 0; ; after = events.at(-1)!.seq) {
    const page = await app.journal.read(actor.tenant.id, after, 500);
    events.push(...page);
    if (page.length === 0) break;
  }
  return events.filter(
    (event) =>
      (event.type === 'TOOL_EXECUTED' && event.execution.id === id) ||
      (event.type === 'HOOK_INVOKED' && event.invocation.executionId === id),
  );
}

const executed = (events: readonly JournalEvent[]) =>
  events.filter((event): event is JournalEvent & ToolExecuted => event.type === 'TOOL_EXECUTED');
const progressIn = (events: readonly JournalEvent[]) => executed(events).filter(({ kind }) => kind === 'PROGRESS');
/** All parts, at their numbers. */
function partsIn(events: readonly JournalEvent[]): Json[] {
  const parts: Json[] = [];
  for (const { parts: some } of progressIn(events))
    some?.data.forEach((data, index) => (parts[some.from + index] = data));
  return parts;
}

describe.each(['teller', 'class-teller', 'trusted', 'trusted-class'])('%s', (plugin) => {
  test('progress comes between STARTED and what follows the tool, with the state of then', async () => {
    const { id } = await run(plugin, 'steps', { count: 1, everyMs: 0 });
    const events = await eventsOf(id);
    expect(events.map((event) => ('kind' in event ? event.kind : 'HOOK'))).toEqual([
      'HOOK',
      'STARTED',
      'PROGRESS',
      'HOOK',
      'COMPLETED',
    ]);
    expect(progressIn(events)).toMatchObject([
      { progress: { step: 1 }, execution: { id, status: 'RUNNING', success: null, params: { count: 1, everyMs: 0 } } },
    ]);
    // Not the state that a report tells of.
    expect(await app.useCases.getToolExecution(actor, { id })).toMatchObject({ status: 'SUCCEEDED', data: 'done' });
  });

  test('of progress that comes quickly the first and the newest are kept', async () => {
    const { id, durationMs } = await run(plugin, 'steps', { count: 500, everyMs: 0 });
    const told = progressIn(await eventsOf(id)).map(({ progress }) => progress);
    expect(told[0]).toEqual({ step: 1 });
    expect(told.at(-1)).toEqual({ step: 500 });
    expect(told.length).toBeLessThanOrEqual((durationMs ?? 0) / PROGRESS_EVERY_MS + 2);
  });

  test('progress over a longer time is as many events as fit into it, and in order', async () => {
    const execution = await run(plugin, 'steps', { count: 40, everyMs: 10 });
    const steps = progressIn(await eventsOf(execution.id)).map(({ progress }) => (progress as { step: number }).step);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(steps[0]).toBe(1);
    expect(steps.length).toBeGreaterThan(2);
    // At once, then at most one in each interval, and the last one.
    expect(steps.length).toBeLessThanOrEqual((execution.durationMs ?? 0) / PROGRESS_EVERY_MS + 2);
  });

  test('every part comes, in order and with its number, and beside progress', async () => {
    const execution = await run(plugin, 'words', { text: 'one two three four' });
    expect(execution).toMatchObject({ status: 'SUCCEEDED', data: 'one two three four' });
    const events = await eventsOf(execution.id);
    expect(partsIn(events)).toEqual(['one', 'two', 'three', 'four']);
    expect(progressIn(events)[0]).toMatchObject({ progress: 'reading' });
  });

  test.each<[string, JsonObject, object, Json[]]>([
    ['yields', { count: 300 }, { status: 'SUCCEEDED', data: 300 }, Array.from({ length: 300 }, (_, number) => number)],
    ['yields', { count: 0 }, { status: 'SUCCEEDED', data: 0 }, []],
    ['fails', {}, { status: 'FAILED', error: { code: 'TOOL_ERROR', pluginCode: 'HALF' } }, ['half']],
    ['breaks', {}, { status: 'FAILED', error: { code: 'PLUGIN_ERROR' } }, ['half']],
  ])('a generator: %s %j', async (toolName, params, outcome, parts) => {
    const execution = await run(plugin, toolName, params);
    expect(execution).toMatchObject(outcome);
    const events = await eventsOf(execution.id);
    expect(partsIn(events)).toEqual(parts);
    expect(executed(events).at(-1)).toMatchObject({ kind: 'COMPLETED', execution: { status: execution.status } });
  });

  test('parts that do not fit into one event come in several, none of them cut', async () => {
    const { id } = await run(plugin, 'pages', { bytes: 30_000, count: 9 });
    const events = await eventsOf(id);
    expect(partsIn(events).map((page) => String(page).slice(0, 2))).toEqual(
      Array.from({ length: 9 }, (_, page) => `${page}x`),
    );
    expect(progressIn(events).length).toBeGreaterThanOrEqual(5);
    for (const { parts, execution } of progressIn(events)) {
      expect(Buffer.byteLength(JSON.stringify(parts?.data))).toBeLessThanOrEqual(PART_MAX_BYTES + 10);
      expect(execution.truncated).toBe(false);
    }
  });

  test('what is no JSON, or too large for one event, is refused where it is told', async () => {
    expect(await run(plugin, 'wrong')).toMatchObject({
      data: [
        'TypeError: Progress is JSON data.',
        'TypeError: A part is JSON data.',
        'RangeError: A part is too large.',
      ],
    });
  });

  test('more than the budget of progress ends the call', async () => {
    const execution = await run(plugin, 'pages', { bytes: 60_000, count: 40 });
    const code = plugin.startsWith('trusted') ? 'PLUGIN_ERROR' : 'OUTPUT_LIMIT_EXCEEDED';
    expect(execution).toMatchObject({ status: 'FAILED', error: { code } });
    const kinds = executed(await eventsOf(execution.id)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'PROGRESS').length).toBeLessThanOrEqual(1_048_576 / 60_000);
    expect(kinds.at(-1)).toBe('COMPLETED');
  });

  test.each([
    ['after', 'SUCCEEDED', []],
    ['late', 'FAILED', ['began']],
  ])('nothing comes after the end: %s', async (toolName, status, told) => {
    const { id } = await run(plugin, toolName);
    // Another call of the same instance has run since, and what the first left behind with it.
    await run(plugin, 'steps', { count: 2, everyMs: 20 });
    const events = executed(await eventsOf(id));
    expect(events.at(-1)).toMatchObject({ kind: 'COMPLETED', execution: { status } });
    expect(progressIn(events).map(({ progress }) => progress)).toEqual(told);
  });

  test('a generator that does not listen is ended at its next part when it is cancelled, and tidies up', async () => {
    const { id } = await app.useCases.executeTool(actor, {
      pluginName: plugin,
      toolName: 'untilTold',
      params: {},
      waitMs: 0,
    });
    await vi.waitUntil(async () => progressIn(await eventsOf(id)).length >= 2, { timeout: 10_000, interval: 10 });
    expect(await app.useCases.cancelToolExecution(actor, { id })).toMatchObject({ status: 'CANCELLED' });
    const numbers = partsIn(await eventsOf(id));
    expect(numbers.length).toBeGreaterThan(1);
    expect(numbers).toEqual(Array.from(numbers, (_, index) => index));
    // The instance is the same: it did not have to be stopped the hard way.
    expect(await run(plugin, 'yields', { count: 1 })).toMatchObject({ status: 'SUCCEEDED' });
  });
});

test('params too large to be told again and again are left out of progress, and STARTED has them', async () => {
  const params = { count: 1, everyMs: 0, much: 'x'.repeat(5_000) };
  const events = executed(await eventsOf((await run('teller', 'steps', params)).id));
  expect(events).toMatchObject([
    { kind: 'STARTED', execution: { params, truncated: false } },
    { kind: 'PROGRESS', progress: { step: 1 }, execution: { params: null, truncated: true } },
    { kind: 'COMPLETED', execution: { params, truncated: false } },
  ]);
});

describe('what a hook may still withhold', () => {
  let undo = () => {};
  beforeEach(() => () => undo());

  async function withHook(spec: HookSpec): Promise<void> {
    const about = { name: 'a-guard', version: '1.0.0', author: 'Ada', description: 'For one test.' };
    undo = registry.register(definePlugin({ ...about, hooks: { AFTER_TOOL_CALL: spec } }));
    await app.enable('a-guard');
  }

  test.each<[string, boolean, HookSpec]>([
    ['a mutator', false, { mode: 'mutate', handle: () => undefined }],
    ['a validator', false, { mode: 'validate', handle: () => block({ reason: 'No.' }) }],
    ['an observer', true, { mode: 'observe', handle: () => undefined }],
    ['a mutator of other tools', true, { mode: 'mutate', when: { toolName: 'steps' }, handle: () => undefined }],
  ])('with %s of AFTER_TOOL_CALL parts are shown: %s', async (_who, shown, spec) => {
    await withHook(spec);
    const { id } = await run('teller', 'words', { text: 'a secret' });
    const events = await eventsOf(id);
    expect(partsIn(events)).toEqual(shown ? ['a', 'secret'] : []);
    expect(progressIn(events)[0]).toMatchObject({ progress: 'reading' });
  });
});

describe('who follows', () => {
  test.each([
    [['PROGRESS'], ['PROGRESS']],
    [
      ['STARTED', 'COMPLETED'],
      ['STARTED', 'COMPLETED'],
    ],
    [undefined, ['STARTED', 'PROGRESS', 'COMPLETED']],
  ] as const)('with kinds %j is told of those', async (kinds, told) => {
    const runId = `run-${crypto.randomUUID()}`;
    const filter = { runId, kinds: kinds ?? null };
    const followed = await app.useCases.followEvents(actor, { type: 'TOOL_EXECUTED', filter });
    const events = followed[Symbol.asyncIterator]();
    await app.useCases.executeTool(actor, { pluginName: 'teller', toolName: 'steps', params: { count: 1 }, runId });
    const came: string[] = [];
    while (came.length < told.length) {
      const next = await events.next();
      if (!next.done && next.value.type === 'TOOL_EXECUTED') came.push(next.value.kind);
    }
    await events.return?.();
    expect(came).toEqual(told);
  });

  test('finds in a list the executions that have told of progress', async () => {
    const runId = `run-${crypto.randomUUID()}`;
    const call = (toolName: string) =>
      app.useCases.executeTool(actor, { pluginName: 'teller', toolName, params: { count: 1 }, runId });
    const { id } = await call('steps');
    await call('wrong');
    const { edges } = await app.useCases.listToolExecutions(actor, { filter: { runId, kinds: ['PROGRESS'] } });
    expect(edges.map(({ node }) => node.id)).toEqual([id]);
  });
});
