/** How a call ends, by what the server saw: which clock fired, who gave a signal, and whose doing it was. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostAnswer } from '../../src/sandbox/host-methods.ts';
import type { PluginInstance, Sandbox } from '../../src/sandbox/sandbox.ts';
import { openPlugin, openSandbox, run, toolPlugin } from './rig.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

const UNTIL_ABORT = 'new Promise((done) => context.signal.addEventListener("abort", done))';
const BUSY = 'const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end); };';
const later = (ms: number) => `new Promise((done) => setTimeout(done, ${ms}))`;

/** A busy machine may take long to let a plugin hear its signal. */
const PATIENT = { abortGraceMs: 1_000 };

/** Calls, and cancels as soon as the call has begun. */
function runCancelled(instance: PluginInstance, wallMs = 20_000) {
  const controller = new AbortController();
  const onStart = () => queueMicrotask(() => controller.abort());
  return run(instance, {}, { wallMs, signal: controller.signal, onStart });
}

describe('processor time', () => {
  test.each([
    ['at once', 'while (true);'],
    ['in microtasks', 'return (async () => { while (true) await null; })();'],
    ['in what V8 does not interrupt', 'return [].indexOf.call({ length: 2 ** 53 - 1 }, 1);'],
  ])('that is used up %s ends the call before its wall time', async (_name, body) => {
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits: { cpuMs: 200 } });
    expect(await run(instance, {}, { wallMs: 20_000 })).toMatchObject({
      error: { code: 'TIMEOUT', message: expect.stringContaining('within 200 ms of processor time') as string },
    });
    expect(instance.gone).toBe(true);
  });

  test('is counted over all runs of a call', async () => {
    const body = `${BUSY} return (async () => { for (;;) { busy(20); await ${later(1)}; } })();`;
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits: { cpuMs: 300 } });
    expect(await run(instance, {}, { wallMs: 30_000 })).toMatchObject({
      error: { code: 'TIMEOUT', message: expect.stringContaining('within 300 ms of processor time') as string },
    });
  });

  test('is counted for each call alone', async () => {
    const body = `${BUSY} busy(100); return params.x;`;
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits: { cpuMs: 300 } });
    const calls = Array.from({ length: 8 }, (_, x) => run(instance, { x }, { wallMs: 30_000 }));
    expect(await Promise.all(calls)).toEqual(calls.map((_, value) => ({ success: true, value })));
    expect(instance.gone).toBe(false);
  });

  test('is not what waiting costs', async () => {
    const body = `return (async () => { for (let n = 0; n < 5; n += 1) await ${later(100)}; return "waited"; })();`;
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits: { cpuMs: 200 } });
    expect(await run(instance, {}, { wallMs: 30_000 })).toEqual({ success: true, value: 'waited' });
  });

  test('is bounded for an instance that was good for long, too', async () => {
    const body = 'if (params.x < 100) return params.x; while (true);';
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits: { cpuMs: 300 } });
    for (let x = 0; x < 100; x += 1) expect(await run(instance, { x })).toEqual({ success: true, value: x });
    const outcome = await run(instance, { x: 100 }, { wallMs: 30_000 });
    expect(outcome).toMatchObject({
      error: { code: 'TIMEOUT', message: expect.stringContaining('processor') as string },
    });
  });
});

test('a run that is long for the thread it was trusted with, and breaks no limit, is made elsewhere', async () => {
  const body = `${BUSY} this.calls = (this.calls ?? 0) + 1; busy(params.ms); return this.calls;`;
  const instance = await openPlugin(sandbox, toolPlugin(body), { limits: { cpuMs: 20_000 } });
  for (let n = 1; n <= 100; n += 1) expect(await run(instance, { ms: 0 })).toEqual({ success: true, value: n });
  expect(await run(instance, { ms: 1_500 }, { wallMs: 30_000 })).toEqual({ success: true, value: 1 });
  expect(instance.gone).toBe(true);
});

describe('wall time', () => {
  test('that is over is said to be', async () => {
    const instance = await openPlugin(sandbox, toolPlugin('return new Promise(() => {});'));
    expect(await run(instance, {}, { wallMs: 300 })).toMatchObject({
      error: { code: 'TIMEOUT', message: expect.stringContaining('within 300 ms of wall time') as string },
    });
  });

  test('that is nearly over reaches the signal, so that a plugin can still answer', async () => {
    const instance = await openPlugin(
      sandbox,
      toolPlugin(`return ${UNTIL_ABORT}.then(() => context.signal.reason.name);`),
    );
    expect(await run(instance, {}, { wallMs: 2_000 })).toEqual({ success: true, value: 'TimeoutError' });
    expect(instance.gone).toBe(false);
  });

  test('is why a call failed that threw when it was told so', async () => {
    const body = `return ${UNTIL_ABORT}.then(() => context.signal.throwIfAborted());`;
    const instance = await openPlugin(sandbox, toolPlugin(body));
    expect(await run(instance, {}, { wallMs: 2_000 })).toMatchObject({
      error: { code: 'TIMEOUT', message: expect.stringContaining('within 2000 ms of wall time') as string },
    });
    expect(instance.gone).toBe(false);
  });
});

describe('a call that its caller cancels', () => {
  test.each([
    ['throws because of it', `return ${UNTIL_ABORT}.then(() => context.signal.throwIfAborted());`, false],
    ['throws something else', `return ${UNTIL_ABORT}.then(() => { throw new Error('mine'); });`, false],
    ['does not end', 'return new Promise(() => {});', true],
    ['goes on', 'while (true);', true],
    ['cannot be stopped', 'return [].indexOf.call({ length: 2 ** 53 - 1 }, 1);', true],
  ])('and that %s ends as CANCELLED', async (_name, body, gone) => {
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits: PATIENT });
    expect(await runCancelled(instance)).toMatchObject({ error: { code: 'CANCELLED', retryable: false } });
    expect(instance.gone).toBe(gone);
  });

  test.each([
    [
      'answers',
      `return ${UNTIL_ABORT}.then(() => context.signal.reason.name);`,
      { success: true, value: 'AbortError' },
    ],
    [
      'returns what is no data',
      `return ${UNTIL_ABORT}.then(() => undefined);`,
      { success: false, error: { code: 'RESULT_INVALID' } },
    ],
    [
      'calls the host on and on',
      `return ${UNTIL_ABORT}.then(() => { for (;;) context.progress(1); });`,
      { success: false, error: { code: 'HOST_CALL_BUDGET_EXCEEDED' } },
    ],
  ])('and that %s ends as that', async (_name, body, outcome) => {
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits: PATIENT });
    expect(await runCancelled(instance)).toMatchObject(outcome);
  });

  test('before it is made does not run', async () => {
    const instance = await openPlugin(sandbox, toolPlugin('this.ran = true; return "ran";'));
    const started: string[] = [];
    const options = { signal: AbortSignal.abort(), onStart: () => started.push('started') };
    expect(await run(instance, {}, options)).toMatchObject({ error: { code: 'CANCELLED' } });
    expect(started).toEqual([]);
  });

  test('while it waits for a place ends at once, and takes nobody’s place', async () => {
    const body = `this.ran = (this.ran ?? 0) + 1; return params.wait ? ${later(400)} : this.ran;`.replace(
      later(400),
      `${later(400)}.then(() => 'waited')`,
    );
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits: { callsAtOnce: 1, callsWaiting: 2 } });
    const first = run(instance, { wait: true });
    const controller = new AbortController();
    const second = run(instance, {}, { signal: controller.signal });
    const third = run(instance);
    expect(instance.hasRoom()).toBe(false);
    controller.abort();
    expect(await second).toMatchObject({ error: { code: 'CANCELLED' } });
    expect(instance.hasRoom()).toBe(true);
    expect(await Promise.all([first, third])).toEqual([
      { success: true, value: 'waited' },
      { success: true, value: 2 },
    ]);
  });

  test('while another one has the isolate is told as soon as it begins', async () => {
    const body = `${BUSY}
      if (params.x !== undefined) return params.x;
      if (params.ms) return ${later(1)}.then(() => { context.progress('busy'); busy(params.ms); return 'busy'; });
      return context.signal.aborted ? 'told before' : ${UNTIL_ABORT}.then(() => 'told');`;
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits: PATIENT });
    // Long enough for the runner to trust it with its own thread.
    for (let x = 0; x < 100; x += 1) await run(instance, { x });
    const isBusy = Promise.withResolvers<undefined>();
    const busy = run(instance, { ms: 400 }, { wallMs: 20_000, onProgress: () => isBusy.resolve(undefined) });
    await isBusy.promise;
    const cancelled = await runCancelled(instance);
    expect([await busy, cancelled]).toEqual(['busy', 'told'].map((value) => ({ success: true, value })));
  });

  test('costs others in its instance nothing but time', async () => {
    const body = `return params.stuck ? new Promise(() => {}) : ${later(600)}.then(() => 'innocent');`;
    const instance = await openPlugin(sandbox, toolPlugin(body));
    const controller = new AbortController();
    const stuck = run(instance, { stuck: true }, { wallMs: 20_000, signal: controller.signal });
    const innocent = run(instance, { stuck: false }, { wallMs: 20_000 });
    controller.abort();
    expect(await stuck).toMatchObject({ error: { code: 'CANCELLED' } });
    expect(await innocent).toEqual({ success: true, value: 'innocent' });
  });
});

describe('a call whose instance another one ended', () => {
  const LOOP = 'if (params.loops) { while (true); }';
  const limits = { cpuMs: 200 };

  test('runs once more when nothing of it was seen, and is told once to have begun', async () => {
    const body = `${LOOP} this.runs = (this.runs ?? 0) + 1; return ${later(500)}.then(() => this.runs);`;
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits });
    const started: string[] = [];
    const calls = [1, 2].map(() => run(instance, {}, { wallMs: 20_000, onStart: () => started.push('begun') }));
    expect(await run(instance, { loops: true }, { wallMs: 20_000 })).toMatchObject({ error: { code: 'TIMEOUT' } });
    const values = (await Promise.all(calls)).map((outcome) => (outcome.success ? outcome.value : outcome.error));
    expect(values).toEqual([2, 2]);
    expect(started).toHaveLength(2);
  });

  test('runs, too, when it had still been waiting for a place', async () => {
    const body = `${LOOP} return 'done';`;
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits: { ...limits, callsAtOnce: 1 } });
    const guilty = run(instance, { loops: true }, { wallMs: 20_000 });
    const waiting = [1, 2, 3].map(() => run(instance, {}, { wallMs: 20_000 }));
    expect(await guilty).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(await Promise.all(waiting)).toEqual([1, 2, 3].map(() => ({ success: true, value: 'done' })));
  });

  test('runs on an instance that is closed afterwards', async () => {
    const body = `${LOOP} return ${later(300)}.then(() => 'done');`;
    const before = sandbox.health().instances;
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits });
    const innocent = run(instance, {}, { wallMs: 20_000 });
    await run(instance, { loops: true }, { wallMs: 20_000 });
    expect(await innocent).toEqual({ success: true, value: 'done' });
    await expect.poll(() => sandbox.health().instances).toBe(before);
  });

  test.each([
    ['told its progress', 'context.progress(1);', false],
    ['changed something', 'context.kv.set("k", 1);', false],
    ['tried to change something', 'context.emit("made").catch(() => {});', false],
    ['only read something', 'context.kv.get("k");', true],
  ])('and that had %s runs once more, or is told that it may', async (_name, act, again) => {
    const asked = Promise.withResolvers<undefined>();
    const answer: HostAnswer = { success: true, value: { success: true, version: 1 } };
    const answerHostRequest = async () => {
      asked.resolve(undefined);
      return answer;
    };
    const body = `${LOOP} ${act} return ${later(400)}.then(() => 'done');`;
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits, answerHostRequest });
    const innocent = run(instance, {}, { wallMs: 20_000, onProgress: () => asked.resolve(undefined) });
    await asked.promise;
    expect(await run(instance, { loops: true }, { wallMs: 20_000 })).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(await innocent).toMatchObject(
      again
        ? { success: true, value: 'done' }
        : {
            error: {
              code: 'SANDBOX_CRASHED',
              retryable: true,
              message: expect.stringContaining('whoever called may try again') as string,
            },
          },
    );
  });

  test('and that breaks its limit the second time ends by that', async () => {
    const body = `${LOOP} return ${later(100)}.then(() => { while (true); });`;
    const instance = await openPlugin(sandbox, toolPlugin(body), { limits });
    const next = run(instance, {}, { wallMs: 20_000 });
    expect(await run(instance, { loops: true }, { wallMs: 20_000 })).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(await next).toMatchObject({ error: { code: 'TIMEOUT' } });
  });
});

describe('a sandbox that is closed', () => {
  test('tells the calls under way, and those that answer are answered', async () => {
    const closing = await openSandbox({ limits: PATIENT });
    const polite = await openPlugin(
      closing,
      toolPlugin(`context.progress(1); return ${UNTIL_ABORT}.then(() => 'in time');`),
    );
    const rude = await openPlugin(closing, toolPlugin('context.progress(1); return new Promise(() => {});'));
    const angry = await openPlugin(
      closing,
      toolPlugin(`context.progress(1); return ${UNTIL_ABORT}.then(() => { throw new Error('no'); });`),
    );
    const begun = [polite, rude, angry].map(() => Promise.withResolvers<undefined>());
    const calls = [polite, rude, angry].map((instance, index) =>
      run(instance, {}, { wallMs: 20_000, onProgress: () => begun[index]?.resolve(undefined) }),
    );
    await Promise.all(begun.map(({ promise }) => promise));
    await closing.close();
    expect(await Promise.all(calls)).toMatchObject([
      { success: true, value: 'in time' },
      { error: { code: 'SANDBOX_UNAVAILABLE' } },
      { error: { code: 'SANDBOX_UNAVAILABLE' } },
    ]);
  });
});
