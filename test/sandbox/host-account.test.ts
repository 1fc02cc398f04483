/** What the server counts of a call, in case an isolate and its runner do not. */
import { expect, test } from 'vitest';
import { answerAsk } from '../../src/sandbox/answer-ask.ts';
import { HostAccount } from '../../src/sandbox/host-account.ts';
import type { AnswerHostRequest } from '../../src/sandbox/host-methods.ts';

const DEPS = { inputBytes: 1_000, answer: (async () => ({ success: true, value: null })) satisfies AnswerHostRequest };

test('host calls end at their number', () => {
  const account = new HostAccount(null);
  expect([1, 2, 3, 4, 5].map(() => account.takeHostCall(3))).toEqual([true, true, true, false, false]);
});

test('log lines end at their bytes, with room for the one that says so', () => {
  const account = new HostAccount(null);
  expect([900, 100, 200, 100, 1].map((chars) => account.takeLogLine(chars, 1_000))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('its signal is aborted when it ends, also for who asks later', () => {
  const [early, late] = [new HostAccount(null), new HostAccount(null)];
  const { signal } = early;
  expect(signal.aborted).toBe(false);
  early.end();
  late.end();
  expect([signal.aborted, late.signal.aborted]).toEqual([true, true]);
});

test.each([
  ['a method that there is not', { method: 'kv.drop', args: '{}' }],
  ['a method of all objects', { method: 'toString', args: '{}' }],
  ['no method', { method: undefined, args: '{}' }],
  ['arguments that are not JSON', { method: 'kv.get', args: '{' }],
  ['arguments that are too deep', { method: 'kv.get', args: `${'['.repeat(101)}${']'.repeat(101)}` }],
  ['arguments with a key of prototypes', { method: 'kv.get', args: '{"__proto__":{}}' }],
  ['arguments that are too long', { method: 'kv.get', args: JSON.stringify('x'.repeat(1_000)) }],
])('%s never reach the host', async (_name, ask) => {
  const asked: string[] = [];
  const answer: AnswerHostRequest = async ({ method }) => {
    asked.push(method);
    return { success: true, value: null };
  };
  expect(await answerAsk({ ...DEPS, answer }, new HostAccount(null), ask)).toMatch(/^r/);
  expect(asked).toEqual([]);
});

test.each([
  ['kv.get', false],
  ['kv.list', false],
  ['kv.set', true],
  ['kv.delete', true],
  ['http.fetch', true],
  ['events.emit', true],
] as const)('%s has something told: %s, before it is carried out', async (method, told) => {
  const account = new HostAccount(null);
  const seen: boolean[] = [];
  const answer: AnswerHostRequest = async () => {
    seen.push(account.told);
    return { success: true, value: null };
  };
  await answerAsk({ ...DEPS, answer }, account, { method, args: '{}' });
  expect(seen).toEqual([told]);
});

test('a host that fails refuses', async () => {
  const answer: AnswerHostRequest = () => Promise.reject(new Error('secret'));
  expect(await answerAsk({ ...DEPS, answer }, new HostAccount(null), { method: 'kv.get', args: '{}' })).toBe(
    'rThe host could not do it.',
  );
});
