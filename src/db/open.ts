/** Opens the database: PostgreSQL by URL, or the embedded one in the data folder. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { PrismaClient } from '../../generated/prisma/client.ts';
import type { Database } from './database.ts';
import { lockFolder, type FolderLock } from './folder-lock.ts';
import { ignoreLostConnections } from './lost-connections.ts';
import { pgliteStatement, postgresStatement } from './prepared-statement.ts';
import { pgliteSchemaAccess, postgresSchemaAccess } from './schema-adapter.ts';

export interface OpenDatabaseOptions {
  /** Absent: the embedded database in `dataDir`. */
  readonly databaseUrl?: string | undefined;
  /** A folder, or 'memory' for a database that ends with the process. */
  readonly dataDir: string;
  /** The files of a database to begin with, for 'memory'. */
  readonly template?: Blob;
}

const LOCK_ATTEMPTS = 3;
const POOL_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 15_000;

/** @throws FolderInUseError when another process uses the data folder. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  return options.databaseUrl === undefined ? await openEmbedded(options) : openPostgres(options.databaseUrl);
}

async function openEmbedded({ dataDir, template }: OpenDatabaseOptions): Promise<Database> {
  if (dataDir === 'memory') return await openPglite(new PGlite(template ? { loadDataDir: template } : {}));
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockPatiently(dataDir);
  try {
    return await openPglite(new PGlite(join(dataDir, 'db')), lock.release);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Two that start at the same moment refuse each other, so each tries again after a time of its own. */
async function lockPatiently(dataDir: string): Promise<FolderLock> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return lockFolder(dataDir);
    } catch (error) {
      if (attempt === LOCK_ATTEMPTS) throw error;
      await sleep(Math.random() * 100 * attempt);
    }
  }
}

/** Over a PGlite that is already made; closing the database closes it. */
export async function openPglite(client: PGlite, afterClose = () => {}): Promise<Database> {
  await client.waitReady;
  await client.exec(UTC);
  const prisma = new PrismaClient({ adapter: new PrismaPGlite(client) });
  const parts: DatabaseParts = {
    kind: 'pglite',
    prisma,
    prepare: (statement) => pgliteStatement(client, statement),
    schemaAccess: pgliteSchemaAccess(client),
  };
  return withClose(parts, async () => {
    await prisma.$disconnect();
    await client.close();
    afterClose();
  });
}

function openPostgres(databaseUrl: string): Database {
  const config: pg.PoolConfig = {
    connectionString: databaseUrl,
    max: POOL_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'hookline',
    keepAlive: true,
    // The pool waits for the promise, though its types do not say so.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises
    onConnect: async (client) => {
      await client.query(UTC);
    },
  };
  const pool = new pg.Pool({ ...config, statement_timeout: STATEMENT_TIMEOUT_MS });
  ignoreLostConnections(pool);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const parts: DatabaseParts = {
    kind: 'postgresql',
    prisma,
    prepare: (statement) => postgresStatement(pool, statement),
    schemaAccess: postgresSchemaAccess(config),
  };
  return withClose(parts, async () => {
    await prisma.$disconnect();
    await pool.end();
  });
}

// Both adapters write timestamps without an offset and take every offset they read for UTC.
const UTC = "SET TIME ZONE 'UTC'";

type DatabaseParts = Pick<Database, 'kind' | 'prisma' | 'prepare' | 'schemaAccess'>;

/** A second close is the first. */
function withClose(parts: DatabaseParts, closeOnce: () => Promise<void>): Database {
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= closeOnce());
  return { ...parts, close, [Symbol.asyncDispose]: close };
}
