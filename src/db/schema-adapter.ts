/**
 * Driver adapters for the schema engine. Those that serve the client cannot run migrations: PGlite's starts a script
 * and does not wait for it, PostgreSQL's cuts scripts at every semicolon. Here a script is sent whole and awaited.
 */
import type { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';

type RunScript = (script: string) => Promise<unknown>;

export function pgliteSchemaAdapter(client: PGlite): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPGlite(client);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => withScripts(await factory.connect(), (script) => client.exec(script)),
    connectToShadowDb: () => factory.connectToShadowDb(),
  };
}

/** On a pool of one: the engine's locks and settings belong to a connection. */
export function postgresSchemaAdapter(config: pg.PoolConfig): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(config);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => {
      const pool = new pg.Pool({ ...config, max: 1 });
      const adapter = await new PrismaPg(pool, { disposeExternalPool: true }).connect();
      return withScripts(adapter, (script) => pool.query(script));
    },
    connectToShadowDb: () => factory.connectToShadowDb(),
  };
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
