/** Statements that are planned once, on both kinds of database. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import type { PreparedStatement } from '../../src/db/prepared-statement.ts';
import { DATABASE_KINDS, openTestDatabase } from '../rig/open-test-database.ts';

describe.each(DATABASE_KINDS)('on $title', ({ kind, missing }) => {
  describe.skipIf(missing)('', () => {
    let database: Database;
    let insert: PreparedStatement;
    beforeAll(async () => {
      database = await openTestDatabase(kind);
      await database.prisma.$executeRawUnsafe('CREATE TABLE notes (id int PRIMARY KEY, note text)');
      insert = database.prepare({
        name: 'insert_note',
        text: 'INSERT INTO notes VALUES ($1::text::int, $2) RETURNING id, id > 1 AS later, note',
      });
    });
    afterAll(() => database.close());

    const notes = () => database.prisma.$queryRawUnsafe<{ id: number }[]>('SELECT id FROM notes ORDER BY id');

    test('rows are columns as text, null as null; quotes and all are values', async () => {
      const note = `'; DROP TABLE notes; -- \\ $1 "é" \u2028`;
      expect(await insert(['1', note])).toEqual([['1', 'f', note]]);
      expect(await insert(['2', null])).toEqual([['2', 't', null]]);
    });

    test('what fails has its SQLSTATE, leaves nothing behind, and the next one works', async () => {
      await expect(insert(['1', 'again'])).rejects.toMatchObject({ code: '23505' });
      await expect(insert(['one', null])).rejects.toMatchObject({ code: '22P02' });
      expect(await insert(['3', 'well'])).toEqual([['3', 't', 'well']]);
      expect(await notes()).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    });

    test('a statement that cannot be prepared says so each time', async () => {
      const wrong = database.prepare({ name: 'wrong', text: 'SELECT nothing FROM notes WHERE note = $1' });
      await expect(wrong(['x'])).rejects.toMatchObject({ code: '42703' });
      await expect(wrong(['x'])).rejects.toMatchObject({ code: '42703' });
    });

    test('it is planned again when its table has changed', async () => {
      await database.prisma.$executeRawUnsafe('CREATE INDEX notes_note ON notes (note)');
      expect(await insert(['4', 'indexed'])).toHaveLength(1);
    });

    test('it waits for a transaction that is open, and is not part of it', async () => {
      let inserted: ReturnType<PreparedStatement> | undefined;
      const undone = database.prisma.$transaction(async (tx) => {
        await tx.$executeRawUnsafe("INSERT INTO notes VALUES (10, 'undone')");
        inserted = insert(['11', 'kept']);
        await tx.$executeRawUnsafe("INSERT INTO notes VALUES (12, 'undone')");
        throw new Error('undo');
      });
      await expect(undone).rejects.toThrow('undo');
      expect(await inserted).toEqual([['11', 't', 'kept']]);
      expect((await notes()).filter(({ id }) => id >= 10)).toEqual([{ id: 11 }]);
    });

    test('many at once all arrive', async () => {
      await Promise.all(Array.from({ length: 50 }, (_, n) => insert([String(100 + n), null])));
      expect((await notes()).filter(({ id }) => id >= 100)).toHaveLength(50);
    });
  });
});
