import { describe, expect, test } from 'vitest';
import { capPayload, MESSAGE_MAX_CHARS, PAYLOAD_PART_MAX_BYTES } from '../../src/events/cap-payload.ts';
import { executionError } from '../../src/errors/execution-error.ts';
import { hookInvocation, hookStep, toolExecution } from './journal-rig.ts';

/** JSON of exactly so many bytes: the quotes take two. */
const text = (bytes: number) => 'x'.repeat(bytes - 2);
const LARGEST = text(PAYLOAD_PART_MAX_BYTES);
const TOO_LARGE = text(PAYLOAD_PART_MAX_BYTES + 1);

function capInvocation(fields: Parameters<typeof hookInvocation>[0]) {
  const { event } = capPayload({ type: 'HOOK_INVOKED', invocation: hookInvocation(fields) });
  if (event.type !== 'HOOK_INVOKED') throw new Error('The type changed.');
  return event.invocation;
}

function capExecution(fields: Parameters<typeof toolExecution>[0]) {
  const { event } = capPayload({ type: 'TOOL_EXECUTED', kind: 'COMPLETED', execution: toolExecution(fields) });
  if (event.type !== 'TOOL_EXECUTED') throw new Error('The type changed.');
  return event.execution;
}

describe('what is too large for the journal', () => {
  test('the text is the event that is kept', () => {
    const { event, text: json } = capPayload({
      type: 'TOOL_EXECUTED',
      kind: 'COMPLETED',
      execution: toolExecution({ data: TOO_LARGE }),
    });
    expect(JSON.parse(json)).toEqual(event);
  });

  test('64 KiB of output stays, one byte more goes, and truncated says so', () => {
    expect(capInvocation({ output: LARGEST })).toMatchObject({ output: LARGEST, truncated: false });
    expect(capInvocation({ output: TOO_LARGE })).toMatchObject({
      output: null,
      truncated: true,
      input: expect.anything(),
    });
  });

  test('bytes count, not characters', () => {
    expect(capExecution({ data: 'ä'.repeat(PAYLOAD_PART_MAX_BYTES / 2) })).toMatchObject({
      data: null,
      truncated: true,
    });
    expect(capExecution({ data: 'ä'.repeat(PAYLOAD_PART_MAX_BYTES / 2 - 1) })).toMatchObject({ truncated: false });
  });

  test.each([
    ['input', capInvocation({ input: { x: TOO_LARGE } }), { input: null, truncated: true }],
    [
      'block details',
      capInvocation({ block: { pluginName: 'p', code: 'C', reason: 'r', details: TOO_LARGE } }),
      { block: { details: null, reason: 'r' }, truncated: true },
    ],
    ['params', capExecution({ params: { x: TOO_LARGE } }), { params: null, data: 3, truncated: true }],
    ['data', capExecution({ data: [TOO_LARGE] }), { data: null, params: { a: 1, b: 2 }, truncated: true }],
  ])('%s', (_name, capped, expected) => {
    expect(capped).toMatchObject(expected);
  });

  test('patches share one allowance: from the first that does not fit they are left out', () => {
    const patch = (bytes: number) => [{ op: 'replace', path: '/x', value: text(bytes) }];
    const steps = [
      hookStep('a', { patch: patch(40_000) }),
      hookStep('b', { patch: patch(40_000) }),
      hookStep('c', { patch: patch(10) }),
      hookStep('d'),
    ];
    const capped = capInvocation({ steps });
    expect(capped.steps.map((step) => step.patch === null)).toEqual([false, true, true, true]);
    expect(capped.truncated).toBe(true);
    expect(capInvocation({ steps: steps.slice(0, 1) })).toMatchObject({ steps: steps.slice(0, 1), truncated: false });
  });

  test('sentences are shortened', () => {
    const long = 'y'.repeat(MESSAGE_MAX_CHARS + 1);
    const { error } = capExecution({ error: executionError('PLUGIN_ERROR', long) });
    expect(error?.message).toHaveLength(MESSAGE_MAX_CHARS);
    expect(
      capInvocation({ block: { pluginName: 'p', code: 'C', reason: long, details: null } }).block?.reason,
    ).toHaveLength(MESSAGE_MAX_CHARS);
  });

  test("a plugin's snapshot goes when it is too large, and its event says so", () => {
    const event = { type: 'PLUGIN_CHANGED', kind: 'ENABLED', pluginName: 'p' } as const;
    expect(capPayload({ ...event, plugin: { x: TOO_LARGE } }).event).toEqual({
      ...event,
      plugin: null,
      truncated: true,
    });
    const small = { ...event, plugin: { x: text(5_000) } };
    expect(capPayload(small).event).toEqual(small);
  });

  test('what was truncated before stays marked', () => {
    expect(capExecution({ truncated: true, data: text(5_000) })).toMatchObject({ truncated: true });
  });
});
