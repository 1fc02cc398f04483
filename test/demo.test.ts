import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { PLUGIN_HOOKS } from '../src/sdk/hooks.ts';

const DEMO = fileURLToPath(new URL('../scripts/demo.ts', import.meta.url));

async function runDemo(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [DEMO, ...args], {
    env: { ...process.env, FORCE_COLOR: undefined, HOOKLINE_TOKEN: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, code: child.exitCode };
}

describe('the demo', () => {
  let demo: Awaited<ReturnType<typeof runDemo>>;

  beforeAll(async () => {
    demo = await runDemo([]);
  });

  test('ends by itself, without a word of trouble', () => {
    expect(demo).toMatchObject({ code: 0, err: '' });
  });

  test.each(Object.keys(PLUGIN_HOOKS))('shows %s with its steps', (hook) => {
    expect(demo.out).toMatch(
      new RegExp(
        `hook +${hook} +[A-Z]+ +[\\d.]+ ms.*\\n(?: +- .*\\n)* +- run-recorder +CONTINUED +[\\d.]+ ms  observe`,
      ),
    );
  });

  test.each([
    ['add', '42'],
    ['multiply', '84'],
    ['divide', '12'],
  ])('shows %s start in the sandbox and end as %s', (tool, result) => {
    expect(demo.out).toMatch(new RegExp(`tool +${tool} +STARTED +{"a":`));
    expect(demo.out).toMatch(new RegExp(`tool +${tool} +SUCCEEDED +[\\d.]+ ms +\\S* ?${result}\\n`));
  });

  test('shows the error of a tool, a block and a change', () => {
    expect(demo.out).toMatch(/tool +divide +FAILED +[\d.]+ ms +DIVISION_BY_ZERO: Cannot divide by zero\./);
    expect(demo.out).toMatch(/hook +BEFORE_TOOL_CALL +BLOCKED +[\d.]+ ms +send_mail +tool-guard: TOOL_DENIED/);
    expect(demo.out).toContain('pii-redactor changed replace /params/text "For [email]: it is 12."');
    expect(demo.out).toMatch(/answers: It is 12\..*\[email\]/);
  });

  test('counts in the end what it showed', () => {
    const lines = demo.out.match(/^ +\+\d+\.\d\d s {2}(?:hook|tool|plugin)/gm) ?? [];
    expect(demo.out).toContain(`Events  ${lines.length} arrived`);
    expect(demo.out).toContain('6 of 6');
  });

  test('writes no colours where there is no terminal', () => {
    expect(demo.out).not.toContain('\u001b[');
  });
});

test.each([
  [['--url', 'http://127.0.0.1:9'], {}, 'HOOKLINE_TOKEN is not set'],
  [['--url', 'nowhere'], { HOOKLINE_TOKEN: 'token' }, 'it must be a URL'],
  [['--url', 'http://127.0.0.1:9'], { HOOKLINE_TOKEN: 'token' }, 'No server answers at http://127.0.0.1:9'],
  [['--wrong'], {}, "Unknown option '--wrong'"],
])('%j %j says what is wrong', async (args, env, message) => {
  const { out, err, code } = await runDemo(args, env);
  expect(err).toContain(message);
  expect(err).not.toContain('    at ');
  expect({ out, code }).toEqual({ out: '', code: 1 });
});
