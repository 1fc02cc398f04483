/** Compares a live database with a schema.prisma. */
import type { Database } from './database.ts';
import { withSchemaEngine } from './schema-engine.ts';

/** The SQL that would turn the database into the schema; null when they are equal. */
export async function schemaDrift(database: Database, schema: string): Promise<string | null> {
  const files = [{ path: 'schema.prisma', content: schema }];
  const { exitCode, stdout } = await withSchemaEngine(database, schema, (engine) =>
    engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    }),
  );
  return exitCode === 0 ? null : stdout;
}
