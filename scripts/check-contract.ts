/**
 * Fails when the schema in code takes away or renames something clients rely on: a name of schema.contract.graphql (the
 * promise) or of the schema.graphql last committed. `--accept` adds what is new to the promise.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { lexicographicSortSchema, parse, print, printSchema, visit } from 'graphql';
import { brokenPromises } from '../src/schema/broken-promises.ts';
import { buildSchema } from '../src/schema/build-schema.ts';

const ROOT = new URL('../', import.meta.url);
const CONTRACT = new URL('schema.contract.graphql', ROOT);

const schema = buildSchema();
const promises = [
  { name: 'schema.contract.graphql', text: readFileSync(CONTRACT, 'utf8') },
  { name: 'the committed schema.graphql', text: readCommitted() },
];
const broken = promises.flatMap(({ name, text }) =>
  text === undefined ? [] : brokenPromises(text, schema).map((promise) => `- ${name}: ${promise}`),
);

if (broken.length > 0) {
  console.error(`Clients are written against these names; add, do not take away:\n${broken.join('\n')}`);
  process.exitCode = 1;
} else if (process.argv.includes('--accept')) {
  writeFileSync(CONTRACT, `${namesOnly(printSchema(lexicographicSortSchema(schema)))}\n`);
}

function readCommitted(): string | undefined {
  try {
    return execFileSync('git', ['show', 'HEAD:schema.graphql'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    // Not a git checkout, or nothing committed yet: then the contract alone is the promise.
    return undefined;
  }
}

function namesOnly(text: string): string {
  const document = visit(parse(text), {
    enter: (node) => ('description' in node && node.description ? { ...node, description: undefined } : undefined),
  });
  return print(document);
}
