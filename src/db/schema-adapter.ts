/**
 * Driver adapters for the schema engine. Those that serve the client cannot run migrations: PostgreSQL's cuts scripts at every
 * semicolon, and neither says which statement failed. Here a script is sent whole, and its error is the engine's kind.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { DatabaseUnreachableError } from './database-errors.ts';
import type { SchemaAccess } from './database.ts';
import { embeddedAdapter } from './embedded/adapter.ts';
import type { DatabaseProcess } from './embedded/database-process.ts';
import { ignoreLostConnections } from './lost-connections.ts';

type RunScript = (script: string) => Promise<unknown>;

/** The folder lock keeps other processes away from the embedded one, so there is nobody to wait for. */
export function embeddedSchemaAccess(embedded: DatabaseProcess): SchemaAccess {
  const adapters = embeddedAdapter(embedded);
  return {
    adapters: {
      ...adapters,
      connect: async () => withScripts(await adapters.connect(), (script) => embedded.ask({ do: 'script', script })),
    },
    exclusively: (run) => run(),
  };
}

/** Any number will do, as long as every version of Hookline uses the same. */
const MIGRATION_LOCK = 4_846_107;

export function postgresSchemaAccess(config: pg.PoolConfig): SchemaAccess {
  const factory = new PrismaPg(config);
  return {
    adapters: {
      provider: factory.provider,
      adapterName: factory.adapterName,
      async connect() {
        // One connection, kept while it is idle: the engine's lock and settings belong to it.
        const pool = readableCatalogue(new pg.Pool({ ...config, max: 1, idleTimeoutMillis: 0 }));
        ignoreLostConnections(pool);
        const adapter = await new PrismaPg(pool, { disposeExternalPool: true }).connect();
        return withScripts(adapter, (script) => pool.query(script));
      },
      connectToShadowDb: () => factory.connectToShadowDb(),
    },
    // The engine has a lock of its own, but gives up on it after ten seconds.
    async exclusively(run) {
      const client = new pg.Client(config);
      // A connection that breaks while `run` works elsewhere ends the lock, not the process.
      client.on('error', () => {});
      await client.connect().catch((error: unknown) => {
        throw new DatabaseUnreachableError(
          `PostgreSQL at ${client.host}:${client.port} cannot be used: ${messageOf(error)}`,
          {
            cause: error,
          },
        );
      });
      try {
        await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
        return await run();
      } finally {
        await client.end();
      }
    },
  };
}

/** A refused connection to a name with several addresses has no message of its own, only a code. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}

/**
 * PostgreSQL's own tables have columns of the one-byte type "char" (18), which Prisma's adapter refuses to read. The
 * engine asks for them when it describes a schema, and takes them as text (25).
 */
function readableCatalogue(pool: pg.Pool): pg.Pool {
  const query = pool.query.bind(pool);
  const readable = async (request: string | pg.QueryArrayConfig) => {
    const result = await (typeof request === 'string' ? query(request) : query(request));
    for (const field of result.fields ?? []) if (field.dataTypeID === 18) field.dataTypeID = 25;
    return result;
  };
  return Object.assign(pool, { query: readable });
}

function withScripts(adapter: SqlDriverAdapter, run: RunScript): SqlDriverAdapter {
  adapter.executeScript = async (script) => {
    await run(script).catch((error: unknown) => {
      throw toDriverError(error);
    });
  };
  return adapter;
}

/** What the engine needs to name the failed statement; any other error passes as it is. */
function toDriverError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const field = (name: string) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? value : undefined;
  };
  return new DriverAdapterError({
    kind: 'postgres',
    code: error.code,
    severity: field('severity') ?? 'ERROR',
    message: error.message,
    detail: field('detail'),
    column: field('column'),
    hint: field('hint'),
    originalCode: error.code,
    originalMessage: error.message,
  });
}
