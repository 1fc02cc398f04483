/** A plugin that brings its process down again and again is disabled for its tenant, and for nobody else. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { createBreaker } from '../../src/plugins/breaker.ts';
import { createTestApp, type TestAppOptions } from '../rig/create-test-app.ts';

/** Aborts its process when it is asked to: nesting that V8's own parser has no memory for, which takes it a while. */
const CRASHER = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'crasher', version: '1.0.0', author: 'Eve', description: 'Ends its process.',
  tools: {
    crash: {
      description: 'Ends its process.', parameters: { type: 'object' }, timeoutMs: 30000,
      execute() { return { success: true, data: JSON.parse('['.repeat(4e6) + ']'.repeat(4e6)) }; },
    },
    greet: { description: 'Greets.', parameters: { type: 'object' }, execute: () => ({ success: true, data: 'hello' }) },
  },
});`;

/** A busy machine must not end it before. */
const PATIENT: TestAppOptions['sandboxLimits'] = { cpuMs: 30_000, initMs: 10_000 };

const CANARY = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'canary', version: '1.0.0', author: 'Ada', description: 'Sings.',
  tools: { sing: { description: 'Sings.', parameters: { type: 'object' }, execute: () => ({ success: true, data: 'la' }) } },
});`;

describe('a breaker', () => {
  const kill = { tenantId: 't', pluginName: 'p', reason: 'it ended' };

  test('trips with each kill beyond the last that is bearable within the window, and starts afresh after a reset', () => {
    const at = { ms: 0 };
    const trips: number[] = [];
    const breaker = createBreaker({ kills: 3, windowMs: 1_000 }, () => at.ms);
    breaker.onTripped(() => trips.push(at.ms));
    for (const ms of [0, 500, 1_100, 1_200, 1_300]) {
      at.ms = ms;
      breaker.record(kill);
    }
    expect(trips).toEqual([1_200, 1_300]);
    breaker.reset('t', 'p');
    breaker.record(kill);
    breaker.record(kill);
    expect(trips).toEqual([1_200, 1_300]);
  });

  test('counts each plugin of each tenant for itself', () => {
    const trips: string[] = [];
    const breaker = createBreaker({ kills: 2, windowMs: 1_000 }, () => 0);
    breaker.onTripped(({ tenantId, pluginName }) => trips.push(`${tenantId} ${pluginName}`));
    for (const [tenantId, pluginName] of [
      ['a', 'x'],
      ['b', 'x'],
      ['a', 'y'],
      ['a', 'x'],
    ] as const) {
      breaker.record({ ...kill, tenantId, pluginName });
    }
    expect(trips).toEqual(['a x']);
  });
});

// A113
describe.runIf(process.platform === 'linux')('a hundred calls in a row that each end the process', () => {
  test('disable the plugin for their tenant after a few, with an event, and cost no other tenant a call', async () => {
    await using app = await createTestApp({
      plugins: { 'crasher.ts': CRASHER, 'canary.ts': CANARY },
      sandboxLimits: PATIENT,
    });
    const [hostile, other] = [await app.actor(), await app.actor({ tenant: 'globex' })];
    const { enablePlugin, executeTool } = app.useCases;
    await enablePlugin(hostile, { name: 'crasher' });
    await enablePlugin(other, { name: 'crasher' });
    await enablePlugin(other, { name: 'canary' });

    const singing = { on: true, outcomes: [] as unknown[] };
    const sing = (async () => {
      while (singing.on) singing.outcomes.push((await executeTool(other, { toolName: 'sing', params: {} })).status);
    })();
    const codes: string[] = [];
    for (let call = 0; call < 100; call += 1) {
      codes.push(
        await executeTool(hostile, { toolName: 'crash', params: {} }).then(
          ({ error }) => error?.code ?? 'none',
          (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown'),
        ),
      );
    }
    singing.on = false;
    await sing;

    const crashed = codes.filter((code) => code === 'MEMORY_LIMIT_EXCEEDED' || code === 'SANDBOX_CRASHED');
    // While the fifth is being recorded, another may begin.
    expect(crashed.length).toBeGreaterThanOrEqual(5);
    expect(crashed.length).toBeLessThanOrEqual(10);
    expect(codes.slice(10)).toEqual(Array.from({ length: 90 }, () => 'PLUGIN_NOT_ENABLED'));
    expect(singing.outcomes.length).toBeGreaterThan(20);
    expect(new Set(singing.outcomes)).toEqual(new Set(['SUCCEEDED']));

    const view = await app.useCases.getPlugin(hostile, { name: 'crasher' });
    const why = /disabled for this tenant: its process had to be replaced 5 times within 600 seconds.*enable it again/;
    expect(view).toMatchObject({
      enabled: false,
      status: 'DISABLED',
      problem: { message: expect.stringMatching(why) },
    });
    const refusal = await executeTool(hostile, { toolName: 'greet', params: {} }).catch((error: unknown) => error);
    expect(String(refusal)).toMatch(why);
    const events = await app.journal.read(hostile.tenant.id, 0, 1_000);
    expect(events.filter((event) => event.type === 'PLUGIN_CHANGED' && event.kind === 'DISABLED')).toMatchObject([
      { pluginName: 'crasher', plugin: { enabled: false, problem: { message: expect.stringMatching(why) } } },
    ]);
    const metrics = await app.metrics.text();
    const [, killed] =
      new RegExp(`hookline_plugin_kills_total{tenant="${hostile.tenant.id}",plugin="crasher"} (\\d+)`).exec(metrics) ??
      [];
    expect(Number(killed)).toBe(crashed.length);
    expect(metrics).toContain(`hookline_plugins_disabled_total{tenant="${hostile.tenant.id}",plugin="crasher"} 1`);
    // The tenant next door has it still.
    expect(await executeTool(other, { toolName: 'greet', params: {} })).toMatchObject({ data: 'hello' });

    await enablePlugin(hostile, { name: 'crasher' });
    expect(await app.useCases.getPlugin(hostile, { name: 'crasher' })).toMatchObject({ enabled: true, problem: null });
    expect(await executeTool(hostile, { toolName: 'greet', params: {} })).toMatchObject({ data: 'hello' });
    expect(await executeTool(hostile, { toolName: 'crash', params: {} })).toMatchObject({ status: 'FAILED' });
    expect(await executeTool(hostile, { toolName: 'greet', params: {} })).toMatchObject({ data: 'hello' });
  }, 120_000);
});

describe.runIf(process.platform === 'linux')('a plugin that ends the process while it loads', () => {
  const BOOBY_TRAP = CRASHER.replace(
    'tools: {',
    "onLoad() { JSON.parse('['.repeat(4e6) + ']'.repeat(4e6)); },\n  tools: {",
  );

  test('is not said to have been disabled, which it never was', async () => {
    await using app = await createTestApp({
      plugins: { 'crasher.ts': BOOBY_TRAP },
      sandboxLimits: PATIENT,
      settings: { breaker: { kills: 2, windowMs: 600_000 } },
    });
    const actor = await app.actor();
    for (let tries = 0; tries < 3; tries += 1) {
      const refused = await app.useCases.enablePlugin(actor, { name: 'crasher' }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'PLUGIN_LOAD_FAILED' });
    }
    expect(await app.metrics.text()).toMatch(/hookline_plugin_kills_total\{[^}]*plugin="crasher"\} 3/);
    const view = await app.useCases.getPlugin(actor, { name: 'crasher' });
    expect(view).toMatchObject({ enabled: false, status: 'AVAILABLE', problem: null });
  }, 60_000);
});

describe.runIf(process.platform === 'linux')('a plugin that was disabled by its server', () => {
  test('is told with the reason after a restart too, through config changes, until it is enabled again', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hookline-breaker-'));
    const options = {
      dataDir,
      plugins: { 'crasher.ts': CRASHER },
      sandboxLimits: PATIENT,
      settings: { breaker: { kills: 1, windowMs: 600_000 } },
    };
    const why = /its process had to be replaced once within 600 seconds.*enable it again/;
    const because = { code: 'PLUGIN_LOAD_FAILED', message: expect.stringMatching(why) };
    try {
      await crashOnce(options);
      await using app = await createTestApp(options);
      const actor = await app.actor();
      expect(await app.useCases.getPlugin(actor, { name: 'crasher' })).toMatchObject({
        status: 'DISABLED',
        problem: because,
      });
      await app.useCases.updatePluginConfig(actor, { name: 'crasher', config: {} });
      expect(await app.useCases.getPlugin(actor, { name: 'crasher' })).toMatchObject({
        status: 'DISABLED',
        problem: because,
      });
      const refusal = await app.useCases
        .executeTool(actor, { toolName: 'greet', params: {} })
        .catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'PLUGIN_NOT_ENABLED', message: expect.stringMatching(why) });

      await app.useCases.enablePlugin(actor, { name: 'crasher' });
      const disabled = await app.useCases.disablePlugin(actor, { name: 'crasher' });
      expect(disabled).toMatchObject({ status: 'DISABLED', problem: null });
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 60_000);

  async function crashOnce(options: TestAppOptions): Promise<void> {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    await using app = await createTestApp({ ...options, log });
    const actor = await app.actor();
    await app.useCases.enablePlugin(actor, { name: 'crasher' });
    await app.useCases.executeTool(actor, { toolName: 'crash', params: {} });
    await expect
      .poll(async () => (await app.useCases.getPlugin(actor, { name: 'crasher' })).status, { timeout: 20_000 })
      .toBe('DISABLED');
    const [ended] = lines.filter((line) => line.includes('A sandbox process ended'));
    expect(JSON.parse(ended ?? 'null')).toMatchObject({
      pluginName: 'crasher',
      tenantId: expect.stringContaining(actor.tenant.id),
    });
  }
});
