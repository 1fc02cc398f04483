/** `hookline tail` against a real server: what it prints, what it leaves out, where it begins, and how it ends. */
import { execFile } from 'node:child_process';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createClient, type HooklineEvent } from '../../src/client/index.ts';
import { TAIL_LINE_MAX_CHARS } from '../../src/cli/tail/render-event.ts';
import type { JsonObject } from '../../src/json/json.ts';
import { createTestApp, TEST_SECRET, type TestApp } from '../rig/create-test-app.ts';
import { openCutProxy } from '../client/cut-proxy.ts';
import { startProgram } from '../start-program.ts';
import { runCommandLine } from './run-command-line.ts';

vi.setConfig({ testTimeout: 60_000 });

const run = promisify(execFile);

const PLUGIN = `import { block, definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'watcher', version: '1.0.0', author: 'Ada', description: 'Blocks and tells.', requiredPermissions: ['events:emit'],
  hooks: {
    ON_REASONING_STEP: {
      mode: 'validate',
      async handle(data, context) {
        if (data.step === 'tell') await context.emit('told', { of: 'it' });
        return data.step === 'wrong' ? block({ code: 'WRONG', reason: 'That leads nowhere.' }) : undefined;
      },
    },
  },
});`;

const TELLER = `import { definePlugin } from 'hookline/sdk';
export default definePlugin({
  name: 'teller', version: '1.0.0', author: 'Ada', description: 'Tells how far it is.',
  tools: {
    tell: {
      description: 'Tells.', parameters: { type: 'object' },
      execute: async (params, { progress, part }) => {
        progress({ done: 1 });
        part('first');
        await new Promise((done) => setTimeout(done, 300));
        return { success: true, data: null };
      },
    },
    bulk: { description: 'Much.', parameters: { type: 'object' }, execute: () => ({ success: true, data: 'x'.repeat(100_000) }) },
    nothing: { description: 'Nothing.', parameters: { type: 'object' }, execute: () => ({ success: true, data: null }) },
  },
});`;

let app: TestApp;
let env: Record<string, string>;
beforeAll(async () => {
  app = await createTestApp({ plugins: { 'watcher.ts': PLUGIN, 'teller.ts': TELLER } });
  env = { HOOKLINE_JWT_SECRET: TEST_SECRET };
  await app.enable('calculator');
  await app.enable('watcher');
  const actor = await app.actor();
  const step = async (step: string, names: { runId?: string; agentId?: string } = {}) =>
    app.useCases.invokeHook(actor, { hook: 'ON_REASONING_STEP', data: { step }, ...names });
  await app.useCases.executeTool(actor, { toolName: 'add', params: { a: 1, b: 2 }, runId: 'r1', agentId: 'ada' });
  await app.useCases.executeTool(actor, { toolName: 'divide', params: { a: 1, b: 0 }, runId: 'r2' });
  await step('right', { runId: 'r1' });
  await step('wrong', { agentId: 'bob' });
  await step('tell', { runId: 'r3' });
});
afterAll(() => app.close());

async function tail(...args: readonly string[]) {
  return runCommandLine(['tail', '--tenant', 'acme', '--url', app.url, ...args], { env });
}

async function happen(count: number, data: JsonObject, runId: string): Promise<void> {
  const actor = await app.actor();
  for (let index = 0; index < count; index += 1)
    await app.useCases.invokeHook(actor, { hook: 'BEFORE_AGENT_RUN', data: { ...data, index }, runId });
}

/** Kind, subject and outcome of each line. */
function rowsOf(out: string): readonly string[] {
  return out.split('\n').flatMap((line) => {
    const [, kind, subject, outcome] = /^[\d:.]+ {2}(\w+) +(\w+) +([A-Z_]*)/.exec(line) ?? [];
    return kind === undefined ? [] : [`${kind} ${subject} ${outcome}`.trim()];
  });
}

const FIRST = ['plugin calculator ENABLED', 'plugin watcher ENABLED'];
const ADD = [
  'hook BEFORE_TOOL_CALL CONTINUED',
  'tool add STARTED',
  'hook AFTER_TOOL_CALL CONTINUED',
  'tool add SUCCEEDED',
];
const DIVIDE = [
  'hook BEFORE_TOOL_CALL CONTINUED',
  'tool divide STARTED',
  'hook AFTER_TOOL_CALL CONTINUED',
  'tool divide FAILED',
];
const STEPS = [
  'hook ON_REASONING_STEP CONTINUED',
  'hook ON_REASONING_STEP BLOCKED',
  'emitted told',
  'hook ON_REASONING_STEP CONTINUED',
];

describe('what is there', () => {
  test('one line for each event, oldest first', async () => {
    const { code, out, err } = await tail('--no-follow');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(rowsOf(out)).toEqual([...FIRST, ...ADD, ...DIVIDE, ...STEPS]);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(FIRST.length + ADD.length + DIVIDE.length + STEPS.length);
    const time = '\\d\\d:\\d\\d:\\d\\d\\.\\d{3}';
    expect(out).toMatch(new RegExp(`^${time}  plugin   calculator          ENABLED +version 1\\.0\\.0$`, 'm'));
    expect(out).toMatch(
      new RegExp(`^${time}  tool     add                 STARTED +calculator  run=r1  agent=ada  {"a":1,"b":2}$`, 'm'),
    );
    expect(out).toMatch(
      new RegExp(
        `^${time}  tool     add                 SUCCEEDED +[\\d.]+ ms  calculator  run=r1  agent=ada  = 3$`,
        'm',
      ),
    );
    expect(out).toMatch(
      / tool +divide +FAILED +[\d.]+ ms {2}calculator {2}run=r2 {2}DIVISION_BY_ZERO: Cannot divide by zero\.$/m,
    );
    expect(out).toMatch(
      / hook +ON_REASONING_STEP +BLOCKED +[\d.]+ ms {2}agent=bob {2}watcher: WRONG, That leads nowhere\.$/m,
    );
    expect(out).toMatch(/ emitted {2}told +watcher {2}run=r3 {2}{"of":"it"}$/m);
  });

  test.each([
    [['--type', 'plugin'], FIRST],
    [
      ['--type', 'emitted', 'plugin'],
      [...FIRST, 'emitted told'],
    ],
    [['--tool', 'add'], ADD],
    [
      ['--tool', 'divide', '--type', 'tool'],
      ['tool divide STARTED', 'tool divide FAILED'],
    ],
    [
      ['--status', 'FAILED', 'SUCCEEDED'],
      ['tool add SUCCEEDED', 'tool divide FAILED'],
    ],
    [['--outcome', 'BLOCKED'], ['hook ON_REASONING_STEP BLOCKED']],
    [
      ['--hook', 'AFTER_TOOL_CALL'],
      ['hook AFTER_TOOL_CALL CONTINUED', 'hook AFTER_TOOL_CALL CONTINUED'],
    ],
    [['--hook', 'BEFORE_TOOL_CALL', '--tool', 'divide'], ['hook BEFORE_TOOL_CALL CONTINUED']],
    [
      ['--run', 'r1'],
      [...ADD, 'hook ON_REASONING_STEP CONTINUED'],
    ],
    [['--run', 'r1', '--agent', 'ada'], ADD],
    [['--agent', 'bob'], ['hook ON_REASONING_STEP BLOCKED']],
    [
      ['--plugin', 'watcher'],
      ['plugin watcher ENABLED', ...STEPS],
    ],
    [
      ['--plugin', 'watcher', '--run', 'r3'],
      ['emitted told', 'hook ON_REASONING_STEP CONTINUED'],
    ],
    [['--run', 'nobody'], []],
    [['--last', '3'], STEPS.slice(-3)],
    [['--last', '1', '--status', 'SUCCEEDED'], ['tool add SUCCEEDED']],
    [['--last', '1000', '--tool', 'add'], ADD],
  ])('%j', async (args, rows) => {
    expect(rowsOf((await tail('--no-follow', ...args)).out)).toEqual(rows);
  });

  test('--last finds what lies far back', async () => {
    await happen(600, { input: 'x' }, 'filler');
    expect(rowsOf((await tail('--no-follow', '--tool', 'divide', '--last', '2')).out)).toEqual(DIVIDE.slice(-2));
    expect(rowsOf((await tail('--no-follow', '--last', '300')).out)).toHaveLength(300);
  });

  test('--json is the events themselves, one in a line', async () => {
    const { out, err } = await tail('--no-follow', '--json', '--run', 'r1');
    expect(err).toBe('');
    const told = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as HooklineEvent);
    const client = createClient({ url: app.url, token: await app.token() });
    const wanted: HooklineEvent[] = [];
    for await (const event of client.run({ runId: 'r1' }).events({ after: 'start' })) {
      if (wanted.push(event) === told.length) break;
    }
    expect(told).toEqual(wanted);
    client.close();
    const { out: rest } = await tail('--no-follow', '--json', '--run', 'r1', '--after', told[1]?.cursor ?? '');
    expect(rest).toBe(out.split('\n').slice(2).join('\n'));
  });
});

describe('what a tool tells while it works', () => {
  test('is a line for each: how far it is, and the parts of its result', async () => {
    await app.enable('teller');
    const actor = await app.actor();
    await app.useCases.executeTool(actor, { toolName: 'tell', params: {}, runId: 'telling' });
    const { out } = await tail('--no-follow', '--run', 'telling', '--type', 'tool');
    const told = out.split('\n').filter((line) => line.includes(' PROGRESS '));
    expect(told.join('\n')).toContain('{"done":1}');
    expect(told.join('\n')).toMatch(/part 0: "first"/);
    expect(out).toMatch(/ tell +STARTED .*\n[^]* tell +SUCCEEDED /);
  });
});

describe('what was too large for the journal', () => {
  test('is said to be cut, which another null is not', async () => {
    const actor = await app.actor();
    const call = (toolName: string) => app.useCases.executeTool(actor, { toolName, params: {}, runId: 'large' });
    await app.enable('teller');
    await call('bulk');
    await call('nothing');
    await app.useCases.invokeHook(actor, {
      hook: 'AFTER_AGENT_RUN',
      data: { output: 'x'.repeat(100_000) },
      runId: 'large',
    });
    const { out } = await tail('--no-follow', '--run', 'large');
    expect(out).toMatch(/ bulk +SUCCEEDED .*run=large {2}\(cut: too large for the journal\)\n/);
    expect(out).toMatch(/ nothing +SUCCEEDED .*run=large {2}= null\n/);
    expect(out).toMatch(/ AFTER_AGENT_RUN +CONTINUED .*\(cut: too large for the journal\)\n/);
  });
});

describe('what is hostile to a terminal', () => {
  const nasty = '\u001b]0;title\u0007\u001b[2J\nnew line\r\u009b31m\u202e\u2028\u200b\ud800 end';

  test('is escaped, and a line is no longer than it may be', async () => {
    const actor = await app.actor();
    await app.useCases.invokeHook(actor, { hook: 'BEFORE_AGENT_RUN', data: { input: nasty }, runId: nasty });
    await app.useCases.executeTool(actor, { toolName: 'add', params: { a: 1, b: 2 }, runId: 'x'.repeat(5_000) });
    const { out } = await tail('--no-follow', '--last', '5');
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(lines[0]).toContain(
      'run=\\u{1b}]0;title\\u{7}\\u{1b}[2J\\nnew line\\r\\u{9b}31m\\u{202e}\\u{2028}\\u{200b}',
    );
    expect(Math.max(...lines.map((line) => line.length))).toBe(TAIL_LINE_MAX_CHARS);
    expect(lines.at(-1)).toMatch(/x…$/);

    const { out: json } = await tail('--no-follow', '--last', '5', '--json');
    expect(json.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(json.split('\n')[0] ?? '')).toMatchObject({
      invocation: {
        runId: expect.stringContaining('\u001b]0;title\u0007\u001b[2J\nnew line\r\u009b31m\u202e\u2028\u200b'),
      },
    });
  });

  test.each<[{ isTerminal: boolean; env?: Record<string, string> }, boolean]>([
    [{ isTerminal: true }, true],
    [{ isTerminal: false }, false],
    [{ isTerminal: true, env: { NO_COLOR: '1' } }, false],
  ])('colours for %j: %s', async ({ isTerminal, env: more = {} }, colours) => {
    const args = ['tail', '--tenant', 'acme', '--url', app.url, '--no-follow', '--status', 'FAILED'];
    const { out } = await runCommandLine(args, { env: { ...env, ...more }, isTerminal });
    expect(out !== stripVTControlCharacters(out)).toBe(colours);
    expect(rowsOf(stripVTControlCharacters(out))).toEqual(['tool divide FAILED']);
  });
});

describe('what cannot be', () => {
  test.each([
    [['--after', 'start', '--last', '2'], 2, /cannot be used with option/],
    [['--last', '0'], 2, /from 1 to 100000/],
    [['--hook', 'NEVER'], 2, /Allowed choices are BEFORE_AGENT_RUN/],
    [['--hook', 'ON_ERROR', '--status', 'FAILED'], 1, /^No event has all of that: --hook, --status\./],
    [['--type', 'plugin', '--run', 'r1'], 1, /^No event has all of that: --run\./],
    [['--after', 'nonsense'], 1, /cursor/],
    [['--after', 'nonsense', '--no-follow'], 1, /^The cursor "nonsense" cannot be read/],
    [['--tenant', 'nobody', '--no-follow'], 1, /or no such tenant/],
    [['--token', 'nonsense', '--no-follow'], 1, /HOOKLINE_TOKEN as there/],
    [['--url', 'ftp://host'], 1, /must be a URL/],
  ])('%j', async (args, code, message) => {
    const result = await tail(...args);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toMatch(message);
  });

  test('no tenant, and no server', async () => {
    const noTenant = await runCommandLine(['tail', '--url', app.url], { env });
    expect(noTenant).toEqual({ code: 1, out: '', err: '--tenant is missing: whose events? Such as --tenant demo.\n' });
    const noServer = await runCommandLine(['tail', '--tenant', 'acme', '--url', 'http://127.0.0.1:9'], { env });
    expect(noServer).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^No server answers at http:\/\/127\.0\.0\.1:9\./),
    });
  });
});

describe('as a process', () => {
  const command = (...args: readonly string[]): [string, ...string[]] => [
    'node',
    'src/main.ts',
    'tail',
    '--tenant',
    'acme',
    '--url',
    app.url,
    ...args,
  ];
  const followed = async () => expect(await app.metrics.text()).toMatch(/^hookline_subscribers 1$/m);

  test('it follows, and Ctrl+C says how to go on, where it then goes on', async () => {
    await using first = startProgram(command('--run', 'live', '--last', '1'), { env });
    await vi.waitFor(followed, { timeout: 30_000 });
    await happen(2, { input: 'live' }, 'live');
    await happen(1, { input: 'other' }, 'other');
    await first.waitFor(/(hook +BEFORE_AGENT_RUN[^\n]+run=live.*\n[^]*){2}/);
    first.kill('SIGINT');
    expect(await first.ended()).toBe(0);
    const [, cursor = ''] = await first.waitFor(/To go on from here: --after (\S+)/);
    expect(first.printed()).not.toContain('run=other');

    await happen(1, { input: 'meanwhile' }, 'live');
    await using second = startProgram(command('--run', 'live', '--json', '--after', cursor), { env });
    await second.waitFor(/Following http\S+\. Ctrl/);
    await second.waitFor(/"input":"meanwhile"/);
    await happen(1, { input: 'again' }, 'live');
    await second.waitFor(/"input":"again"/);
    second.kill('SIGTERM');
    expect(await second.ended()).toBe(0);
    expect(second.printed().match(/"runId":"live"/g)).toHaveLength(2);
  });

  test('cut off, it says so, and when it is connected again it says that', async () => {
    await using proxy = await openCutProxy(app.url);
    await using following = startProgram(
      ['node', 'src/main.ts', 'tail', '--tenant', 'acme', '--url', proxy.url, '--run', 'cut'],
      { env },
    );
    await following.waitFor(/Following http\S+\. Ctrl/);
    await vi.waitFor(followed, { timeout: 30_000 });
    proxy.cut();
    await following.waitFor(
      /Cut off from \S+ \(UNREACHABLE\): trying again in [\d.]+ s[^]*\nConnected to \S+ again\.\n/,
    );
    await happen(1, { input: 'after' }, 'cut');
    await following.waitFor(/run=cut/);
    expect(following.printed().match(/Connected/g)).toHaveLength(1);
  });

  test('an end of another kind says how to go on as well', async () => {
    const token = await app.token({ expiresInSeconds: 20 });
    await using following = startProgram(
      ['node', 'src/main.ts', 'tail', '--token', token, '--url', app.url, '--run', 'expires'],
      { env },
    );
    expect(await following.ended()).toBe(1);
    expect(following.printed()).toMatch(/\nTo go on from here: --after \S+\n/);
    expect(following.printed()).toContain('The token has expired. Give another one by --token or HOOKLINE_TOKEN.');
  });

  test('a pipe that is closed ends it without a word', async () => {
    const script = `${command('--json', '--no-follow').join(' ')} | head -n 1; echo "code \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await run('bash', ['-c', script], { env: { ...process.env, ...env, NO_COLOR: '1' } });
    const [line = '', code] = stdout.split('\n');
    expect(JSON.parse(line)).toMatchObject({ __typename: 'PluginChangedEvent', pluginName: 'calculator' });
    expect({ code, stderr }).toEqual({ code: 'code 0', stderr: '' });
  });
});
