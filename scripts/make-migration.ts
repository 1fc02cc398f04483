/**
 * Writes the migration that leads from the committed migrations to prisma/schema.prisma:
 *   node scripts/make-migration.ts NAME
 * The schema engine compares the schema with a scratch database that has every committed migration.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open.ts';
import { schemaDrift } from '../src/db/schema-drift.ts';

const name = process.argv[2];
if (!name || !/^[a-z][a-z0-9_]*$/.test(name))
  throw new Error('Usage: node scripts/make-migration.ts NAME (a-z, 0-9, _)');

const prismaFolder = join(import.meta.dirname, '..', 'prisma');
const lockFile = join(prismaFolder, 'migrations', 'migration_lock.toml');
if (!existsSync(lockFile)) {
  mkdirSync(join(prismaFolder, 'migrations'), { recursive: true });
  writeFileSync(lockFile, '# Which database the migrations are for; Prisma reads it.\nprovider = "postgresql"\n');
}

await using database = await openDatabase({ dataDir: 'memory' });
await migrate(database, prismaFolder);
const script = await schemaDrift(database, readFileSync(join(prismaFolder, 'schema.prisma'), 'utf8'));
if (script === null) {
  console.log('The migrations already lead to schema.prisma; nothing was written.');
} else {
  const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const folder = join(prismaFolder, 'migrations', `${stamp}_${name}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'migration.sql'), script);
  console.log(`Wrote ${join(folder, 'migration.sql')}. Read it before you commit it.`);
}
