import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { runCommandLine } from './run-command-line.ts';

/** What bash would offer for the last word. */
async function bashOffers(...words: readonly string[]): Promise<readonly string[]> {
  const { out } = await runCommandLine(['completion', 'bash']);
  const line = `COMP_WORDS=(hookline ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}`;
  const script = `${out}\n${line}; _hookline; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
}

test.each([
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
])('bash completes %j', async (words, offers) => {
  expect((await bashOffers(...words)).toSorted()).toEqual(offers.toSorted());
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
