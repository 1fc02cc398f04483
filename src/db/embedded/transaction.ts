/** A transaction of PGlite that says how it ended. Its adapter for Prisma answers a COMMIT that failed like one that did not. */
import type { PGlite } from '@electric-sql/pglite';
import type { IsolationLevel, SqlQueryable, Transaction } from '@prisma/driver-adapter-utils';
import { PrismaPGlite } from 'pglite-prisma-adapter';

/** Prisma leaves BEGIN, COMMIT and ROLLBACK to whoever gives it the transaction. */
export const TRANSACTION_OPTIONS: Transaction['options'] = { usePhantomQuery: true };

export interface OpenTransaction {
  readonly statements: SqlQueryable;
  /** Rejects when the database did not take it; nothing is left of it then. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export async function beginTransaction(
  client: PGlite,
  isolation: IsolationLevel | undefined,
): Promise<OpenTransaction> {
  const opened = Promise.withResolvers<OpenTransaction>();
  const wish = Promise.withResolvers<'commit' | 'rollback'>();
  const ended = client.transaction(async (tx) => {
    if (isolation) await tx.exec(`SET TRANSACTION ISOLATION LEVEL ${isolation}`);
    // Of its client the adapter uses `query`, which a transaction has as well.
    const statements = await new PrismaPGlite(tx as unknown as PGlite).connect();
    const end = (how: 'commit' | 'rollback') => {
      wish.resolve(how);
      return ended;
    };
    opened.resolve({ statements, commit: () => end('commit'), rollback: () => end('rollback') });
    if ((await wish.promise) === 'rollback') await tx.rollback();
    // Refused after a statement that failed, where a COMMIT would be a ROLLBACK that nobody hears of.
    else await tx.query('SELECT 1');
  });
  ended.catch(opened.reject);
  return await opened.promise;
}
