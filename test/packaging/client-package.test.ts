/** `hookline/client` as others have it: installed, on the oldest Node it promises, with its types, and in a bundle for a browser. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { createClient } from '../../src/client/index.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { BROWSER, runPage } from './browser-page.ts';
import { installPackage } from './install-package.ts';

const run = promisify(execFile);

// Building compiles the whole program.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

let installed: Awaited<ReturnType<typeof installPackage>>;
let app: TestApp;
beforeAll(async () => {
  installed = await installPackage();
  await writeFile(join(installed.path, 'package.json'), '{ "type": "module" }');
  app = await createTestApp();
  await app.enable('calculator');
});
afterAll(async () => {
  await app.close();
  await installed[Symbol.asyncDispose]();
});

const PROGRAM = `import { createClient } from 'hookline/client';
import { WebSocket } from 'ws';

const client = createClient({ url: process.env.HOOKLINE_URL ?? '', token: process.env.HOOKLINE_TOKEN ?? '', webSocket: WebSocket });
const events = client.toolExecuted({ filter: { toolName: 'add' } });
await events.begin();
const { data } = await client.executeTool('add', { a: 1, b: 2 });
for await (const { kind, execution } of events) {
  console.log(kind, execution.status, data);
  if (kind === 'COMPLETED') break;
}
`;

/** The system's Node, which may be as old as 20; the one of this checkout where there is no other. */
const SYSTEM_NODE = ['/usr/local/bin/node', '/usr/bin/node'].find((path) => existsSync(path)) ?? process.execPath;

test("it runs on the system's Node, with the WebSocket it is given", async () => {
  await writeFile(join(installed.path, 'agent.js'), PROGRAM);
  const env = { ...process.env, HOOKLINE_URL: app.url, HOOKLINE_TOKEN: await app.token() };
  const { stdout } = await run(SYSTEM_NODE, ['agent.js'], { cwd: installed.path, env });
  expect(stdout).toBe('STARTED RUNNING 3\nCOMPLETED SUCCEEDED 3\n');
});

test('its types are strict, and say what a call needs and an event has', async () => {
  const check = async (program: string) => {
    await writeFile(join(installed.path, 'agent.ts'), program);
    const flags = ['--ignoreConfig', '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck'];
    await run('tsc', [...flags, '--module', 'nodenext', '--target', 'es2024', '--types', 'node', 'agent.ts'], {
      cwd: installed.path,
    });
  };
  await check(PROGRAM);
  for (const wrong of [
    PROGRAM.replace("executeTool('add', { a: 1, b: 2 })", "executeTool('add')"),
    PROGRAM.replace("toolName: 'add'", "tool: 'add'"),
    PROGRAM.replace('execution.status', 'execution.state'),
    PROGRAM.replace("kind === 'COMPLETED'", "kind === 'DONE'"),
  ]) {
    await expect(check(wrong)).rejects.toMatchObject({ stdout: expect.stringContaining('agent.ts(') });
  }
});

test('a bundle for a browser has nothing of Node and works with what a browser has', async () => {
  const bundle = await bundleForBrowsers();
  expect(bundle).not.toMatch(/\b(?:process|Buffer|require)\b\s*[.(]/);
  expect(Buffer.byteLength(bundle)).toBeLessThan(80_000);

  // What a page has of what the client uses, and nothing else: no process, no Buffer, no require.
  const window = { fetch, WebSocket, AbortController, URL, setTimeout, clearTimeout, performance };
  const bundled = runInNewContext(`${bundle}\nhookline`, window) as { createClient: typeof createClient };
  const client = bundled.createClient({ url: app.url, token: await app.token() });
  const events = client.toolExecuted({ filter: { toolName: 'multiply' } });
  await events.begin();
  expect(await client.executeTool('multiply', { a: 6, b: 7 })).toMatchObject({ data: 42 });
  expect((await events.next()).value).toMatchObject({ kind: 'STARTED' });
  await events.return();
});

const IN_A_PAGE = `
const { createClient, HooklineClientError } = hookline;
const client = createClient({ url: location.origin, token: TOKEN });
const events = client.toolExecuted({ filter: { toolName: 'add' } });
await events.begin();
const seen = [];
async function call(a, b) {
  const { data } = await client.executeTool('add', { a, b });
  for await (const { kind, execution } of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) }) {
    seen.push([kind, execution.data]);
    if (kind === 'COMPLETED') return data;
  }
}
const first = await call(1, 2);
const cut = await fetch('/cut', { method: 'POST' }).then((answer) => answer.json());
const second = await call(3, 4);
const refused = await client.executeTool('nothing', {}).catch((error) => [error instanceof HooklineClientError, error.code]);
await report({ first, cut, second, seen, refused });`;

test.skipIf(!BROWSER)(
  `a page in a browser calls tools, follows their events across a cut, and gets errors with their codes${BROWSER ? '' : ' (left out: no Chromium)'}`,
  async () => {
    const main = IN_A_PAGE.replace('TOKEN', JSON.stringify(await app.token()));
    const scripts = { '/bundle.js': await bundleForBrowsers() };
    expect(await runPage({ upstream: app.url, scripts, main }, 60_000)).toEqual({
      first: 3,
      cut: 1,
      second: 7,
      seen: [
        ['STARTED', null],
        ['COMPLETED', 3],
        ['STARTED', null],
        ['COMPLETED', 7],
      ],
      refused: [true, 'TOOL_NOT_FOUND'],
    });
  },
);

/** The client and what it imports as one script, which sets `hookline`. */
async function bundleForBrowsers(): Promise<string> {
  const page = join(installed.path, 'page');
  await mkdir(page, { recursive: true });
  await writeFile(join(page, 'main.js'), "export { createClient, HooklineClientError } from 'hookline/client';\n");
  await build({
    root: page,
    logLevel: 'error',
    build: { lib: { entry: 'main.js', formats: ['iife'], name: 'hookline', fileName: 'bundle' }, minify: false },
    plugins: [
      {
        name: 'no-node',
        enforce: 'pre',
        resolveId(id) {
          if (id.startsWith('node:') || builtinModules.includes(id)) this.error(`The client imports ${id}.`);
        },
      },
    ],
  });
  return await readFile(join(page, 'dist/bundle.iife.js'), 'utf8');
}
