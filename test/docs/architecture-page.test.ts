import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { tableUnder } from './read-table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

test('every file the page names is there', () => {
  const named = [...page.matchAll(/`((?:src|test|scripts|prisma|docs)\/[\w./-]+)`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('every part of src has its line in the table of folders', () => {
  const parts = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const shown = tableUnder(page, 'Layers').map(([folder = '']) => folder.replaceAll('`', ''));
  expect(parts.map(({ name }) => `src/${name}`).filter((part) => !shown.includes(part))).toEqual([]);
});
