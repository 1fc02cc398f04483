import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a build and `npm pack` need of a checkout. */
const SOURCES = [
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json', 'schema.graphql', 'LICENSE', 'CHANGELOG.md'],
  ...['bin', 'docs', 'generated', 'prisma', 'scripts', 'src'],
];

/**
 * A folder in which the package is installed as from the registry: built and packed from a copy of this checkout, and
 * unpacked below `node_modules`. It lies inside the checkout, so that its dependencies are found on the way up, as real
 * folders: to the sandbox's permissions a link to them would be another place.
 */
export async function installPackage(): Promise<{ path: string; packed: readonly string[] } & AsyncDisposable> {
  await mkdir('build', { recursive: true });
  const folder = await mkdtemp(resolve('build/package-test-'));
  const copy = join(folder, 'checkout');
  const user = join(folder, 'user');
  const installed = join(user, 'node_modules/hookline');
  await mkdir(installed, { recursive: true });
  for (const path of SOURCES) await cp(path, join(copy, path), { recursive: true });
  await symlink(resolve('node_modules'), join(copy, 'node_modules'));
  await run('node', ['scripts/build.ts'], { cwd: copy });
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json'], { cwd: copy, maxBuffer: 64_000_000 });
  await run('tar', ['-xzf', join(copy, 'hookline-1.0.0.tgz'), '--strip-components=1', '-C', installed]);
  const remove = () => rm(folder, { recursive: true, force: true });
  return { path: user, packed: packedFiles(stdout), [Symbol.asyncDispose]: remove };
}

function packedFiles(json: string): readonly string[] {
  const [report] = JSON.parse(json) as readonly { files: readonly { path: string }[] }[];
  return (report?.files ?? []).map((file) => file.path);
}
