/** What every resolver is given: who asks, and everything it may ask for. */
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { Actor } from '../auth/actor.ts';
import type { UseCases } from '../plugins/use-cases.ts';
import type { RelatedReads } from './related-reads.ts';

export interface SchemaContext {
  /** Null: not signed in. */
  readonly caller: Actor | null;
  readonly useCases: UseCases;
  /** Aborted when nobody waits for the answer any more. */
  readonly callerGone?: AbortSignal | undefined;
  /** A cursor that a subscription begins after, whatever its argument says. */
  readonly resumeAfter?: string | undefined;
  /** For fields that lead from one record to others. */
  readonly related: RelatedReads;
  /** For plugin-prisma alone; resolvers call use cases. */
  readonly prisma: PrismaClient;
}
