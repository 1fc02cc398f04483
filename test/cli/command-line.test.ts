import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCommandLine } from './run-command-line.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

test('--version is the version of the package', async () => {
  expect(await runCommandLine(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

test.each([
  [[]],
  [['serve']],
  [['token']],
  [['tail']],
  [['tenant']],
  [['tenant', 'create']],
  [['migrate']],
  [['plugin', 'check']],
])('%j explains itself', async (command) => {
  const { code, out } = await runCommandLine([...command, '--help']);
  expect(code).toBe(0);
  expect(out).toContain(`Usage: hookline ${command.join(' ')}`.trim());
});

test('help has examples', async () => {
  expect((await runCommandLine(['--help'])).out).toMatch(/Examples:\n {2}\$ hookline serve/);
});

test.each([
  [['tokn'], /Unknown command 'tokn'\n\(Did you mean token\?\)/],
  [['token', '--tenant', 'demo'], /Required option '--role <role...>' not specified/],
  [['token', '--tenant', 'demo', '--role', 'king'], /Allowed choices are admin, agent, platform_admin/],
  [['token', '--role', 'admin', '--expires', '8'], /from 1s to 366d/],
  [['token', '--role', 'admin', '--expires', '0s'], /from 1s to 366d/],
  [['token', '--role', 'admin', '--expires', '367d'], /from 1s to 366d/],
  [['tenant', 'create'], /Missing required argument 'slug'/],
  [['serve', '--port', '1'], /Unknown option '--port'/],
  [['plugin', 'check'], /Missing required argument 'file'/],
  [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
])('%j is wrong usage', async (args, message) => {
  const { code, out, err } = await runCommandLine(args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
});

test('a wrong setting is one sentence', async () => {
  const result = await runCommandLine(['serve'], { env: { PORT: 'http' } });
  expect(result).toEqual({ code: 1, out: '', err: 'PORT is "http"; it must be a whole number from 0 to 65535.\n' });
});
