/** The committed migrations and schema, read from prisma/ beside package.json: in a checkout and in an installed package. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm';

export interface MigrationsFolder {
  /** Text of schema.prisma. */
  readonly schema: string;
  readonly list: MigrationList;
}

/** Source runs from src/db, what is published from a build folder: whichever parent has prisma/migrations is ours. */
export function findPrismaFolder(from = import.meta.dirname): string {
  if (existsSync(join(from, 'prisma', 'migrations', 'migration_lock.toml'))) return join(from, 'prisma');
  const parent = dirname(from);
  if (parent === from)
    throw new Error('prisma/migrations is missing: this copy of Hookline is incomplete. Install it again.');
  return findPrismaFolder(parent);
}

export async function readMigrations(prismaFolder: string): Promise<MigrationsFolder> {
  const baseDir = join(prismaFolder, 'migrations');
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return {
    schema: await readFile(join(prismaFolder, 'schema.prisma'), 'utf8'),
    list: {
      baseDir,
      lockfile: { path: 'migration_lock.toml', content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8') },
      shadowDbInitScript: '',
      migrationDirectories: await Promise.all(names.toSorted().map((name) => readMigration(baseDir, name))),
    },
  };
}

async function readMigration(baseDir: string, name: string): Promise<MigrationList['migrationDirectories'][number]> {
  const content = await readFile(join(baseDir, name, 'migration.sql'), 'utf8');
  return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: content } } };
}
