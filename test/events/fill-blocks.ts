/** Makes the blocks of a journal that has none yet, as the migration does that brought them. */
import { readFile } from 'node:fs/promises';
import type { Database } from '../../src/db/database.ts';

const MIGRATION = new URL('../../prisma/migrations/20261129040000_journal_blocks/migration.sql', import.meta.url);

export async function fillBlocks({ prisma }: Database): Promise<void> {
  const statements = (await readFile(MIGRATION, 'utf8')).split(';\n').filter((part) => part.includes('INSERT INTO'));
  for (const statement of statements) await prisma.$executeRawUnsafe(statement);
}
