import { expect, test } from 'vitest';
import { lockFolder } from '../../src/db/folder-lock.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { runCommandLine } from './run-command-line.ts';

test('migrates an empty data folder, and then has nothing to do', async () => {
  await using folder = await temporaryFolder();
  const env = { HOOKLINE_DATA_DIR: folder.path };
  const first = await runCommandLine(['migrate'], { env });
  expect(first).toEqual({ code: 0, err: '', out: expect.stringMatching(/^(Applied \w+\n)+$/) as string });
  const second = await runCommandLine(['migrate'], { env });
  expect(second).toEqual({ code: 0, err: '', out: 'Nothing to do: the database is up to date.\n' });
});

test('a data folder in use is left alone, and the message says who uses it', async () => {
  await using folder = await temporaryFolder();
  const lock = lockFolder(folder.path);
  try {
    const { code, out, err } = await runCommandLine(['migrate'], { env: { HOOKLINE_DATA_DIR: folder.path } });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(String(process.pid));
    expect(err).not.toContain('bug in Hookline');
  } finally {
    lock.release();
  }
});
