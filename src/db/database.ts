/** The database as the rest of the house sees it: Prisma's client over PGlite or PostgreSQL, and who closes it. */
import type { PrismaClient, Prisma } from '../../generated/prisma/client.ts';

export interface Database extends AsyncDisposable {
  readonly prisma: PrismaClient;
  readonly kind: 'pglite' | 'postgresql';
  close(): Promise<void>;
}

export type DatabaseTransaction = Prisma.TransactionClient;
