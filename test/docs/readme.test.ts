/** The README as a reader follows it: its commands, typed into three terminals, print what it says they print. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readDevelopmentSecret } from '../../src/auth/development-secret.ts';
import { mintToken } from '../../src/auth/mint-token.ts';
import { codeBlocks, section, type CodeBlock } from './code-blocks.ts';
import { openTerminal, startLongCommand, type Environment, type LongCommand } from './terminal.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = await readFile(join(root, 'README.md'), 'utf8');

let folder = '';
let env: Environment = {};
let port = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookline-readme-'));
  await mkdir(join(folder, 'plugins'));
  port = await freePort();
  env = {
    ...process.env,
    NODE_ENV: undefined,
    PORT: String(port),
    HOOKLINE_DATA_DIR: join(folder, 'data'),
    HOOKLINE_PLUGINS_DIR: join(folder, 'plugins'),
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the start and the first plugin go as they are told', { timeout: 240_000 }, async () => {
  await using open = new AsyncDisposableStack();
  const terminal = open.use(openTerminal(root, env));
  let server: LongCommand | undefined;
  let subscriber: LongCommand | undefined;
  let printed = '';

  const steps = [...codeBlocks(section(page, 'Two-minute start')), ...codeBlocks(section(page, 'Your first plugin'))];
  for (const step of steps) {
    const text = here(step.text);
    if (step.language === 'ts') await writeFile(join(folder, fileNamedIn(step)), text);
    else if (step.language === 'text' && step.info === 'subscriber') await expectLines(subscriber, text);
    else if (step.language === 'text' && printed === '') await server?.printed(text);
    else if (step.language === 'text') expect(printed).toBe(text);
    else if (text.startsWith('npm start')) {
      await server?.stop();
      server = open.use(startLongCommand(text, root, env));
      await server.printed('Token ');
      printed = '';
    } else if (text.includes('curl -sN')) {
      subscriber = open.use(startLongCommand(text, root, env));
      // A reader is slower than a subscription, and a test is not.
      await vi.waitFor(async () => expect(await metrics()).toContain('\nhookline_subscribers 1\n'), {
        timeout: 30_000,
      });
    } else printed = await terminal.run(text);
  }
  expect(steps.filter(({ language }) => language === 'sh').length).toBeGreaterThan(6);
  await server?.stop();
  expect(await readdir(join(folder, 'data/lock')), 'the server gave its data folder back').toEqual([]);
});

test('a program holds Hookline as it is told', { timeout: 120_000 }, async () => {
  const [block] = codeBlocks(page).filter(({ info }) => info === 'embed');
  const file = join(folder, 'program.ts');
  const embed = pathToFileURL(join(root, 'src/embed.ts')).href;
  await writeFile(file, (block?.text ?? '').replace("'hookline'", `'${embed}'`));
  const dataDir = join(folder, 'embedded');
  await using program = startLongCommand(`exec node ${file}`, root, { ...env, PORT: '0', HOOKLINE_DATA_DIR: dataDir });

  const [, url] = /Ready at (\S+)\n/.exec(await program.printed('Ready at http://127.0.0.1')) ?? [];
  const secret = (await readDevelopmentSecret(dataDir)) ?? '';
  const token = await mintToken({ secret, subject: 'reader', tenant: 'demo', roles: ['admin'], expiresInSeconds: 60 });
  const query = `mutation {
    enablePlugin(input: { name: "clock" }) { trust }
    executeTool(input: { toolName: "now", params: {} }) { data }
  }`;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  expect(await response.json()).toEqual({
    data: {
      enablePlugin: { trust: 'IN_PROCESS' },
      executeTool: { data: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string },
    },
  });
});

test('the test command of the README is the one that package.json has', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(codeBlocks(section(page, 'Tests')).map(({ text }) => text)).toEqual(['npm test\n']);
  expect(scripts['test']).toContain('vitest run');
  const named = [...page.matchAll(/npm run (\w+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

/** Commands and output for the port and the folders of this test. */
function here(text: string): string {
  return text.replaceAll('127.0.0.1:4000', `127.0.0.1:${port}`).replaceAll('plugins/', `${folder}/plugins/`);
}

function fileNamedIn({ before }: CodeBlock): string {
  const [, name] = /Save this as `([\w/.-]+)`/.exec(before) ?? [];
  if (name === undefined) throw new Error('The text before a plugin must say where to save it.');
  return name;
}

async function expectLines(command: LongCommand | undefined, text: string): Promise<void> {
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  expect((await command?.printed(`${last}\n`)) ?? '').toBe(text);
}

async function metrics(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
