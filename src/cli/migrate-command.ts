import { Command } from 'commander';
import { readSettings } from '../config/settings.ts';
import type { CliIo } from './cli-io.ts';

/** `hookline migrate`: what a start does to the database, without the start. */
export function migrateCommand(io: CliIo): Command {
  return new Command('migrate')
    .description('Bring the database to the schema of this version (a start does it too)')
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      const settings = readSettings(io.env, io.cwd);
      // Loaded only here: the other commands start faster without a database.
      const [{ openDatabase }, { migrate }] = await Promise.all([import('../db/open.ts'), import('../db/migrate.ts')]);
      await using database = await openDatabase({ databaseUrl: settings.databaseUrl, dataDir: settings.dataDir });
      const applied = await migrate(database);
      io.out(
        applied.length === 0
          ? 'Nothing to do: the database is up to date.\n'
          : applied.map((name) => `Applied ${name}\n`).join(''),
      );
    });
}

const EXAMPLES = `
Examples:
  $ hookline migrate                                          the embedded database in .hookline
  $ DATABASE_URL=postgresql://user@host/db hookline migrate   PostgreSQL`;
