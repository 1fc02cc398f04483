import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { runCommandLine } from './run-command-line.ts';

const isMissing = (shell: string) => spawnSync(shell, ['-c', 'true']).status !== 0;

/** What the shell would offer for the last word. */
type Offers = (words: readonly string[]) => Promise<readonly string[]>;

const bashOffers: Offers = async (words) => {
  const { out } = await runCommandLine(['completion', 'bash']);
  const line = `COMP_WORDS=(hookline ${quoted(words)}); COMP_CWORD=${words.length}`;
  return linesOf('bash', `${out}\n${line}; _hookline; printf '%s\\n' "\${COMPREPLY[@]}"`);
};

/** zsh leaves out by itself what does not begin as the word does, and has no word for what stands between an option and `=`. */
const zshOffers: Offers = async (words) => {
  const { out } = await runCommandLine(['completion', 'zsh']);
  const own = 'compdef() {}; compadd() { shift; print -l -- "$@" }; _files() {}';
  const line = `words=(hookline ${quoted(words)}); CURRENT=${words.length + 1}`;
  const current = (words.at(-1) ?? '').replace(/^=$/, '');
  const offers = linesOf('zsh', `${own}\n${out}\n${line}; _hookline`).filter((offer) => offer.startsWith(current));
  return offers.length > 0 ? offers : [''];
};

/** In an empty folder: fish offers its files, where nothing says that none belong here. */
const fishOffers: Offers = async (words) => {
  const { out } = await runCommandLine(['completion', 'fish']);
  await using folder = await temporaryFolder();
  const script = join(folder.path, '.hookline.fish');
  await writeFile(script, out);
  await writeFile(join(folder.path, 'a-file'), '');
  const line = ['hookline', ...words].join(' ');
  return linesOf('fish', `cd ${folder.path}; source ${script}; complete -C '${line}'`).map(
    (offer) => offer.split('\t')[0] ?? '',
  );
};

function linesOf(shell: string, script: string): readonly string[] {
  const withoutSettings = { bash: [], zsh: ['-f'], fish: ['--no-config'] }[shell] ?? [];
  return execFileSync(shell, [...withoutSettings, '-c', script], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' ');
}

const CASES: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['to'], ['token']],
  [
    ['tenant', ''],
    ['create', 'list', '--help'],
  ],
  [['tenant', 'list', '--u'], ['--url']],
  [['tail', '--la'], ['--last']],
  [['ta'], ['tail']],
  [['token', '--role'], ['--role']],
  [['plugin', 'c'], ['check']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish', '--help'],
  ],
  // After the value of an option, and after what is no command.
  [['token', '--tenant', 'demo', '--r'], ['--role']],
  [['token', '--tenant', '=', 'demo', '--r'], ['--role']],
  [['token', '--tenant=demo', '--r'], ['--role']],
  [['token', '--role', 'admin', 'agent', '--t'], ['--tenant']],
  [['tenant', '--no-such', 'l'], ['list']],
  [['tenant', 'list', '--url', 'http://127.0.0.1:4000', '--j'], ['--json']],
  [['tenant', 'create', 'acme', '--n'], ['--name']],
  [['tenant', 'create', '--name', 'token', '--u'], ['--url']],
  // The value itself.
  [
    ['token', '--role', 'a'],
    ['agent', 'admin'],
  ],
  [
    ['token', '--role', '='],
    ['platform_admin', 'admin', 'agent'],
  ],
  [['token', '--role', 'admin', 'p'], ['platform_admin']],
  [['token', '--role', 'admin', '--tenant', 's'], ['']],
];

describe.each([
  { shell: 'bash', offers: bashOffers },
  { shell: 'zsh', offers: zshOffers },
])('$shell', ({ shell, offers }) => {
  test.skipIf(isMissing(shell)).each(CASES)('completes %j', async (words, wanted) => {
    expect((await offers(words)).toSorted()).toEqual(wanted.toSorted());
  });
});

test.skipIf(isMissing('fish')).each([
  [['to'], ['token']],
  [
    ['tenant', ''],
    ['create', 'list'],
  ],
  [['tenant', 'list', '--u'], ['--url']],
  [['tail', '--la'], ['--last']],
  [
    ['completion', ''],
    ['bash', 'fish', 'zsh'],
  ],
  [['plugin', 'c'], ['check']],
  // A file of the folder, since a plugin is one.
  [['plugin', 'check', 'a'], ['a-file']],
  [['token', '--tenant', 'demo', '--r'], ['--role']],
  [
    ['token', '--role', 'a'],
    ['admin', 'agent'],
  ],
  [['tenant', 'create', '--name', 'token', '--u'], ['--url']],
])('fish completes %j', async (words, wanted) => {
  expect((await fishOffers(words)).toSorted()).toEqual(wanted);
});

test.each(['zsh', 'fish'])('%s gets every command', async (shell) => {
  const { code, out } = await runCommandLine(['completion', shell]);
  expect(code).toBe(0);
  for (const command of ['serve', 'token', 'tail', 'tenant', 'migrate', 'plugin', 'completion'])
    expect(out).toContain(command);
});

test('fish knows which options take a value, and which values there are', async () => {
  const { out } = await runCommandLine(['completion', 'fish']);
  expect(out).toMatch(/seen_subcommand_from token' -l role -x -a '[a-z_ ]*agent/);
  expect(out).toMatch(/seen_subcommand_from token' -l tenant -r$/m);
  expect(out).toMatch(/seen_subcommand_from list' -l json$/m);
});
