import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startProgram } from '../start-program.ts';
import { installPackage } from './install-package.ts';

const run = promisify(execFile);

// Building compiles the whole program.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

let installed: Awaited<ReturnType<typeof installPackage>>;
beforeAll(async () => {
  installed = await installPackage();
});
afterAll(() => installed[Symbol.asyncDispose]());

const PLUGIN = `import { BaseToolPlugin, block, definePlugin, type PluginContext, type ToolResult } from 'hookline/sdk';

export class Greeter extends BaseToolPlugin {
  readonly metadata = { name: 'greeter', version: '1.0.0', author: 'Ada', description: 'Greets.' };
  readonly tools = [{ name: 'greet', description: 'Greets', parameters: { type: 'object' } }];
  override onLoad(context: PluginContext): void {
    context.log.info('loaded');
  }
  execute(): ToolResult {
    return { success: true, data: 'hello' };
  }
}
const Guard = definePlugin({
  name: 'guard', version: '1.0.0', author: 'Ada', description: 'Guards.',
  hooks: { BEFORE_TOOL_CALL: { handle: () => block({ code: 'NO', reason: 'Not today.' }) } },
});
console.log(new Greeter().execute(), new Guard().metadata.name);
`;

test('the tarball holds what is needed and nothing else', () => {
  const folders = new Set(installed.packed.map((path) => path.split('/')[0]));
  const allowed = ['bin', 'dist', 'docs', 'generated', 'prisma', 'package.json', 'schema.graphql'];
  const documents = ['LICENSE', 'CHANGELOG.md', 'README.md'];
  expect([...folders].filter((folder) => ![...allowed, ...documents].includes(folder ?? ''))).toEqual([]);
  expect(installed.packed).toEqual(
    expect.arrayContaining([
      'bin/hookline.js',
      'dist/main.js',
      'dist/embed.d.ts',
      'dist/sdk/index.d.ts',
      'dist/client/index.js',
      'dist/client/index.d.ts',
      'dist/plugins/examples/calculator.ts',
      'dist/sandbox/runner/main.js',
      'generated/prisma/client.js',
      'prisma/schema.prisma',
      'LICENSE',
    ]),
  );
  expect(installed.packed.filter((path) => /\.test\.|\.tsbuildinfo$|^generated\/.*(?<!\.d)\.ts$/.test(path))).toEqual(
    [],
  );
});

test('a plugin written against hookline/sdk type-checks, strictly, and runs', async () => {
  await writeFile(join(installed.path, 'plugin.ts'), PLUGIN);
  await check('plugin.ts', '--skipLibCheck', 'false');
  const { stdout } = await run('node', ['plugin.ts'], { cwd: installed.path });
  expect(stdout).toBe("{ success: true, data: 'hello' } guard\n");
});

test('a mistake in a plugin is an error, so the types are not any', async () => {
  await writeFile(join(installed.path, 'wrong.ts'), PLUGIN.replace("data: 'hello'", "date: 'hello'"));
  await expect(check('wrong.ts')).rejects.toMatchObject({ stdout: expect.stringContaining('TS2353') as string });
});

test('an embedding program type-checks', async () => {
  const program = `import { getRegistry, readSettings, startApp } from 'hookline';
import { BasePlugin } from 'hookline/sdk';
class Quiet extends BasePlugin {
  readonly metadata = { name: 'quiet', version: '1.0.0', author: 'Ada', description: 'Does nothing.' };
}
const undo: () => void = getRegistry().register(Quiet);
undo();
export const start = () => startApp(readSettings({}), { registry: getRegistry() });
`;
  await writeFile(join(installed.path, 'embed.ts'), program);
  await check('embed.ts');
  await run('node', ['embed.ts'], { cwd: installed.path });
});

test('the installed server starts, with its examples, and stops in order', async () => {
  const plugins = join(installed.path, 'plugins');
  await mkdir(plugins);
  await using server = startProgram(['node', join(installed.path, 'node_modules/hookline/bin/hookline.js'), 'serve'], {
    cwd: installed.path,
    env: { PORT: '0' },
  });
  const [, url = ''] = await server.waitFor(/Hookline is ready at (http:\/\/127\.0\.0\.1:\d+)/);
  const { stdout: token } = await run(
    'node',
    ['node_modules/hookline/bin/hookline.js', 'token', '--tenant', 'demo', '--role', 'admin'],
    { cwd: installed.path },
  );
  const headers = { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' };
  const enabled = await fetch(`${url}/api/v1/plugins/calculator/enable`, { method: 'POST', headers });
  expect(await enabled.json()).toMatchObject({ name: 'calculator', enabled: true, status: 'ENABLED' });
  server.kill('SIGTERM');
  expect(await server.ended()).toBe(0);
});

test('in a checkout hookline/sdk is there after set-up', async () => {
  const source = "import { definePlugin } from 'hookline/sdk'; console.log(typeof definePlugin)";
  const { stdout } = await run('node', ['--input-type=module', '--eval', source]);
  expect(stdout).toBe('function\n');
});

/** Compiles one of the user's files as a strict project of their own would. */
async function check(file: string, ...options: readonly string[]): Promise<void> {
  await writeFile(join(installed.path, 'package.json'), '{ "type": "module" }');
  const flags = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--module',
    'nodenext',
    '--target',
    'es2024',
  ];
  await run('tsc', [...flags, '--types', 'node', '--skipLibCheck', ...options, file], { cwd: installed.path });
}
