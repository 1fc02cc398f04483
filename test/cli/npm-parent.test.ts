import { expect, test, vi } from 'vitest';
import { startProgram } from '../start-program.ts';
import { temporaryFolder } from '../temporary-folder.ts';

vi.setConfig({ testTimeout: 90_000 });

const READY = /Hookline is ready at (http:\/\/127\.0\.0\.1:\d+)/;
/** As npm starts a command: in a shell, which ends without a word to what it started. */
const BY_A_SHELL = ['sh', '-c', 'node bin/hookline.js serve; exit'] as const;

test('a server that npm started stops in order when npm is gone', async () => {
  await using folder = await temporaryFolder();
  await using shell = startProgram(BY_A_SHELL, {
    env: { PORT: '0', HOOKLINE_DATA_DIR: folder.path, npm_execpath: '/usr/lib/npm-cli.js' },
    ownGroup: true,
  });
  await shell.waitFor(READY);
  shell.kill('SIGTERM');
  // Only when the server has ended too is what they print to closed.
  expect(await shell.ended()).toBe('SIGTERM');
  expect(shell.printed()).toMatch(/SIGTERM: finishing what runs/);
});

test('a server that somebody else started outlives its shell', async () => {
  await using folder = await temporaryFolder();
  await using shell = startProgram(BY_A_SHELL, { env: { PORT: '0', HOOKLINE_DATA_DIR: folder.path }, ownGroup: true });
  const [, url = ''] = await shell.waitFor(READY);
  shell.kill('SIGKILL');
  // Four times as long as it takes to notice.
  const until = Date.now() + 1_000;
  while (Date.now() < until) expect((await fetch(`${url}/healthz`)).status).toBe(200);
  shell.killGroup('SIGTERM');
  await shell.ended();
  expect(shell.printed()).toMatch(/SIGTERM: finishing what runs/);
});
