import { randomUUID } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { findPrismaFolder } from '../../src/db/migrations-folder.ts';
import { openDatabase } from '../../src/db/open.ts';
import { schemaDrift } from '../../src/db/schema-drift.ts';
import { createPostgresDatabase, DATABASE_KINDS, openTestDatabase } from '../rig/open-test-database.ts';

const LATER = '20990101000000_later';

describe.each(DATABASE_KINDS)('migrations on $title', ({ kind, missing }) => {
  describe.skipIf(missing)('', () => {
    let database: Database;
    let prismaFolder: string;
    const laterFile = () => join(prismaFolder, 'migrations', LATER, 'migration.sql');
    const addLater = async (sql: string) => {
      await mkdir(join(prismaFolder, 'migrations', LATER), { recursive: true });
      await writeFile(laterFile(), sql);
    };

    beforeEach(async () => {
      database = await openTestDatabase(kind);
      prismaFolder = await mkdtemp(join(tmpdir(), 'hookline-prisma-'));
      await cp(findPrismaFolder(), prismaFolder, { recursive: true });
    });
    afterEach(async () => {
      await database.close();
      await rm(prismaFolder, { recursive: true, force: true });
    });

    test('lead to schema.prisma exactly', async () => {
      const schema = await readFile(join(prismaFolder, 'schema.prisma'), 'utf8');
      expect(await schemaDrift(database, schema)).toBeNull();
      const withOneMore = schema.replace('model Server {', 'model Server {\n  extra Int?\n');
      expect(await schemaDrift(database, withOneMore)).toMatch(/ADD COLUMN\s+"extra" INTEGER/);
    });

    test('are applied once, each with a row that prisma migrate knows', async () => {
      expect(await migrate(database)).toEqual([]);
      await addLater('CREATE TABLE later (x INT);');
      expect(await migrate(database, prismaFolder)).toEqual([LATER]);
      expect(await migrate(database, prismaFolder)).toEqual([]);
      const rows = await database.prisma.$queryRaw<{ name: string; finished: boolean; checksum: string }[]>`
        SELECT migration_name AS name, finished_at IS NOT NULL AS finished, checksum FROM _prisma_migrations ORDER BY 1`;
      expect(rows.length).toBeGreaterThan(1);
      expect(rows.every(({ finished }) => finished)).toBe(true);
      expect(rows.every(({ checksum }) => /^[0-9a-f]{64}$/.test(checksum))).toBe(true);
    });

    test('a migration with several statements and a function body runs whole', async () => {
      await addLater(
        'CREATE TABLE a (x INT); CREATE FUNCTION two() RETURNS INT AS $$ SELECT 1; SELECT 2; $$ LANGUAGE sql;',
      );
      expect(await migrate(database, prismaFolder)).toEqual([LATER]);
      expect(await database.prisma.$queryRaw`SELECT two() AS two`).toEqual([{ two: 2 }]);
    });

    test('one that fails is named, leaves nothing of itself, and is not tried again', async () => {
      await addLater('CREATE TABLE half (x INT); SELECT no_such_function();');
      await expect(migrate(database, prismaFolder)).rejects.toThrow(/no_such_function/);
      expect(await database.prisma.$queryRaw`SELECT to_regclass('half')::text AS half`).toEqual([{ half: null }]);
      await expect(migrate(database, prismaFolder)).rejects.toThrow(new RegExp(`failed before.*${LATER}`));
    });

    test('one that was edited after it ran is refused', async () => {
      await addLater('CREATE TABLE later (x INT);');
      await migrate(database, prismaFolder);
      await appendFile(laterFile(), '-- changed');
      await expect(migrate(database, prismaFolder)).rejects.toThrow(
        new RegExp(`changed after it was applied: ${LATER}`),
      );
    });

    test('a database of a newer version is refused', async () => {
      await addLater('CREATE TABLE later (x INT);');
      await migrate(database, prismaFolder);
      await expect(migrate(database)).rejects.toThrow(new RegExp(`newer version of Hookline \\(${LATER}\\)`));
    });

    test('an INSERT written for the original table works, and the columns added have their defaults', async () => {
      const tenantId = randomUUID();
      const id = randomUUID();
      await database.prisma
        .$executeRaw`INSERT INTO tenants (id, slug, name, created_at) VALUES (${tenantId}::uuid, 'acme', 'Acme', now())`;
      await database.prisma.$executeRaw`
        INSERT INTO plugin_registrations (id, tenant_id, plugin_name, plugin_version, enabled, config, installed_at, updated_at)
        VALUES (${id}::uuid, ${tenantId}::uuid, 'calculator', '1.0.0', true, '{"precision": 2}', now(), now())`;
      await database.prisma.$executeRaw`
        INSERT INTO plugin_registrations (id, tenant_id, plugin_name, plugin_version, installed_at, updated_at)
        VALUES (${randomUUID()}::uuid, ${tenantId}::uuid, 'other', '1.0.0', now(), now())`;
      const rows = await database.prisma.pluginRegistration.findMany({ orderBy: { pluginName: 'asc' } });
      expect(rows).toMatchObject([
        { id, pluginName: 'calculator', enabled: true, config: { precision: 2 }, configRevision: 1, grants: null },
        { pluginName: 'other', enabled: true, config: {} },
      ]);
    });

    test.each(['id', 'installed_at', 'updated_at'])('%s has no default, as in the original', async (column) => {
      const rows = await database.prisma.$queryRaw`
        SELECT column_default, is_nullable FROM information_schema.columns
        WHERE table_name = 'plugin_registrations' AND column_name = ${column}`;
      expect(rows).toEqual([{ column_default: null, is_nullable: 'NO' }]);
    });
  });
});

test.skipIf(DATABASE_KINDS[1].missing)(
  'servers that start at the same time on an empty PostgreSQL migrate it once',
  async () => {
    const { url, drop } = await createPostgresDatabase();
    const servers = await Promise.all([1, 2, 3, 4].map(() => openDatabase({ databaseUrl: url, dataDir: 'memory' })));
    const applied = await Promise.all(servers.map((server) => migrate(server)));
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    await Promise.all(servers.map((server) => server.close()));
    await drop();
  },
);

test('a PostgreSQL that is not there is named, without its password', async () => {
  await using database = await openDatabase({
    databaseUrl: 'postgresql://me:hidden@127.0.0.1:1/db',
    dataDir: 'memory',
  });
  const failure = await migrate(database).catch((error: unknown) => error);
  expect(String(failure)).toMatch(/PostgreSQL at 127\.0\.0\.1:1 cannot be used/);
  expect(String(failure)).not.toContain('hidden');
});
