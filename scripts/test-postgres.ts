/**
 * Runs the database suites on PostgreSQL: on HOOKLINE_TEST_DATABASE_URL when it is set, else on a server of its own, made
 * in a temporary folder from the PostgreSQL installed here and removed afterwards. Arguments go to vitest.
 */
import { spawnSync } from 'node:child_process';
import { startPostgres } from './start-postgres.ts';

/**
 * Everything that is tested on both databases, or on PostgreSQL alone. A suite reads HOOKLINE_TEST_DATABASE_URL and makes a
 * database of its own on that server; what it tests on the embedded one, `npm test` has run.
 */
const SUITES = [
  'test/db/migrate',
  'test/db/prepared-statement',
  'test/events/abandoned-executions',
  'test/events/connections',
  'test/events/indexes',
  'test/events/journal',
  'test/events/lost-database',
  'test/plugins/capabilities/kv.test',
  'test/ends/invocations-kill',
  '.postgres.test.ts',
];

await using server = await startPostgres(process.env['HOOKLINE_TEST_DATABASE_URL']);
const asked = process.argv.slice(2);
const { status } = spawnSync(
  'vitest',
  ['run', ...(asked.some((argument) => !argument.startsWith('-')) ? [] : SUITES), ...asked],
  {
    stdio: 'inherit',
    env: { ...process.env, HOOKLINE_TEST_DATABASE_URL: server.url, HOOKLINE_TEST_ONLY_POSTGRES: '1' },
  },
);
process.exitCode = status ?? 1;
