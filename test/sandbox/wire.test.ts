import { describe, expect, test } from 'vitest';
import { decodeCall, decodeFrame, encodeCall, encodeFrame, encodeValue, LineReader } from '../../src/sandbox/frames.ts';
import { parseGuestJson } from '../../src/sandbox/guest-json.ts';
import { isSafeIsolatedVm } from '../../src/sandbox/isolated-vm-gate.ts';

describe('frames', () => {
  test.each([
    [{ id: 1 }, undefined],
    [{ id: 1, text: 'tab\t, line\n, \u2028' }, '{"a":"\\t\\n"}'],
    [{}, ''],
  ])('%j with %j arrive as they were, however they are cut', (head, body) => {
    const text = encodeFrame(head, body) + encodeFrame({ last: true });
    for (let cut = 0; cut <= text.length; cut += 1) {
      const lines: string[] = [];
      const reader = new LineReader(1_000, (line) => lines.push(line));
      reader.push(text.slice(0, cut));
      reader.push(text.slice(cut));
      expect(lines.map(decodeFrame)).toEqual([
        { head, body },
        { head: { last: true }, body: undefined },
      ]);
    }
  });

  test('that are too long are refused before they end', () => {
    const reader = new LineReader(10, () => undefined);
    expect(() => reader.push('x'.repeat(11))).toThrow('longer than 10');
  });

  test.each(['', 'nonsense', '[]', '1', '{"a":1'])('%j is none', (line) => {
    expect(() => decodeFrame(line)).toThrow('A frame head is not');
  });

  test('have a body of one line', () => {
    expect(() => encodeFrame({}, 'a\nb')).toThrow('one line');
    expect(() => encodeCall(1, 2, 3, 'a\nb')).toThrow('one line');
  });

  test('of calls and of values are short, and say the same', () => {
    expect(decodeCall(encodeCall(7, 3, 0.5, '{"a":"\\t 1"}').trimEnd())).toEqual({
      id: 7,
      instance: 3,
      ms: 0.5,
      text: '{"a":"\\t 1"}',
    });
    expect(decodeCall(encodeFrame({ type: 'call', id: 7 }).trimEnd())).toBeUndefined();
    expect(decodeFrame(encodeValue(7, '[1, 2]').trimEnd())).toEqual({ head: { id: 7, ok: true }, body: '[1, 2]' });
  });

  test.each(['c', 'c1', 'c1 2\tx', 'c1 2 x\tx', 'cx 2 3\tx', 'c1 2 3', 'c-1 2 3\tx', 'v', 'v1', 'v\tx', 'vx\tx'])(
    '%j is none of a call or a value',
    (line) => {
      expect(() => decodeCall(line) ?? decodeFrame(line)).toThrow('A frame head lacks a number');
    },
  );
});

describe('JSON of a guest', () => {
  test.each([
    '{"__proto__":{}}',
    '[{"a":{"__proto__":1}}]',
    '{"\\u005f_proto__":1}',
    '{"prototype":{}}',
    '{"constructor":{"prototype":{}}}',
  ])('%s is refused', (text) => {
    expect(parseGuestJson(text)).toMatchObject({ problem: expect.stringContaining('is not allowed') as string });
  });

  test('is refused when it is no JSON, or too deep', () => {
    expect(parseGuestJson('{')).toEqual({ problem: 'It is not JSON.' });
    expect(parseGuestJson('['.repeat(101) + ']'.repeat(101))).toEqual({
      problem: 'It is nested more than 100 levels deep.',
    });
    expect(parseGuestJson('['.repeat(100) + ']'.repeat(100))).toHaveProperty('value');
  });

  test.each(['null', '{"constructor":"Ferrari"}', '{"a":[1,"x",{"b":null}]}'])('%s is read', (text) => {
    expect(parseGuestJson(text)).toEqual({ value: JSON.parse(text) as unknown });
  });
});

test.each([
  ['5.0.4', false],
  ['6.1.2', false],
  ['6.2.0', true],
  ['6.3.1', true],
  ['7.0.0', false],
  ['7.0.1', true],
  ['8.0.0', true],
  ['unknown', false],
])('isolated-vm %s may hold plugins: %s', (version, safe) => {
  expect(isSafeIsolatedVm(version)).toBe(safe);
});
