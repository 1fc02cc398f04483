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
])('bash completes %j', async (words, offers) => {
  expect(await bashOffers(...words)).toEqual(offers);
});

test.each(['zsh', 'fish'])('%s gets every command', async (shell) => {
  const { code, out } = await runCommandLine(['completion', shell]);
  expect(code).toBe(0);
  for (const command of ['serve', 'token', 'tail', 'tenant', 'migrate', 'plugin', 'completion'])
    expect(out).toContain(command);
});
