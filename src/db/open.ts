/** Opens the database: PostgreSQL by URL, or the embedded one in the data folder. */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../../generated/prisma/client.ts';
import type { Database } from './database.ts';
import { embeddedAdapter } from './embedded/adapter.ts';
import { startDatabaseProcess, type DatabaseTrouble } from './embedded/database-process.ts';
import type { EmbeddedOptions } from './embedded/requests.ts';
import { lockPatiently } from './folder-lock.ts';
import { ignoreLostConnections } from './lost-connections.ts';
import { UTC } from './utc.ts';
import { postgresStatement } from './prepared-statement.ts';
import { embeddedSchemaAccess, postgresSchemaAccess } from './schema-adapter.ts';

export interface OpenDatabaseOptions extends DatabaseTrouble {
  /** Absent: the embedded database in `dataDir`. */
  readonly databaseUrl?: string | undefined;
  /** A folder, or 'memory' for a database that ends with the process. */
  readonly dataDir: string;
  /** The archive of a database to begin with, for 'memory'. */
  readonly template?: string;
}

const LOCK_PATIENCE_MS = 200;
const POOL_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 15_000;

/** @throws FolderInUseError when another process uses the data folder. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  return options.databaseUrl === undefined ? await openEmbedded(options) : openPostgres(options.databaseUrl);
}

async function openEmbedded({ dataDir, template, ...trouble }: OpenDatabaseOptions): Promise<Database> {
  if (dataDir === 'memory') return await openProcess({ template }, trouble);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockPatiently(dataDir, 'lock', LOCK_PATIENCE_MS);
  try {
    return await openProcess({ dataDir: resolve(dataDir) }, trouble, lock.release);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openProcess(
  options: EmbeddedOptions,
  trouble: DatabaseTrouble,
  afterClose = () => {},
): Promise<Database> {
  const embedded = await startDatabaseProcess(options, trouble);
  const prisma = new PrismaClient({ adapter: embeddedAdapter(embedded) });
  const parts: DatabaseParts = {
    kind: 'pglite',
    prisma,
    prepare: (statement) => (values) => embedded.ask({ do: 'run', statement, values }),
    schemaAccess: embeddedSchemaAccess(embedded),
  };
  return withClose(parts, async () => {
    await prisma.$disconnect();
    await embedded.close().finally(afterClose);
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

type DatabaseParts = Pick<Database, 'kind' | 'prisma' | 'prepare' | 'schemaAccess'>;

/** A second close is the first. */
function withClose(parts: DatabaseParts, closeOnce: () => Promise<void>): Database {
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= closeOnce());
  return { ...parts, close, [Symbol.asyncDispose]: close };
}
