import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { explainNpmFailure } from '../../scripts/setup/explain-npm-failure.js';
import { platformProblem } from '../../scripts/setup/platform-problem.js';
import { temporaryFolder } from '../temporary-folder.ts';

// Each runs Prisma's generator and the TypeScript compiler, some several times.
vi.setConfig({ testTimeout: 120_000 });

const COPIED = [
  'scripts/setup.js',
  'scripts/setup',
  'package.json',
  'package-lock.json',
  'prisma',
  'prisma.config.ts',
  'src/sdk',
  'src/json',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.sdk.json',
];

/** A checkout with everything installed and nothing generated. */
async function checkout() {
  const folder = await temporaryFolder();
  for (const path of COPIED) await cp(path, join(folder.path, path), { recursive: true });
  await symlink(resolve('node_modules'), join(folder.path, 'node_modules'));
  const setup = async (...args: readonly string[]) => {
    const { stdout, stderr } = await promisify(execFile)('node', ['scripts/setup.js', ...args], { cwd: folder.path });
    return { out: stdout, said: stderr.replaceAll(/ +\d+\.\d s$/gm, '') };
  };
  return { ...folder, setup };
}

const CLIENT = '✓ Generate the database client\n';
const SDK = '✓ Build hookline/sdk\n';

test('generates what is missing, then nothing, then only what changed', async () => {
  await using fresh = await checkout();
  expect((await fresh.setup()).said).toBe(CLIENT + SDK);
  expect((await fresh.setup()).said).toBe('');

  await appendFile(join(fresh.path, 'src/sdk/index.ts'), '\nexport const added = 1;\n');
  expect((await fresh.setup()).said).toBe(SDK);
  expect(await readFile(join(fresh.path, 'dist/sdk/index.js'), 'utf8')).toContain('added = 1');

  await rm(join(fresh.path, 'generated'), { recursive: true });
  expect((await fresh.setup()).said).toBe(CLIENT);
});

test('two at the same time take turns and do the work once', async () => {
  await using fresh = await checkout();
  const said = (await Promise.all([fresh.setup(), fresh.setup(), fresh.setup()])).map((result) => result.said);
  expect(said.join('').match(/✓ Build hookline\/sdk/g)).toHaveLength(1);
  expect(said.join('').match(/✓ Generate the database client/g)).toHaveLength(1);
});

test('a set-up that died leaves nothing in the way', async () => {
  await using fresh = await checkout();
  await mkdir(join(fresh.path, 'build'));
  const { pid } = await new Promise<{ pid: number }>((done) => {
    const child = execFile('true', () => done({ pid: child.pid ?? 0 }));
  });
  await writeFile(join(fresh.path, 'build/setup.lock'), String(pid));
  expect((await fresh.setup()).said).toBe(CLIENT + SDK);
  await expect(stat(join(fresh.path, 'build/setup.lock'))).rejects.toThrow('ENOENT');
});

test('a step that fails says what its tool said, and is done again next time', async () => {
  await using fresh = await checkout();
  const file = join(fresh.path, 'src/sdk/index.ts');
  const text = await readFile(file, 'utf8');
  await writeFile(file, `${text}\nexport const wrong: number = 'text';\n`);
  await expect(fresh.setup()).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/src\/sdk\/index\.ts.*TS2322[^]*Build hookline\/sdk failed/) as string,
  });
  await writeFile(file, text);
  expect((await fresh.setup()).said).toBe(SDK);
});

test('the command after -- runs on Node 26, with its own exit code', async () => {
  await using fresh = await checkout();
  await fresh.setup();
  const { out } = await fresh.setup('--', 'node', '--print', 'process.version');
  expect(out).toMatch(/^v26\./);
  await expect(fresh.setup('--', 'node', '--eval', 'process.exit(7)')).rejects.toMatchObject({ code: 7 });
});

test.each([
  ['linux', 'x64', true, undefined],
  ['linux', 'arm64', true, undefined],
  ['darwin', 'arm64', false, undefined],
  ['win32', 'x64', false, undefined],
  ['darwin', 'x64', false, /Intel Macs/],
  ['linux', 'x64', false, /glibc/],
  ['linux', 'ia32', true, /does not run on linux-ia32/],
  ['freebsd', 'x64', false, /does not run on freebsd-x64/],
])('on %s %s (glibc: %s)', (platform, arch, glibc, problem) => {
  const found = platformProblem({ platform, arch, glibc });
  if (problem) expect(found).toMatch(problem);
  else expect(found).toBeUndefined();
});

test.each([
  [['npm error code ECONNREFUSED', 'npm error A complete log of this run can be found in: /x'], /Is the network there/],
  [['npm error code ENOTFOUND'], /Is the network there/],
  [['npm error code EROFS'], /read-only/],
  [['npm error code ENOSPC'], /disk is full/],
  [['npm error code EINTEGRITY'], /mirror/],
  [['npm error code E500'], /Installing the packages failed/],
])('npm failing with %j', (lines, advice) => {
  const text = explainNpmFailure(lines);
  expect(text).toContain(lines[0]);
  expect(text).toMatch(advice);
  expect(text).not.toContain('complete log');
});

test('of what npm prints only its words are kept', () => {
  const lines = [
    'npm error code ECONNREFUSED',
    'npm error     at onSocketNT (node:_http_client:904:5)',
    'npm error   port: 9,',
    'npm error }',
    'npm error',
  ];
  expect(explainNpmFailure(lines).split('\n')[0]).toBe('npm error code ECONNREFUSED');
  expect(explainNpmFailure(lines).split('\n')[1]).toBe('');
});
