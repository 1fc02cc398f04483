import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/json.ts';
import type { HookCall, PluginInstance, Sandbox } from '../../../src/sandbox/sandbox.ts';
import { openPlugin, openSandbox, toolCall } from '../rig.ts';
import { compile, compiledOf, findingsOf } from './compile.ts';

const FOLDER = 'src/plugins/examples';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

async function open(name: string, config: JsonObject): Promise<PluginInstance> {
  const result = await sandbox.compile({ name, language: 'ts', text: readFileSync(`${FOLDER}/${name}.ts`, 'utf8') });
  if (!result.success) throw new Error(JSON.stringify(result));
  return openPlugin(sandbox, result.compiled, { config });
}

function callHook(instance: PluginInstance, hook: HookCall['hook'], data: JsonObject, runId: string | null = null) {
  const context = { invocationId: 'HookInvocation:1', executionId: null, runId, agentId: null };
  return instance.call({ kind: 'hook', hook, data, context }, { wallMs: 2_000 });
}

function callTool(instance: PluginInstance, toolName: string, params: JsonObject) {
  return instance.call(toolCall(params, toolName), { wallMs: 2_000 });
}

test.each(readdirSync(FOLDER))('%s passes every rule without a warning', (file) => {
  const answer = compile(readFileSync(`${FOLDER}/${file}`, 'utf8'));
  expect(findingsOf(answer)).toEqual([]);
  expect(compiledOf(answer).code).not.toBe('');
});

test('calculator computes, rounds, and says what has no result', async () => {
  const calculator = await open('calculator', { precision: 10 });
  const cases: [tool: string, params: JsonObject, expected: object][] = [
    ['add', { a: 0.1, b: 0.2 }, { success: true, data: 0.3 }],
    ['subtract', { a: 5, b: 7 }, { success: true, data: -2 }],
    ['multiply', { a: 6, b: 7 }, { success: true, data: 42 }],
    ['divide', { a: 1, b: 3 }, { success: true, data: 0.3333333333 }],
    ['divide', { a: 1, b: 0 }, { success: false, code: 'DIVISION_BY_ZERO' }],
    ['power', { a: 2, b: 10 }, { success: true, data: 1024 }],
    ['power', { a: 10, b: 400 }, { success: false, code: 'NOT_FINITE' }],
    ['power', { a: 10, b: 30 }, { success: true, data: 1e30 }],
    ['sqrt', { a: 2 }, { success: true, data: 1.4142135624 }],
    ['sqrt', { a: -1 }, { success: false, code: 'NEGATIVE_ROOT' }],
  ];
  for (const [tool, params, value] of cases) {
    expect(await callTool(calculator, tool, params), tool).toMatchObject({ success: true, value });
  }
  const coarse = await open('calculator', { precision: 0 });
  expect(await callTool(coarse, 'divide', { a: 2, b: 3 })).toMatchObject({ value: { success: true, data: 1 } });
});

test.each([
  ['Write to ann.lee+x@mail.example.co.uk.', 'Write to [email].'],
  ['Call +49 (170) 123-4567 or 555-123-4567 now', 'Call [phone] or [phone] now'],
  ['Card 4111 1111 1111 1111, not 4111 1111 1111 1112', 'Card [card], not 4111 1111 1111 1112'],
  ['IBAN DE89 3704 0044 0532 0130 00, not DE88 3704 0044 0532 0130 00', 'IBAN [iban], not DE88 3704 0044 0532 0130 00'],
  ['Order 20261122 of 2026-11-22 cost 1,234.50', 'Order 20261122 of 2026-11-22 cost 1,234.50'],
])('pii-redactor makes %j %j', async (text, redacted) => {
  const config = { kinds: ['email', 'iban', 'card', 'phone'], replacement: '[{kind}]' };
  const redactor = await open('pii-redactor', config);
  const data = { toolName: 'send', params: { to: [text, 1, null], nested: { text } } };
  expect(await callHook(redactor, 'BEFORE_TOOL_CALL', data)).toEqual({
    success: true,
    value: {
      kind: 'data',
      data: { toolName: 'send', params: { to: [redacted, 1, null], nested: { text: redacted } } },
    },
  });
  expect(await callHook(redactor, 'AFTER_AGENT_RUN', { input: text, output: text })).toEqual({
    success: true,
    value: { kind: 'data', data: { input: text, output: redacted } },
  });
});

test('pii-redactor redacts only the kinds its config names', async () => {
  const redactor = await open('pii-redactor', { kinds: ['email'], replacement: '***' });
  const output = 'a@b.example, 4111 1111 1111 1111';
  expect(await callHook(redactor, 'AFTER_AGENT_RUN', { output })).toMatchObject({
    value: { data: { output: '***, 4111 1111 1111 1111' } },
  });
});

const OPEN_GUARD = { deny: [], allow: [], maxParamChars: 100, reason: 'No.' };
test.each<[string, JsonObject, JsonObject, string | null]>([
  ['nothing listed', {}, {}, null],
  ['denied by name', { deny: ['delete_file'] }, {}, 'TOOL_DENIED'],
  ['denied by the start of its name', { deny: ['delete_*'] }, {}, 'TOOL_DENIED'],
  ['denied by a part of its name', { deny: ['*te_f*l*'] }, {}, 'TOOL_DENIED'],
  ['not matched, stars may not overlap', { deny: ['delete_file*file'] }, {}, null],
  ['allowed by its start', { allow: ['delete*'] }, {}, null],
  ['not allowed', { allow: ['read_*'] }, {}, 'TOOL_NOT_ALLOWED'],
  ['denied although allowed', { allow: ['*'], deny: ['*_file'] }, {}, 'TOOL_DENIED'],
  ['too much', {}, { path: 'x'.repeat(100) }, 'PARAMS_TOO_LARGE'],
])('tool-guard: %s', async (_name, config, params, code) => {
  const guard = await open('tool-guard', { ...OPEN_GUARD, ...config });
  const answer = await callHook(guard, 'BEFORE_TOOL_CALL', { toolName: 'delete_file', params });
  const expected = code === null ? { kind: 'unchanged' } : { kind: 'block', reason: { code, reason: 'No.' } };
  expect(answer).toMatchObject({ success: true, value: expected });
});

test('run-recorder counts a run, tells it, and forgets the oldest', async () => {
  const recorder = await open('run-recorder', { keepRuns: 2 });
  await callHook(recorder, 'BEFORE_AGENT_RUN', { input: 'x' }, 'run-1');
  await callHook(recorder, 'BEFORE_TOOL_CALL', { toolName: 'add', params: {} }, 'run-1');
  await callHook(recorder, 'BEFORE_TOOL_CALL', { toolName: 'add', params: {} }, 'run-1');
  await callHook(recorder, 'ON_ERROR', { error: { code: 'X', message: 'x' } }, 'run-1');
  await callHook(recorder, 'BEFORE_AGENT_RUN', { input: 'x' }, null);
  expect(await callTool(recorder, 'run_summary', { runId: 'run-1' })).toMatchObject({
    value: {
      success: true,
      data: {
        runId: 'run-1',
        hooks: [
          { hook: 'BEFORE_AGENT_RUN', times: 1 },
          { hook: 'BEFORE_TOOL_CALL', times: 2 },
          { hook: 'ON_ERROR', times: 1 },
        ],
        tools: [{ toolName: 'add', calls: 2 }],
        errors: 1,
      },
    },
  });
  await callHook(recorder, 'ON_REASONING_STEP', { step: 'x' }, 'run-2');
  await callHook(recorder, 'ON_REASONING_STEP', { step: 'x' }, 'run-3');
  expect(await callTool(recorder, 'run_summary', { runId: 'run-1' })).toMatchObject({
    value: { success: false, code: 'RUN_UNKNOWN' },
  });
  expect(await callTool(recorder, 'run_summary', { runId: 'run-3' })).toMatchObject({ value: { success: true } });
});
