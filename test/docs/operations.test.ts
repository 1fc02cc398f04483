import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAPABILITY_LIMITS } from '../../src/config/capability-limits.ts';
import { readSettings, SettingsError } from '../../src/config/settings.ts';
import { limitSetting } from '../../src/config/read-limits.ts';
import { LIMIT_NAMES, SANDBOX_LIMITS } from '../../src/config/sandbox-limits.ts';
import { findIsolatedVm } from '../../src/sandbox/isolated-vm-gate.ts';
import { RUNNER_HEAP_MB } from '../../src/sandbox/measured.ts';
import { SANDBOX_TIERS } from '../../src/sandbox/confinement.ts';
import {
  compilerCommand,
  compilerProgram,
  runnerCommand,
  runnerProgram,
  type SandboxProfile,
} from '../../src/sandbox/process-flags.ts';
import { runnerBuild } from '../../src/sandbox/runner-build.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { PORTABLE } from '../sandbox/tiers.ts';
import { blocksIn } from './code-blocks.ts';
import { tableUnder } from './read-table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}/docs/OPERATIONS.md`, 'utf8');

describe('the settings of the page', () => {
  const rows = tableUnder(page, 'Settings').map(([name = '', byDefault = '', mayBe = '']) => ({
    name: codesIn(name)[0] ?? '',
    byDefault: codesIn(byDefault)[0],
    mayBe,
  }));

  test('are those the server reads', () => {
    const read = new Set<string>();
    const env = new Proxy<Record<string, string>>({}, { get: (_, name) => void read.add(String(name)) });
    readSettings(env, root);
    const limits = [
      ...LIMIT_NAMES.map(limitSetting),
      ...Object.values(CAPABILITY_LIMITS).map(({ setting }) => setting),
    ];
    expect([...rows.map(({ name }) => name), ...limits].toSorted()).toEqual([...read].toSorted());
  });

  test.each(rows)('$name has the default it has', ({ name, byDefault }) => {
    const env = byDefault === undefined ? {} : { [name]: byDefault };
    expect(readSettings(env, root)).toEqual(readSettings({}, root));
  });

  test.each(rows.filter(({ mayBe }) => mayBe.includes('`')))('$name may be $mayBe', ({ name, mayBe }) => {
    for (const value of codesIn(mayBe)) expect(() => readSettings({ [name]: value }, root)).not.toThrow();
    const [, min, max] = /`(\d+)` to `(\d+)`/.exec(mayBe) ?? [];
    for (const value of min && max ? [Number(min) - 1, Number(max) + 1] : []) {
      expect(() => readSettings({ [name]: String(value) }, root)).toThrow(SettingsError);
    }
  });

  test.each(rows.filter(({ mayBe }) => /^`\w+`, `/.test(mayBe)))('$name may be nothing else', ({ name }) => {
    expect(() => readSettings({ [name]: 'something-else' }, root)).toThrow(SettingsError);
  });
});

test('the tiers of the page are those there are, the strongest first', () => {
  const [, shown = ''] = page.split('<!-- tiers -->');
  expect(tableRows(shown)).toEqual(Object.entries(SANDBOX_TIERS).map(([tier, means]) => [`\`${tier}\``, means]));
});

test('the limits of the page are those there are', async () => {
  const rows = Object.entries(SANDBOX_LIMITS).map(([name, limit]) => [
    `\`${name}\``,
    `\`${limitSetting(name as keyof typeof SANDBOX_LIMITS)}\``,
    limit.default.toLocaleString('en-US'),
    limit.max.toLocaleString('en-US'),
    limit.wish ? 'yes' : 'no',
    limit.means,
    limit.exceeded,
    limit.by,
  ]);
  const head = ['limit', 'setting', 'default', 'most', 'wish', 'of', 'when it is exceeded', 'seen by'];
  const capabilities = Object.values(CAPABILITY_LIMITS).map((limit) => [
    `\`${limit.setting}\``,
    ...[limit.default, limit.min, limit.max].map((count) => count.toLocaleString('en-US')),
    limit.means,
  ]);
  const wanted = withTable(withTable(page, 'limits', [head, ...rows]), 'capability limits', [
    ['setting', 'default', 'least', 'most', 'of'],
    ...capabilities,
  ]);
  const path = `${root}/docs/OPERATIONS.md`;
  const formatted = await format(wanted, { ...(await resolveConfig(path)), filepath: path });
  await expect(formatted, '"npm test -- test/docs -u" writes the table anew').toMatchFileSnapshot(path);
});

test.each(Object.values(CAPABILITY_LIMITS))('$setting is kept within its bounds', ({ setting, min, max }) => {
  for (const value of [min, max]) expect(() => readSettings({ [setting]: String(value) }, root)).not.toThrow();
  for (const value of [min - 1, max + 1, 1.5, 'many'])
    expect(() => readSettings({ [setting]: String(value) }, root)).toThrow(SettingsError);
});

test.each(['a b', 'http://x', 'x/y', 'user@x', '*.x', 'x:99999', '::1', ',', 'x..y'])(
  '"%s" is no private host',
  (value) => {
    expect(() => readSettings({ HOOKLINE_HTTP_PRIVATE_HOSTS: value }, root)).toThrow(SettingsError);
  },
);

describe('the sandbox of the page', () => {
  const build = runnerBuild();
  const section = page.slice(page.indexOf('\n## Sandbox\n'), page.indexOf('\n## Health'));
  const [compiler, runner] = tableUnder(page, 'Sandbox').map((cells) => cells.join(' '));
  const [hardened, jit] = ['hardened', 'jit'].map((profile) =>
    section.split('\n').find((line) => line.startsWith(`| \`${profile}\``)),
  );

  test('bounds the compiler as it is bounded', () => {
    const { args, residentMb } = compilerCommand(compilerProgram(), PORTABLE);
    expect(compiler).toContain(`${residentMb} MB`);
    expect(flagsIn(compiler ?? '').filter((flag) => !args.includes(flag))).toEqual([]);
  });

  test('bounds runners as they are bounded', () => {
    const commandOf = (profile: SandboxProfile) =>
      runnerCommand(profile, runnerProgram(profile, build, findIsolatedVm()), PORTABLE);
    const commands = { hardened: commandOf('hardened'), jit: commandOf('jit') };
    expect(runner).toContain(`${RUNNER_HEAP_MB} MB`);
    expect(flagsIn(`${runner} ${hardened}`).filter((flag) => !commands.hardened.args.includes(flag))).toEqual([]);
    expect(commands.jit.args).not.toContain('--jitless');
    expect(jit).toContain(`${commands.jit.residentMb} MB`);
    const [, dataKb] = /ulimit -d (\d+)/.exec(commands.hardened.args.join(' ')) ?? [];
    expect(hardened).toContain(`${Number(dataKb) / 1024} MB`);
  });
});

test('the messages of the page are those of the log', () => {
  const logged = globSync('src/**/*.ts', { cwd: root, exclude: ['src/plugins/examples/**'] }).flatMap((file) =>
    [...readFileSync(`${root}/${file}`, 'utf8').matchAll(/\blog\.(\w+)\([^';]+'([^']+)'/g)].map(
      ([, level, message]) => `${message} (${level})`,
    ),
  );
  const shown = tableUnder(page, 'Log').map(([message, level]) => `${message} (${level})`);
  expect(shown.toSorted()).toEqual([...new Set(logged)].toSorted());
});

describe('what a running server tells', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp();
  });
  afterAll(() => app.close());

  test('/healthz and /readyz answer as the page says', async () => {
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${app.url}/readyz`);
    expect(ready.status).toBe(200);
    // The page shows a machine that offers everything.
    const { tier, missing } = app.sandbox.health();
    const shown = blocksIn(page, 'json')[0]
      ?.text.replace('"missing": []', `"missing": ${JSON.stringify(missing)}`)
      .replace('"tier": "strict"', `"tier": "${tier}"`);
    expect(await ready.json()).toEqual(JSON.parse(shown ?? ''));
  });

  test('/metrics has the metrics of the page', async () => {
    const text = await (await fetch(`${app.url}/metrics`)).text();
    const told = [...text.matchAll(/^# TYPE (hookline_\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    const shown = tableUnder(page, 'Health and metrics').map(([name = '', type]) => `${codesIn(name)[0]} ${type}`);
    expect(shown.toSorted()).toEqual(told.toSorted());
  });
});

/** The page with the table between the two marks written anew. */
function withTable(text: string, name: string, [head = [], ...rows]: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const [start, rest = ''] = text.split(`<!-- ${name} -->\n`);
  return `${start}<!-- ${name} -->\n\n${lines}\n\n${rest.slice(rest.indexOf('<!-- end -->'))}`;
}

/** What stands between backticks. */
function codesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

function tableRows(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function flagsIn(text: string): readonly string[] {
  return codesIn(text).filter((code) => code.startsWith('--'));
}
