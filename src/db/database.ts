/** The database as the rest of the house sees it: Prisma's client over PGlite or PostgreSQL, and who closes it. */
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { Prisma, PrismaClient } from '../../generated/prisma/client.ts';

export interface Database extends AsyncDisposable {
  readonly prisma: PrismaClient;
  readonly kind: 'pglite' | 'postgresql';
  /** For the schema engine alone (`migrate`): runs whole scripts, on one connection. */
  readonly schemaAdapter: SqlMigrationAwareDriverAdapterFactory;
  close(): Promise<void>;
}

export type DatabaseTransaction = Prisma.TransactionClient;
