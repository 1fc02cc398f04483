/** Databases for tests: an embedded one in memory, prepared once per set of migrations, or one of its own on PostgreSQL. */
import { createHash, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { Database } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { findPrismaFolder } from '../../src/db/migrations-folder.ts';
import { openDatabase } from '../../src/db/open.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** A server on which tests may create databases; `npm run test:postgres` sets it. */
export const TEST_POSTGRES_URL = process.env['HOOKLINE_TEST_DATABASE_URL'] || undefined;

const ONLY_POSTGRES = process.env['HOOKLINE_TEST_ONLY_POSTGRES'] === '1';

/** For `describe.each`: every kind there is, and the word in the title when one is left out here. */
export const DATABASE_KINDS = [
  { kind: 'pglite', title: ONLY_POSTGRES ? 'PGlite (left out: npm test runs it)' : 'PGlite', missing: ONLY_POSTGRES },
  {
    kind: 'postgresql',
    title: TEST_POSTGRES_URL
      ? 'PostgreSQL'
      : 'PostgreSQL (left out: no HOOKLINE_TEST_DATABASE_URL; npm run test:postgres sets it)',
    missing: TEST_POSTGRES_URL === undefined,
  },
] as const;

export type DatabaseKind = (typeof DATABASE_KINDS)[number]['kind'];

/** Migrated, empty, gone when closed. */
export async function openTestDatabase(kind: DatabaseKind = 'pglite'): Promise<Database> {
  if (kind === 'pglite') return await openDatabase({ dataDir: 'memory', template: await migratedTemplate() });
  const { url, drop } = await createPostgresDatabase();
  const database = await openDatabase({ dataDir: 'memory', databaseUrl: url });
  await migrate(database);
  const close = () => database.close().then(drop);
  return { ...database, close, [Symbol.asyncDispose]: close };
}

/** An empty database on the test server, and how to drop it. */
export async function createPostgresDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  if (!TEST_POSTGRES_URL) throw new Error('HOOKLINE_TEST_DATABASE_URL is not set.');
  const name = `hookline_test_${randomUUID().replaceAll('-', '')}`;
  const run = async (sql: string) => {
    const client = new pg.Client(TEST_POSTGRES_URL);
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`CREATE DATABASE ${name}`);
  const url = new URL(TEST_POSTGRES_URL);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** Making a PGlite database takes a second or more, loading a prepared one a third; so it is kept between runs. */
async function migratedTemplate(): Promise<string> {
  const folder = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'hookline-test');
  const file = join(folder, `${templateKey()}.tar`);
  if (existsSync(file)) return file;
  const template = await makeTemplate();
  mkdirSync(folder, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, Buffer.from(await template.arrayBuffer()));
  renameSync(draft, file);
  return file;
}

function templateKey(): string {
  const prisma = findPrismaFolder();
  const hash = createHash('sha256').update(
    readFileSync(createRequire(import.meta.url).resolve('@electric-sql/pglite')),
  );
  for (const name of readdirSync(join(prisma, 'migrations'), { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (name.endsWith('.sql')) hash.update(name).update(readFileSync(join(prisma, 'migrations', name)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function makeTemplate(): Promise<Blob> {
  await using folder = await temporaryFolder();
  {
    await using database = await openDatabase({ dataDir: folder.path });
    await migrate(database);
  }
  const client = await PGlite.create(join(folder.path, 'db'));
  return await client.dumpDataDir('none').finally(() => client.close());
}
