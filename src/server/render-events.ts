/** Executes a subscription's operation for an event, and gives the result as text. */
import { execute, type ExecutionArgs } from 'graphql';
import type { Actor } from '../auth/actor.ts';
import { encodeCursor } from '../events/cursor.ts';
import type { JournalEvent } from '../events/records.ts';
import type { SchemaContext } from '../schema/context.ts';
import { RelatedReads } from '../schema/related-reads.ts';
import { createEventPayload, type EventPayload } from './event-payload.ts';
import { formatGraphQLError, toGraphQLError } from './graphql-error.ts';
import type { ServerDeps } from './server-deps.ts';

/** Nothing of the caller but its rights goes in, so that the result is right for all who have the same. */
export function renderEvents(
  { useCases, prisma, log }: ServerDeps,
  { schema, document, operationName, variableValues }: ExecutionArgs,
  caller: Actor | null,
): (event: JournalEvent) => Promise<EventPayload> {
  const anyone = caller && { ...caller, subject: '', expiresAt: Infinity };
  const contextValue: SchemaContext = {
    caller: anyone,
    useCases,
    prisma,
    related: new RelatedReads(useCases, anyone),
  };
  const args = {
    schema,
    document,
    operationName: operationName ?? null,
    variableValues: variableValues ?? null,
    contextValue,
  };
  return async (event) => {
    const { errors, data } = await execute({ ...args, rootValue: event });
    const shown = errors?.map((error) => formatGraphQLError(toGraphQLError(log, error)));
    const result = shown ? { ...(data === undefined ? {} : { data }), errors: shown } : { data };
    return createEventPayload(JSON.stringify(result), encodeCursor(event.tenantId, event.seq));
  };
}
