/** What a plugin asks of its host, from the isolate to the server and back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../src/json/json.ts';
import type { AnswerHostRequest, HostAnswer, HostRequest } from '../../src/sandbox/host-methods.ts';
import type { OpenOptions, Sandbox } from '../../src/sandbox/sandbox.ts';
import { hookCall, openPlugin, openSandbox, run, toolCall, toolPlugin } from './rig.ts';

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
