/** Compares a live database with a schema.prisma. */
import type { Database } from './database.ts';
import { startSchemaEngine } from './schema-engine.ts';

/** The SQL that would turn the database into the schema; null when they are equal. */
export async function schemaDrift(database: Database, schema: string): Promise<string | null> {
  const engine = await startSchemaEngine(database.schemaAdapter, schema);
  try {
    const files = [{ path: 'schema.prisma', content: schema }];
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '.' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    });
    return exitCode === 0 ? null : stdout;
  } finally {
    engine.free();
  }
}
