import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test, vi } from 'vitest';
import { startProgram } from '../start-program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { runCommandLine } from './run-command-line.ts';

vi.setConfig({ testTimeout: 90_000 });

const READY = /Hookline is ready at (http:\/\/127\.0\.0\.1:\d+)/;

function serve(dataDir: string, env: Record<string, string> = {}) {
  return startProgram(['node', 'src/main.ts', 'serve'], { env: { PORT: '0', HOOKLINE_DATA_DIR: dataDir, ...env } });
}

test('another major of Node is refused before anything is made', async () => {
  await using folder = await temporaryFolder();
  const claim = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '27.1.0' } });";
  const command = [
    'node',
    '--import',
    `data:text/javascript,${encodeURIComponent(claim)}`,
    'src/main.ts',
    'serve',
  ] as const;
  await using server = startProgram(command, { env: { PORT: '0', HOOKLINE_DATA_DIR: folder.path } });
  expect(await server.ended()).toBe(1);
  expect(server.printed()).toBe(
    'The sandbox holds on Node 26, and this is Node 27.1.0. Start Hookline with Node 26; in a checkout, npm start does.\n',
  );
  expect(readdirSync(folder.path)).toEqual([]);
});

test('says where it is and how to get a token; tenants can be made; SIGTERM ends it in order', async () => {
  await using folder = await temporaryFolder();
  await using server = serve(folder.path, { HOOKLINE_RETENSION_DAYS: '3' });
  const [, url = ''] = await server.waitFor(READY);
  expect(server.printed()).toContain(
    'no setting HOOKLINE_RETENSION_DAYS, so it changes nothing. Is HOOKLINE_RETENTION_DAYS meant?',
  );
  await server.waitFor(/npx hookline token --tenant demo --role admin/);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);

  const env = { HOOKLINE_DATA_DIR: folder.path };
  const created = await runCommandLine(['tenant', 'create', 'acme', '--name', 'Acme Inc.', '--url', url], { env });
  expect(created).toEqual({ code: 0, err: '', out: expect.stringMatching(/^Tenant:[\da-f-]{36}\n$/) as string });
  const again = await runCommandLine(['tenant', 'create', 'acme', '--url', url], { env });
  expect(again).toEqual({ code: 1, out: '', err: expect.stringMatching(/acme.*\(CONFLICT\)\n$/) as string });
  const list = await runCommandLine(['tenant', 'list', '--url', url], { env });
  expect(list.out).toMatch(/^SLUG +NAME +ID\nacme +Acme Inc\. +Tenant:\S+\ndemo +Demo +Tenant:\S+\n$/);
  const stranger = await runCommandLine(['tenant', 'list', '--url', url], {
    env: { HOOKLINE_JWT_SECRET: 'another secret of thirty-two bytes!' },
  });
  expect(stranger).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/has another secret/) as string });

  const second = serve(folder.path);
  expect(await second.ended()).toBe(1);
  expect(second.printed()).not.toContain('bug in Hookline');
  expect(second.printed()).toContain(folder.path);

  server.kill('SIGTERM');
  expect(await server.ended()).toBe(0);
  const gone = await runCommandLine(['tenant', 'list', '--url', url], { env });
  expect(gone).toMatchObject({
    code: 1,
    err: `No server answers at ${url}. Start it (npm start), or name its address with --url.\n`,
  });
});

test('a port that is taken is said in a sentence', async () => {
  await using folder = await temporaryFolder();
  const taken = createServer();
  await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', listening));
  const address = taken.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  await using server = serve(folder.path, { PORT: String(port) });
  expect(await server.ended()).toBe(1);
  expect(server.printed()).toContain(`Something already listens on 127.0.0.1:${port}.`);
  expect(server.printed()).not.toContain('    at ');
  taken.close();
});

test('production without auth settings refuses to start', async () => {
  await using folder = await temporaryFolder();
  await using server = serve(folder.path, { NODE_ENV: 'production' });
  expect(await server.ended()).toBe(1);
  expect(server.printed()).toMatch(/HOOKLINE_JWT_SECRET/);
  expect(server.printed()).not.toContain('    at ');
});

test.each([
  ['http://127.0.0.1:1', /No server answers at http:\/\/127\.0\.0\.1:1\./],
  ['ftp://example', /--url is "ftp:\/\/example"/],
])('tenants at %s', async (url, message) => {
  const result = await runCommandLine(['tenant', 'list', '--url', url], { env: { HOOKLINE_TOKEN: 'any' } });
  expect(result).toMatchObject({ code: 1, out: '', err: expect.stringMatching(message) as string });
});
