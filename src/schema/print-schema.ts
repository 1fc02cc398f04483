/** `node src/schema/print-schema.ts` writes schema.graphql; with --check it fails when the file is not what would be written. */
import { readFile, writeFile } from 'node:fs/promises';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchema } from './build-schema.ts';

const FILE = new URL('../../schema.graphql', import.meta.url);

const printed = `${printSchema(lexicographicSortSchema(buildSchema()))}\n`;
if (!process.argv.includes('--check')) {
  await writeFile(FILE, printed);
} else if ((await readFile(FILE, 'utf8').catch(() => '')) !== printed) {
  console.error('schema.graphql is not what the code says. Run: node src/schema/print-schema.ts');
  process.exitCode = 1;
}
