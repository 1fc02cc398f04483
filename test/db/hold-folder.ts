/** A process that opens the database in a folder, says so, writes what it is told to, and stays until it is killed. */
import { randomUUID } from 'node:crypto';
import { createTenant } from '../../src/auth/tenants.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';

const [, , dataDir = ''] = process.argv;
try {
  const database = await openDatabase({ dataDir });
  await migrate(database);
  const { slug } = await createTenant(database.prisma, { slug: `by-${randomUUID().slice(0, 8)}` });
  console.log(`open ${slug}`);
  process.stdin.resume();
} catch (error) {
  console.log(`refused ${error instanceof Error ? error.message : String(error)}`);
}
