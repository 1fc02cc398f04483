/** What a plugin asks of its host, from the isolate to the server and back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../src/json/json.ts';
import type { AnswerHostRequest, HostAnswer, HostRequest } from '../../src/sandbox/host-methods.ts';
import { ASK_LIMITS } from '../../src/sandbox/ask-limits.ts';
import { SANDBOX_LIMITS } from '../../src/sandbox/limits.ts';
import type { OpenOptions, Sandbox } from '../../src/sandbox/sandbox.ts';
import { hookCall, OPEN, openPlugin, openSandbox, run, toolCall, toolPlugin } from './rig.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

const ok = (value: Json): HostAnswer => ({ success: true, value });
const refused = (message: string): HostAnswer => ({ success: false, kind: 'refused', message });
const denied = (message: string): HostAnswer => ({ success: false, kind: 'denied', message });

/** A host that writes down what it is asked, and answers with `answer`. */
function recordingHost(answer: (request: HostRequest) => HostAnswer | Promise<HostAnswer>) {
  const requests: HostRequest[] = [];
  const answerHostRequest: AnswerHostRequest = async (request) => {
    requests.push(request);
    return answer(request);
  };
  return { requests, answerHostRequest };
}

async function callOnce(body: string, answerHostRequest: AnswerHostRequest, options: Partial<OpenOptions> = {}) {
  const instance = await openPlugin(sandbox, toolPlugin(body), { ...options, answerHostRequest });
  const outcome = await run(instance);
  const { gone } = instance;
  await instance.close();
  return { outcome, gone };
}

const REPORT = '.then((value) => ({ value }), (error) => ({ name: error.name, message: error.message }))';

describe('a plugin that asks its host', () => {
  test.each([
    ['kv.get("a")', 'kv.get', { key: 'a' }],
    ['kv.set("a", { b: [1] }, { ifVersion: 3 })', 'kv.set', { key: 'a', value: { b: [1] }, ifVersion: 3 }],
    ['kv.delete("a")', 'kv.delete', { key: 'a' }],
    ['kv.list({ prefix: "p" })', 'kv.list', { prefix: 'p' }],
    ['emit("made", { n: 1 })', 'events.emit', { name: 'made', data: { n: 1 } }],
    ['fetch("https://a.example/")', 'http.fetch', { url: 'https://a.example/' }],
  ])('by %s asks for %s, in the name of its call', async (source, method, args) => {
    const host = recordingHost(() => ok({ key: 'a', value: 1, version: 1 }));
    const { outcome } = await callOnce(`return context.${source}.then(() => 'answered');`, host.answerHostRequest);
    expect(outcome).toEqual({ success: true, value: 'answered' });
    expect(host.requests).toMatchObject([{ method, args, call: toolCall().context }]);
  });

  test.each<[string, HostAnswer, Json]>([
    [
      'a value',
      ok({ key: 'k', value: 'line\nline \u2028 €', version: 2 }),
      { value: { key: 'k', value: 'line\nline \u2028 €', version: 2 } },
    ],
    ['nothing', ok(null), { value: null }],
    ['a refusal', refused('The key is\ntoo long.'), { name: 'HostRequestError', message: 'The key is too long.' }],
    [
      'a denial',
      denied('It was not granted kv.'),
      { name: 'PermissionDeniedError', message: 'It was not granted kv.' },
    ],
  ])('is answered with %s', async (_name, answer, value) => {
    const { outcome } = await callOnce(`return context.kv.get('k')${REPORT};`, async () => answer);
    expect(outcome).toEqual({ success: true, value });
  });

  test('is denied everything where the host offers nothing', async () => {
    const instance = await openPlugin(sandbox, toolPlugin('return context.kv.get("k");'));
    expect(await run(instance)).toMatchObject({
      success: false,
      error: { code: 'PERMISSION_DENIED', message: expect.stringContaining('no permission') as string },
    });
    expect(instance.gone).toBe(false);
  });

  test('may do so in a hook, in onLoad and in onUnload, there with what it kept', async () => {
    const host = recordingHost(() => ok(null));
    const plugin = toolPlugin(
      '',
      `async onLoad(context) { this.kv = context.kv; await context.kv.get('load'); }
       async handleHook(hook, data, context) { await context.kv.get('hook'); await this.kv.get('kept'); }
       async onUnload() { await this.kv.get('unload'); }`,
    );
    const instance = await openPlugin(sandbox, plugin, host);
    const call = hookCall({});
    expect(await instance.call(call, { wallMs: 2_000 })).toEqual({ success: true, value: { kind: 'unchanged' } });
    await instance.close();
    expect(host.requests.map(({ args, call: asker }) => [args, asker])).toEqual([
      [{ key: 'load' }, null],
      [{ key: 'hook' }, call.context],
      [{ key: 'kept' }, call.context],
      [{ key: 'unload' }, null],
    ]);
  });
});

describe('what it asks', () => {
  test.each([
    ['cyclic', 'const a = {}; a.a = a;', 'PLUGIN_ERROR'],
    ['100,000 levels deep', 'let a = []; for (let i = 0; i < 1e5; i += 1) a = [a];', 'PLUGIN_ERROR'],
    ['200 levels deep', 'let a = []; for (let i = 0; i < 200; i += 1) a = [a];', 'PLUGIN_ERROR'],
    ['a BigInt', 'const a = 1n;', 'PLUGIN_ERROR'],
    ['with a getter that throws', 'const a = { get x() { throw new Error("no"); } };', 'PLUGIN_ERROR'],
    ['with a key of prototypes', 'const a = JSON.parse(\'{"__proto__":{"isAdmin":true}}\');', 'PLUGIN_ERROR'],
    ['longer than inputBytes', 'const a = "x".repeat(300_000);', 'PLUGIN_ERROR'],
    ['longer than inputBytes in bytes', 'const a = "\\u20ac".repeat(100_000);', 'PLUGIN_ERROR'],
  ])('never reaches the host when it is %s', async (_name, make, code) => {
    const host = recordingHost(() => ok({ success: true, version: 1 }));
    const { outcome, gone } = await callOnce(`${make} return context.kv.set('k', a);`, host.answerHostRequest);
    expect(outcome).toMatchObject({ success: false, error: { code } });
    expect({ requests: host.requests, gone }).toEqual({ requests: [], gone: false });
  });

  test.each([
    ['a function', '() => 1', {}],
    ['a proxy', 'new Proxy({ a: 1 }, { get: (target, key) => (key === "a" ? 2 : target[key]) })', { value: { a: 2 } }],
    ['a Date', 'new Date(0)', { value: '1970-01-01T00:00:00.000Z' }],
    ['NaN and -0', '[NaN, -0]', { value: [null, 0] }],
    ['half a pair', '"\\ud800"', { value: '\ud800' }],
  ])('is plain JSON when it is %s', async (_name, value, args) => {
    const host = recordingHost(() => ok({ success: true, version: 1 }));
    await callOnce(`return context.kv.set('k', ${value});`, host.answerHostRequest);
    expect(host.requests.map((request) => request.args)).toEqual([{ key: 'k', ...args }]);
  });

  test('cannot be forged by replacing what the language offers', async () => {
    const host = recordingHost(() => ok({ key: 'k', value: 'true', version: 1 }));
    const body = `
      JSON.stringify = () => '{"key":"forged"}'; JSON.parse = () => ({ value: 'forged' });
      Map.prototype.get = Map.prototype.set = Map.prototype.delete = () => 1; Promise.prototype.then = () => 1;
      String.prototype.slice = () => 'forged';
      return context.kv.get('k');`;
    const { outcome } = await callOnce(body, host.answerHostRequest);
    expect(outcome).toEqual({ success: true, value: { key: 'k', value: 'true', version: 1 } });
    expect(host.requests).toMatchObject([{ args: { key: 'k' } }]);
  });

  test('may be under way as often as all calls that an instance may have at once can ask', () => {
    expect(ASK_LIMITS.ofInstance).toBe(ASK_LIMITS.ofCall * SANDBOX_LIMITS.callsAtOnce.max);
  });

  test('is refused by the isolate itself beyond that', async () => {
    const host = recordingHost(() => new Promise(() => {}));
    const body = `
      const asks = Array.from({ length: 257 }, (_, n) => context.kv.get(String(n)).catch((error) => error.message));
      return asks[256];`;
    const { outcome } = await callOnce(body, host.answerHostRequest);
    expect(outcome).toEqual({ success: true, value: '256 requests to the host are under way already.' });
    expect(host.requests.length).toBeLessThanOrEqual(ASK_LIMITS.ofCall);
  });

  test('is taken thirty-two times at once from one call, the rest is refused', async () => {
    const gate = Promise.withResolvers<HostAnswer>();
    const host = recordingHost(() => gate.promise);
    const body = `
      const asks = Array.from({ length: 40 }, (_, n) => context.kv.get(String(n)).then(() => 'answered', (error) => error.name));
      await Promise.all(asks.slice(32)); await context.progress('refused');
      return Promise.all(asks);`;
    const instance = await openPlugin(sandbox, toolPlugin(`return (async () => { ${body} })();`), host);
    const outcome = await run(instance, {}, { onProgress: () => gate.resolve(ok(null)) });
    const expected = Array.from({ length: 40 }, (_, n) => (n < 32 ? 'answered' : 'HostRequestError'));
    expect(outcome).toEqual({ success: true, value: expected });
    expect(host.requests).toHaveLength(32);
  });

  test('is answered within a limit', async () => {
    const { outcome } = await callOnce(`return context.kv.get('k')${REPORT};`, async () => ok('x'.repeat(2_000)), {
      limits: { inputBytes: 1_000 },
    });
    expect(outcome).toEqual({
      success: true,
      value: { name: 'HostRequestError', message: 'The answer is longer than 1000 bytes of JSON.' },
    });
  });

  test.each([
    ['one after the other', 'for (;;) await context.kv.get("k");'],
    ['all at once', 'for (;;) context.kv.get("k");'],
    ['whatever comes of it', 'for (;;) { try { await context.kv.get("k"); } catch {} }'],
    [
      'with kv, progress and timers in turn',
      'for (;;) { await context.kv.get("k"); context.progress(1); await new Promise((done) => setTimeout(done, 0)); }',
    ],
  ])('counts against the budget of its call: %s', async (_name, body) => {
    const host = recordingHost(() => ok(null));
    const instance = await openPlugin(sandbox, toolPlugin(`return (async () => { ${body} })();`), {
      ...host,
      limits: { hostCalls: 60 },
    });
    expect(await run(instance)).toMatchObject({ error: { code: 'HOST_CALL_BUDGET_EXCEEDED' } });
    expect(host.requests.length).toBeLessThanOrEqual(60);
    expect(instance.gone).toBe(true);
  });

  test('each call has a budget of its own', async () => {
    const host = recordingHost(() => ok(null));
    const body =
      'return (async () => { for (let n = 0; n < 40; n += 1) await context.kv.get("k"); return params.x; })();';
    const instance = await openPlugin(sandbox, toolPlugin(body), { ...host, limits: { hostCalls: 40 } });
    const calls = [1, 2, 3, 4].map((x) => run(instance, { x }, { wallMs: 10_000 }));
    expect(await Promise.all(calls)).toEqual([1, 2, 3, 4].map((value) => ({ success: true, value })));
    await instance.close();
  });

  test('has a signal that is aborted when its call ends, and is not waited for then', async () => {
    const aborted = Promise.withResolvers<string>();
    const host = recordingHost(
      ({ signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            aborted.resolve('aborted');
            resolve(ok(null));
          }),
        ),
    );
    const { outcome } = await callOnce('context.kv.get("k"); return "done";', host.answerHostRequest);
    expect(outcome).toEqual({ success: true, value: 'done' });
    expect(await aborted.promise).toBe('aborted');
  });

  test('is refused once its call has ended', async () => {
    const host = recordingHost(() => ok(null));
    const body = `
      if (!params.first) return this.late;
      this.late = new Promise((done) => setTimeout(() => context.kv.get('late').catch((error) => done(error.message)), 20));
      return 'first';`;
    const instance = await openPlugin(sandbox, toolPlugin(body), host);
    expect(await run(instance, { first: true })).toEqual({ success: true, value: 'first' });
    expect(await run(instance)).toEqual({ success: true, value: 'The call in which it was asked has ended.' });
    expect(host.requests).toEqual([]);
  });
});

describe('a denial', () => {
  const deny: AnswerHostRequest = async () => denied('This plugin was not granted "kv".');

  test.each([
    ['is let through', 'return context.kv.get("k");', 'PERMISSION_DENIED'],
    [
      'is hidden behind another error',
      'return context.kv.get("k").catch(() => { throw new Error("mine"); });',
      'PERMISSION_DENIED',
    ],
  ])('that %s ends the call by it, in the words of the host', async (_name, body, code) => {
    const { outcome, gone } = await callOnce(body, deny);
    expect(outcome).toMatchObject({ error: { code, message: 'This plugin was not granted "kv".', retryable: false } });
    expect(gone).toBe(false);
  });

  test('that the plugin catches is of no consequence', async () => {
    const { outcome } = await callOnce('return context.kv.get("k").catch(() => "without");', deny);
    expect(outcome).toEqual({ success: true, value: 'without' });
  });

  test('cannot be pretended', async () => {
    const body = 'const error = new Error("denied"); error.name = "PermissionDeniedError"; throw error;';
    const { outcome } = await callOnce(body, async () => ok(null));
    expect(outcome).toMatchObject({ error: { code: 'PLUGIN_ERROR' } });
  });

  test('of one call is not another one’s', async () => {
    const body = 'return params.ask ? context.kv.get("k").catch(() => "without") : Promise.reject(new Error("mine"));';
    const instance = await openPlugin(sandbox, toolPlugin(body), { answerHostRequest: deny });
    expect(await run(instance, { ask: true })).toEqual({ success: true, value: 'without' });
    expect(await run(instance, { ask: false })).toMatchObject({ error: { code: 'PLUGIN_ERROR', message: 'mine' } });
  });

  test('in onLoad does not open the plugin', async () => {
    const plugin = toolPlugin('', 'onLoad(context) { return context.kv.get("k"); }');
    const opened = await sandbox.open(plugin, { ...OPEN, answerHostRequest: deny });
    expect(opened).toMatchObject({
      error: { code: 'PERMISSION_DENIED', message: 'This plugin was not granted "kv".' },
    });
  });
});

describe('what goes on after an answer', () => {
  const LOOPS: readonly (readonly [string, string])[] = [
    ['an answer', 'return context.kv.get("k").then(() => { while (true); });'],
    [
      'an answer and an await',
      'return (async () => { await context.kv.get("k"); await null; while (true) await null; })();',
    ],
    ['a refusal', 'return context.kv.delete("k").catch(() => { while (true); });'],
    ['a timer', 'return new Promise(() => setTimeout(() => { while (true); }, 1));'],
    [
      'an answer and a timer',
      'return context.kv.get("k").then(() => new Promise(() => setTimeout(() => { while (true); }, 1)));',
    ],
    [
      'an answer, in what V8 does not interrupt',
      'return context.kv.get("k").then(() => [].indexOf.call({ length: 2 ** 53 - 1 }, 1));',
    ],
  ];
  test.each(LOOPS)('%s is within the limits, and of that call alone', async (_name, body) => {
    const host = recordingHost(({ method }) => (method === 'kv.delete' ? refused('no') : ok(null)));
    const bystander = 'return new Promise((done) => setTimeout(() => done("innocent"), 1_500));';
    const instance = await openPlugin(sandbox, toolPlugin(`if (params.innocent) { ${bystander} } ${body}`), {
      ...host,
      limits: { cpuMs: 300 },
    });
    const innocent = run(instance, { innocent: true }, { wallMs: 20_000 });
    const guilty = run(instance, {}, { wallMs: 20_000 });
    expect(await guilty).toMatchObject({
      error: { code: 'TIMEOUT', message: expect.stringContaining('within 300 ms of processor time') as string },
    });
    expect(instance.gone).toBe(true);
    expect(await innocent).toEqual({ success: true, value: 'innocent' });
  });
});
