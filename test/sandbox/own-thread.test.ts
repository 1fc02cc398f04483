/** An instance whose runs were short for long is called on the runner's own thread; nothing else may be different there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PluginInstance, Sandbox, SandboxLogLine } from '../../src/sandbox/sandbox.ts';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';

/** More than it takes to be trusted. */
const SHORT_CALLS = 100;

const PLUGIN = toolPlugin(`
  switch (params.do) {
    case 'throw': throw new Error('no');
    case 'tell': console.log('one'); context.progress(1); context.progress(2); console.log('two'); return 'told';
    case 'tell later': return (async () => { await null; context.progress(1); await null; return 'told'; })();
    case 'wait': return new Promise((done) => setTimeout(() => done(params.n), 20));
    case 'loop': for (;;);
    case 'flood': for (;;) { try { context.progress(1); } catch {} }
    case 'answer and loop': {
      const forever = () => Promise.resolve().then(forever);
      return Promise.resolve('answered').then((text) => { for (let n = 0; n < 5; n += 1) forever(); return text; });
    }
    default: return params.later ? Promise.resolve(params.n) : params.n;
  }`);

const logged: SandboxLogLine[] = [];
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox({ events: { onLog: (line) => logged.push(line) } });
});
afterAll(() => sandbox.close());

async function openTrusted(): Promise<PluginInstance> {
  const instance = await openPlugin(sandbox, PLUGIN);
  for (let n = 0; n < SHORT_CALLS; n += 1) expect(await run(instance, { n })).toEqual({ success: true, value: n });
  return instance;
}

describe('a call on the own thread of a runner', () => {
  test.each([false, true])('gets its own answer among many (later: %j)', async (later) => {
    const instance = await openTrusted();
    for (let round = 0; round < 20; round += 1) {
      const numbers = Array.from({ length: 16 }, (_, n) => round * 16 + n);
      const answers = await Promise.all(numbers.map((n) => run(instance, { n, later })));
      expect(answers).toEqual(numbers.map((value) => ({ success: true, value })));
    }
  });

  test('has told all it has to tell before it is answered', async () => {
    const instance = await openTrusted();
    const progress: unknown[] = [];
    logged.length = 0;
    const options = { onProgress: (data: unknown) => progress.push(data) };
    expect(await run(instance, { do: 'tell' }, options)).toEqual({ success: true, value: 'told' });
    expect(progress).toEqual([1, 2]);
    expect(logged.map(({ message }) => message)).toEqual(['one', 'two']);
    expect(await run(instance, { do: 'tell later' }, options)).toEqual({ success: true, value: 'told' });
    expect(progress).toEqual([1, 2, 1]);
  });

  test('may wait, and is answered from another thread', async () => {
    const instance = await openTrusted();
    const calls = [run(instance, { do: 'wait', n: 1 }), run(instance, { n: 2 }), run(instance, { do: 'wait', n: 3 })];
    expect(await Promise.all(calls)).toEqual([1, 2, 3].map((value) => ({ success: true, value })));
  });

  test('may throw', async () => {
    const instance = await openTrusted();
    expect(await run(instance, { do: 'throw' })).toMatchObject({ success: false, error: { code: 'PLUGIN_ERROR' } });
    expect(await run(instance, { n: 1 })).toEqual({ success: true, value: 1 });
  });

  test.each([
    ['loop', 'TIMEOUT', 400],
    // What was counted is heard at the end of the run, so that must come before the call's own.
    ['flood', 'HOST_CALL_BUDGET_EXCEEDED', 5_000],
  ])('that breaks a limit (%s) ends as %s, and its neighbours are answered', async (what, code, wallMs) => {
    const instance = await openTrusted();
    const hostile = run(instance, { do: what }, { wallMs });
    const neighbours = [1, 2, 3].map((n) => run(instance, { n }));
    expect(await hostile).toMatchObject({ success: false, error: { code } });
    expect(await Promise.all(neighbours)).toEqual([1, 2, 3].map((value) => ({ success: true, value })));
    expect(await run(await openPlugin(sandbox, PLUGIN), { n: 4 })).toEqual({ success: true, value: 4 });
  });

  test('that is answered and does not end loses its instance', async () => {
    const instance = await openTrusted();
    await run(instance, { do: 'answer and loop' }, { wallMs: 300 });
    await expect.poll(() => instance.gone, { timeout: 5_000 }).toBe(true);
  });
});
