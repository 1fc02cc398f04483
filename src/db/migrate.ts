/** Brings a database to the schema of this version, at start; one history with `prisma migrate deploy`. */
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import type { Database } from './database.ts';
import { findPrismaFolder, readMigrations, type MigrationsFolder } from './migrations-folder.ts';
import { withSchemaEngine } from './schema-engine.ts';

const NO_FILTER = { externalTables: [], externalEnums: [] };

/** The database cannot be brought to this version's schema. The message says why and what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Applies what is pending and returns its names. Several servers may call this at once: one works, the others wait and
 * find nothing left to do.
 * @throws MigrationError when a migration fails or failed before, was edited after it ran, or is newer than this version.
 */
export async function migrate(database: Database, prismaFolder = findPrismaFolder()): Promise<readonly string[]> {
  const folder = await readMigrations(prismaFolder);
  return await database.schemaAccess.exclusively(() =>
    withSchemaEngine(database, folder.schema, async (engine) => {
      await refuseForeignHistory(engine, folder);
      const { appliedMigrationNames } = await engine
        .applyMigrations({ migrationsList: folder.list, filters: NO_FILTER })
        .catch((error: unknown) => {
          throw new MigrationError(`A migration failed: ${engineMessage(error)}`, { cause: error });
        });
      return appliedMigrationNames;
    }),
  );
}

async function refuseForeignHistory(engine: SchemaEngine, folder: MigrationsFolder): Promise<void> {
  const found = await engine.diagnoseMigrationHistory({
    migrationsList: folder.list,
    optInToShadowDatabase: false,
    filters: NO_FILTER,
  });
  const [failed, edited] = [found.failedMigrationNames, found.editedMigrationNames];
  if (failed.length > 0) {
    throw new MigrationError(
      `A migration failed before and left the database half changed: ${failed.join(', ')}. Repair it, then run ` +
        '"prisma migrate resolve", or restore a backup.',
    );
  }
  if (edited.length > 0) {
    throw new MigrationError(
      `A migration was changed after it was applied: ${edited.join(', ')}. Use the files this database was made with.`,
    );
  }
  const unknown =
    found.history && 'unpersistedMigrationNames' in found.history ? found.history.unpersistedMigrationNames : [];
  if (unknown.length > 0) {
    throw new MigrationError(
      `The database was migrated by a newer version of Hookline (${unknown.join(', ')}). Start that version or a later one.`,
    );
  }
}

/** Without the engine's own trace, which begins with a numbered line. */
function engineMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\n\s*0: [\s\S]*$/, '');
}
