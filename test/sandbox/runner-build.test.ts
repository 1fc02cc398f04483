/** What must be there before a runner can start: its files, and an isolated-vm that holds. */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { describeError } from '../../src/cli/describe-error.ts';
import { findIsolatedVm, IsolatedVmError } from '../../src/sandbox/isolated-vm-gate.ts';
import { temporaryFolder } from '../temporary-folder.ts';

test('stripping the sources says nothing', async () => {
  await using folder = await temporaryFolder();
  const module = JSON.stringify(new URL('../../src/sandbox/runner-build.ts', import.meta.url).href);
  const script = `import { stripSources } from ${module};
    console.log(stripSources(${JSON.stringify(join(process.cwd(), 'src'))}, ${JSON.stringify(folder.path)}));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout.trim()).toMatch(/[0-9a-f]{16}$/);
});

test.each([
  ['6.1.2', 'isolated-vm 6.1.2 lets plugins escape'],
  ['7.0.0', 'isolated-vm 7.0.0 lets plugins escape'],
  [undefined, 'isolated-vm is not installed'],
])('isolated-vm %s is refused in one sentence', async (version, sentence) => {
  await using folder = await temporaryFolder();
  for (const [name, found] of Object.entries({ 'isolated-vm': version, 'node-gyp-build': '4.0.0' })) {
    if (found === undefined) continue;
    await mkdir(join(folder.path, 'node_modules', name), { recursive: true });
    await writeFile(join(folder.path, 'node_modules', name, 'package.json'), JSON.stringify({ name, version: found }));
  }
  const find = () => findIsolatedVm(pathToFileURL(join(folder.path, 'main.js')).href);
  expect(find).toThrow(IsolatedVmError);
  try {
    find();
  } catch (error) {
    const told = describeError(error);
    expect(told).toContain(sentence);
    expect(told).not.toContain('\n');
  }
});
