/** However an installer lays packages out, the children find what they load, may read it, and are held as in any other. */
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { openSandbox } from './rig.ts';

const INSTALLED = join(process.cwd(), 'node_modules');

/** Each makes `node_modules` in a folder. */
const LAYOUTS: Record<string, (folder: string) => Promise<void>> = {
  'one link for all of them': (folder) => symlink(INSTALLED, join(folder, 'node_modules')),
  async 'a link for each to a store elsewhere'(folder) {
    const modules = join(folder, 'node_modules');
    await mkdir(modules);
    for (const name of await readdir(INSTALLED)) {
      if (!name.startsWith('.')) await symlink(join(INSTALLED, name), join(modules, name));
    }
  },
  async 'links into a store of its own, where each has its dependencies beside it'(folder) {
    const modules = join(folder, 'node_modules');
    await mkdir(join(modules, '@typescript-eslint'), { recursive: true });
    for (const name of [
      'isolated-vm',
      '@typescript-eslint/typescript-estree',
      '@typescript-eslint/scope-manager',
      'semver',
    ]) {
      const beside = join(modules, '.store', name.replace('/', '+'), 'node_modules');
      await cp(join(INSTALLED, name), join(beside, name), { recursive: true });
      for (const other of await readdir(INSTALLED)) {
        if (!other.startsWith('.') && !other.startsWith('@') && other !== name) {
          await symlink(join(INSTALLED, other), join(beside, other));
        }
      }
      await mkdir(join(beside, '@typescript-eslint'), { recursive: true });
      for (const other of await readdir(join(INSTALLED, '@typescript-eslint'))) {
        const at = join(beside, '@typescript-eslint', other);
        if (`@typescript-eslint/${other}` !== name) await symlink(join(INSTALLED, '@typescript-eslint', other), at);
      }
      await symlink(join(beside, name), join(modules, name));
    }
  },
};

async function asInstalledHere() {
  await using sandbox = await openSandbox();
  const { tier, missing } = sandbox.health();
  return { tier, missing };
}

test.each(Object.keys(LAYOUTS))('%s', async (layout) => {
  await using folder = await temporaryFolder();
  // Where the server is root, its children are a user of their own.
  await chmod(folder.path, 0o755);
  await writeFile(join(folder.path, 'package.json'), '{ "type": "module" }');
  await cp(join(process.cwd(), 'src'), join(folder.path, 'src'), { recursive: true });
  await mkdir(join(folder.path, 'test'));
  await cp(join(process.cwd(), 'test/sandbox'), join(folder.path, 'test/sandbox'), { recursive: true });
  await LAYOUTS[layout]?.(folder.path);
  const start = join(folder.path, 'test/sandbox/fixtures/both-kinds.ts');
  const { stdout, stderr } = spawnSync(process.execPath, [start], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ ...(await asInstalledHere()), outcome: { success: true, value: 'pong' } });
});
