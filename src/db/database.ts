/** The database as the rest of the house sees it: Prisma's client over PGlite or PostgreSQL, and who closes it. */
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { PreparedStatement, StatementText } from './prepared-statement.ts';
import type { Prisma, PrismaClient } from '../../generated/prisma/client.ts';

export interface Database extends AsyncDisposable {
  readonly prisma: PrismaClient;
  readonly kind: 'pglite' | 'postgresql';
  /** For the few statements that run so often that Prisma's way with raw queries is too long. */
  prepare(statement: StatementText): PreparedStatement;
  /** For the schema engine alone. */
  readonly schemaAccess: SchemaAccess;
  close(): Promise<void>;
}

export interface SchemaAccess {
  /** Its adapters run whole scripts, on one connection each; whoever connects disposes of them. */
  readonly adapters: SqlMigrationAwareDriverAdapterFactory;
  /** Runs while no other process does so on this database; waits as long as that takes. */
  exclusively<T>(run: () => Promise<T>): Promise<T>;
}

export type DatabaseTransaction = Prisma.TransactionClient;
