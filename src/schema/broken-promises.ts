import { buildSchema, findBreakingChanges, printSchema, type GraphQLSchema } from 'graphql';

/** What a schema no longer keeps of the names and types that `promised` (in schema language) told clients of. */
export function brokenPromises(promised: string, schema: GraphQLSchema): string[] {
  // Read back from its text, so that both sides are made the same way.
  const current = buildSchema(printSchema(schema));
  return findBreakingChanges(buildSchema(promised), current).map(({ description }) => description);
}
