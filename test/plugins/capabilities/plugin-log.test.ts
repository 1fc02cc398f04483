import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/json.ts';
import { createPluginLog } from '../../../src/plugins/capabilities/plugin-log.ts';
import { createAskApp } from './ask-plugin.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly tenantId?: string;
  readonly pluginName?: string;
  readonly fields?: JsonObject;
}

/** A real log, and the lines that it wrote. */
function openLog() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
  const log = pino({ level: 'debug', base: null }, stream);
  return { log, lines: () => lines.map((line) => JSON.parse(line) as Line), raw: lines };
}

function openPluginLog(linesPerSecond = 20) {
  let time = 0;
  const { log, lines, raw } = openLog();
  const write = createPluginLog({ log, limits: { logLinesPerSecond: linesPerSecond }, now: () => time });
  const say = (message: unknown, fields: unknown = {}, pluginName = 'p') =>
    write({
      tenantId: 'Tenant:t',
      pluginName,
      level: 'info',
      message: message as string,
      fields: fields as JsonObject,
    });
  return { say, lines, raw, pass: (ms: number) => (time += ms) };
}

describe('a line', () => {
  test.each([
    ['a line end', 'a\n{"level":60}', 'a\\n{"level":60}'],
    ['a carriage return', 'a\rb', 'a\\u{d}b'],
    ['an escape sequence', 'a\u001b[31mb', 'a\\u{1b}[31mb'],
    ['a C1 control', 'a\u009bb', 'a\\u{9b}b'],
    ['NUL', 'a\0b', 'a\\u{0}b'],
    ['a line separator', 'a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
    ['bidirectional overrides', 'a\u202eb\u2066c\u200fd', 'a\\u{202e}b\\u{2066}c\\u{200f}d'],
    ['what is not seen', 'a\u200bb\ufeffc\u{e0041}d', 'a\\u{200b}b\\u{feff}c\\u{e0041}d'],
    ['half a character', 'a\ud800b', 'a\\u{d800}b'],
    ['letters of the world', 'añ日本語😀', 'añ日本語😀'],
  ])('with %s shows it and obeys it not', (_title, message, shown) => {
    const { say, lines, raw } = openPluginLog();
    say(message, { [message]: [{ deep: message }] });
    expect(raw).toHaveLength(1);
    expect(lines()[0]).toMatchObject({
      msg: shown,
      fields: { [shown]: [{ deep: shown }] },
      tenantId: 'Tenant:t',
      pluginName: 'p',
    });
  });

  test.each([
    ['no text', 7, '7'],
    ['nothing', undefined, ''],
    ['an object', { a: 1 }, '{"a":1}'],
    ['a text that is too long', 'x'.repeat(5_000), `${'x'.repeat(4_095)}…`],
  ])('with %s is written all the same', (_title, message, shown) => {
    const { say, lines } = openPluginLog();
    say(message);
    expect(lines()[0]?.msg).toBe(shown);
  });

  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  let deep: unknown = 1;
  for (let level = 0; level < 5_000; level += 1) deep = [deep];
  test.each([
    ['a cycle', cycle, {}],
    ['a list', [1], { omitted: 'the fields were not a JSON object' }],
    ['what is nested too deeply', { deep }, { omitted: 'the fields were not a JSON object' }],
    ['what is too long', { text: 'x'.repeat(9_000) }, { omitted: 'the fields were too long' }],
    ['a prototype', JSON.parse('{"__proto__":{"a":1}}'), { omitted: 'the fields were not a JSON object' }],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('no');
        },
      },
      {},
    ],
  ])('is written without fields that hold %s', (_title, fields, shown) => {
    const { say, lines } = openPluginLog();
    say('m', fields);
    expect(lines()[0]?.fields).toEqual(shown);
  });

  test('cannot say who wrote it, or how bad it is', () => {
    const { say, lines } = openPluginLog();
    say('m', { tenantId: 'Tenant:other', level: 60, msg: 'forged', pluginName: 'other' });
    expect(lines()[0]).toMatchObject({ level: 30, msg: 'm', tenantId: 'Tenant:t', pluginName: 'p' });
  });
});

describe('a flood', () => {
  test('gives what was saved up and one warning; what is allowed again is written again', () => {
    const { say, lines, pass } = openPluginLog(2);
    for (let line = 0; line < 1_000; line += 1) say(`line ${line}`);
    expect(lines()).toHaveLength(21);
    expect(lines().at(-1)).toMatchObject({ level: 40, pluginName: 'p', linesPerSecond: 2 });
    pass(1_000);
    for (let line = 0; line < 10; line += 1) say('later');
    expect(lines()).toHaveLength(23);
    pass(60_000);
    for (let line = 0; line < 1_000; line += 1) say('much later');
    expect(lines().filter(({ level }) => level === 40)).toHaveLength(2);
  });

  test('of one plugin leaves the others their lines', () => {
    const { say, lines } = openPluginLog(1);
    for (let line = 0; line < 100; line += 1) say('loud', {}, 'loud');
    say('quiet', {}, 'quiet');
    expect(lines().at(-1)).toMatchObject({ msg: 'quiet', pluginName: 'quiet' });
  });

  test.each([
    ['in the sandbox', 'ask', 'asker'],
    ['in process', 'ask_inside', 'insider'],
  ])(
    '%s leaves the log and the memory of the server as they are',
    async (_title, tool, name) => {
      const { log, lines } = openLog();
      await using app = await createAskApp([], { log });
      await app.grant(name, null);
      await app.ask('log', ['warn', 'once\nonly', { a: 1 }], { tool });
      expect(lines().filter(({ pluginName }) => pluginName === name)).toMatchObject([
        { level: 40, msg: expect.stringMatching(/^once\\(n|u000a)only$/) as string, fields: { a: 1 } },
      ]);
      const before = process.memoryUsage().rss;
      for (let call = 0; call < 3; call += 1) await app.ask('logOften', [100_000], { tool });
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
      const own = lines().filter(({ pluginName }) => pluginName === name);
      expect(own.length).toBeGreaterThan(10);
      // Two hundred saved up, and twenty for each second that it took.
      expect(own.length).toBeLessThan(200 + 20 * 60);
    },
    60_000,
  );
});
