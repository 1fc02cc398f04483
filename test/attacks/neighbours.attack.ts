/** What one tenant does to another: state, load, and a server that is attacked for long. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CORPUS } from './corpus.ts';
import { FIGURES, TENANTS, allowed } from './harness/attack-limits.ts';
import { createCaller, type Answer, type Caller } from './harness/calls.ts';
import { complaintsOf } from './harness/conditions.ts';
import { p99, type Sample } from './harness/probe.ts';
import { runAttack } from './harness/run-attack.ts';
import { openStage, type Stage } from './harness/stage.ts';

/** After the last answer, when what was ended is replaced. */
const AFTERMATH_MS = 500;
/** One after the other: in each the canary calls some twenty times, and of fewer than a hundred the slowest is the 99th percentile. */
const FLOODS = 10;

/** Leaves a mark wherever it can and tells what marks it finds. */
const MARKER = `import { BaseToolPlugin } from 'hookline/sdk';
let kept;
export default class extends BaseToolPlugin {
  metadata = { name: 'NAME', version: '1.0.0', author: 'tests', description: 'Leaves marks.' };
  tools = [{ name: 'mark', description: 'Leaves a mark.', parameters: { type: 'object' }, timeoutMs: 900 }];
  execute(toolName, params) {
    const places = [Object.prototype, Array.prototype, Promise.prototype, String.prototype, Error, JSON, Math, console, BaseToolPlugin.prototype];
    const key = 'mark' + params.from.length;
    const found = [kept, ...places.map((place) => place.marked)].filter((mark) => mark !== undefined && mark !== params.from);
    kept = params.from;
    for (const place of places) try { Object.defineProperty(place, 'marked', { value: params.from, writable: true, configurable: true }); } catch {}
    return { success: true, data: [...new Set(found)] };
  }
}`;

const HOSTILE = ['A036', 'A045', 'A058', 'A100', 'A064'];

describe.each(['hardened', 'jit'] as const)('in the %s profile', (profile) => {
  let stage: Stage;
  let other: Caller;
  beforeAll(async () => {
    stage = await openStage(profile);
    const { token } = await stage.server.ask({ type: 'token', tenant: TENANTS.canary });
    other = createCaller(stage.server, token);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test('what one tenant leaves in an isolate, no other finds', { timeout: 120_000 }, async () => {
    const names = ['marker-a', 'marker-b'];
    for (const name of names) {
      const source = { name, language: 'js', text: MARKER.replaceAll('NAME', name) } as const;
      await stage.server.ask({ type: 'add', mode: 'contained', source });
      expect(await stage.caller.enable(name)).toMatchObject({ code: 'OK' });
      expect(await other.enable(name)).toMatchObject({ code: 'OK' });
    }
    for (let times = 0; times < 250; times += 1) {
      for (const name of names) {
        for (const [tenant, caller] of [
          ['one', stage.caller],
          ['two', other],
        ] as const) {
          const params = { from: `${tenant} ${name}` };
          expect(await caller.execute({ toolName: 'mark', pluginName: name, params })).toMatchObject({
            code: 'OK',
            data: [],
          });
        }
      }
    }
    for (const name of names) {
      await stage.caller.disable(name);
      await other.disable(name);
      await stage.server.ask({ type: 'remove', name });
    }
  });

  test.each(['A041', 'A036'])(
    'a hundred hostile calls at once cost another tenant nothing: %s',
    { timeout: 120_000 },
    async (id) => {
      const body = CORPUS.find((attack) => attack.id === id)!.body!;
      const source = { name: 'hog', language: 'js', text: hog(body) } as const;
      await stage.server.ask({ type: 'add', mode: 'contained', source });
      expect(await stage.caller.enable('hog')).toMatchObject({ code: 'OK' });
      const codes: string[] = [];
      const samples: Sample[] = [];
      for (let round = 0; round < FLOODS; round += 1) {
        await stage.beQuiet();
        const from = performance.now();
        const calls = Array.from({ length: 100 }, () =>
          stage.caller.execute({ toolName: 'attack', pluginName: 'hog', params: {} }),
        );
        codes.push(...(await Promise.all(calls)).map(({ code }) => code));
        await sleep(AFTERMATH_MS);
        samples.push(...stage.canary.between(from, performance.now()));
      }
      await stage.caller.disable('hog');
      await stage.server.ask({ type: 'remove', name: 'hog' });

      expect(codes).not.toContain('OK');
      // 8 run and 64 wait; the rest is turned away.
      expect(
        codes.filter((code) => code === 'RATE_LIMITED' || code === 'SANDBOX_UNAVAILABLE').length,
      ).toBeGreaterThanOrEqual(28 * FLOODS);
      expect(samples.filter(({ problem }) => problem !== undefined)).toEqual([]);
      expect(samples.length).toBeGreaterThan(10 * FLOODS);
      const { canaryP99Ms } = stage.quiet.quiet;
      const times = samples.map(({ ms }) => ms);
      expect(p99(times)).toBeLessThanOrEqual(allowed(FIGURES.canaryP99Ms, canaryP99Ms));
      expect(Math.max(...times)).toBeLessThanOrEqual(allowed(FIGURES.canaryWorstMs, canaryP99Ms));
    },
  );

  test(
    'a plugin that brings its runner down again and again is disabled, and nobody else is',
    { timeout: 120_000 },
    async () => {
      const body = CORPUS.find(({ id }) => id === 'A045')!.body!;
      const source = { name: 'hog', language: 'js', text: hog(body) } as const;
      await stage.server.ask({ type: 'add', mode: 'contained', source });
      expect(await stage.caller.enable('hog')).toMatchObject({ code: 'OK' });
      const from = performance.now();
      const answers: Answer[] = [];
      while (answers.length < 20 && answers.at(-1)?.code !== 'PLUGIN_NOT_ENABLED') {
        answers.push(await stage.caller.execute({ toolName: 'attack', pluginName: 'hog', params: {} }));
      }
      await stage.server.ask({ type: 'remove', name: 'hog' });
      expect(answers.at(-1)?.code).toBe('PLUGIN_NOT_ENABLED');
      expect(answers.length).toBeLessThanOrEqual(11);
      // The last one may have been about to open it when it was disabled.
      const others = answers.slice(0, -1).filter(({ code }) => code !== 'TIMEOUT');
      expect(others.filter(({ message }) => message !== 'The plugin was disabled while it was loading.')).toEqual([]);
      expect(others.length).toBeLessThanOrEqual(1);
      const samples = stage.canary.between(from, performance.now());
      expect(samples.filter(({ problem }) => problem !== undefined)).toEqual([]);
      expect(await stage.caller.execute({ toolName: 'ping', pluginName: 'benign', params: {} })).toMatchObject({
        code: 'OK',
      });
    },
  );

  test('fifty attacks leave the server as large as it was', { timeout: 300_000 }, async () => {
    const attacks = HOSTILE.map((id) => CORPUS.find((attack) => attack.id === id)!);
    for (const attack of attacks) await runAttack(stage, attack, 'contained');
    const before = await stage.server.ask({ type: 'memory' });
    for (let times = 0; times < 10; times += 1) {
      for (const attack of attacks) {
        const seen = await runAttack(stage, attack, 'contained');
        const complaints = complaintsOf(seen, profile, [stage.server.dataDir]);
        expect(complaints.filter(({ timing }) => !timing)).toEqual([]);
      }
    }
    const after = await stage.server.ask({ type: 'memory' });
    const grownMb = (after.residentBytes - before.residentBytes) / 1024 / 1024;
    expect(grownMb).toBeLessThanOrEqual(32);
  });
});

function hog(body: string): string {
  return `import { BaseToolPlugin } from 'hookline/sdk';
const ok = (data) => ({ success: true, data });
export default class extends BaseToolPlugin {
  metadata = { name: 'hog', version: '1.0.0', author: 'tests', description: 'Wants everything.' };
  tools = [{ name: 'attack', description: 'The attack.', parameters: { type: 'object' }, timeoutMs: 300 }];
  execute() { ${body} }
}`;
}
