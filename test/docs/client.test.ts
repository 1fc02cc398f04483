/** docs/CLIENT.md: its programs print what it says they print, and its tables are those of the code. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLIENT_CODES, CLIENT_DEFAULTS } from '../../src/client/index.ts';
import { createTestApp, type TestApp } from '../rig/create-test-app.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { codeBlocks } from './code-blocks.ts';
import { tableUnder } from './read-table.ts';

const run = promisify(execFile);

const root = fileURLToPath(new URL('../..', import.meta.url));
const path = join(root, 'docs/CLIENT.md');
const page = readFileSync(path, 'utf8');
const blocks = codeBlocks(page);
const programs = blocks.flatMap(({ labels, text, line }, index) => {
  const name = labels.get('program');
  return name === undefined ? [] : [{ name, text, line, prints: blocks[index + 1]?.text ?? '' }];
});

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  await app.enable('calculator');
});
afterAll(() => app.close());

test('every block is a program or what one prints', () => {
  expect(programs.length).toBeGreaterThan(3);
  expect(blocks.length).toBe(2 * programs.length);
});

// In the order of the page: later ones see what earlier ones did.
test.each(programs)('$name (line $line) prints what the page says', async ({ name, text, prints }) => {
  await using folder = await temporaryFolder();
  const client = pathToFileURL(join(root, 'src/client/index.ts')).href;
  const file = join(folder.path, `${name}.ts`);
  await writeFile(file, text.replace("'hookline/client'", `'${client}'`));
  const { stdout } = await run(process.execPath, [file], {
    env: { ...process.env, NO_COLOR: '1', HOOKLINE_URL: app.url, HOOKLINE_TOKEN: await app.token() },
  });
  expect(stdout).toBe(prints);
});

test('the codes of the page are those there are', async () => {
  const rows = Object.entries(CLIENT_CODES).map(([code, when]) => `| \`${code}\` | ${when} |`);
  const [start, rest = ''] = page.split('<!-- client codes -->\n');
  const table = ['| code | when |', '| --- | --- |', ...rows].join('\n');
  const wanted = `${start}<!-- client codes -->\n\n${table}\n\n${rest.slice(rest.indexOf('<!-- end -->'))}`;
  const formatted = await format(wanted, { ...(await resolveConfig(path)), filepath: path });
  await expect(formatted, '"npm test -- test/docs -u" writes the table anew').toMatchFileSnapshot(path);
});

test('the defaults of the page are those there are', () => {
  const shown = tableUnder(page, 'Options').flatMap(([option = '', byDefault = '']) =>
    /^[\d,]+$/.test(byDefault) ? [[option.replaceAll('`', ''), Number(byDefault.replaceAll(',', ''))]] : [],
  );
  expect(Object.fromEntries(shown)).toEqual(CLIENT_DEFAULTS);
});
