/** Names everything that the results of a subscription depend on; who has the same may be handed the same text. */
import { getOperationAST, Kind, print, visit, type DocumentNode, type ExecutionArgs } from 'graphql';
import type { Actor } from '../auth/actor.ts';

/** Where a subscription begins changes nothing of the events after it. */
const BEGINNING = 'after';

export function shareKey({ document, operationName, variableValues }: ExecutionArgs, caller: Actor | null): string {
  const beginning = beginningOf(document, operationName);
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => name !== beginning);
  return JSON.stringify([
    caller?.tenant?.id,
    caller?.roles.toSorted(),
    caller?.agentId,
    document.loc?.source.body ?? print(document),
    operationName,
    variables,
  ]);
}

/** The name of the variable that says where to begin, when it says nothing else. */
function beginningOf(document: DocumentNode, operationName: string | null | undefined): string | undefined {
  const [field] = getOperationAST(document, operationName)?.selectionSet.selections ?? [];
  if (field?.kind !== Kind.FIELD) return undefined;
  const value = field.arguments?.find(({ name }) => name.value === BEGINNING)?.value;
  if (value?.kind !== Kind.VARIABLE) return undefined;
  const name = value.name.value;
  return countUses(document, name) === 1 ? name : undefined;
}

function countUses(document: DocumentNode, variable: string): number {
  let uses = 0;
  visit(document, {
    // What defines a variable is not a use of it.
    VariableDefinition: () => false,
    Variable: ({ name }) => void (uses += name.value === variable ? 1 : 0),
  });
  return uses;
}
