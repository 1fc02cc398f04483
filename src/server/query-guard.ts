/** Yoga plugins that keep queries within `QUERY_LIMITS`, on every transport. */
import { EnvelopArmorPlugin } from '@escape.tech/graphql-armor';
import {
  getOperationAST,
  GraphQLError,
  Kind,
  OperationTypeNode,
  NoSchemaIntrospectionCustomRule,
  type ASTVisitor,
  type ExecutionArgs,
  type ExecutionResult,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { HooklineError } from '../errors/hookline-error.ts';
import { QUERY_LIMITS } from './limits.ts';
import { queryCost } from './query-cost.ts';
import type { DoorContext } from './door-context.ts';

export function queryGuards(options: { readonly production: boolean }): Plugin<DoorContext>[] {
  return [limitQueries(), limitCost(), limitMutations(), ...(options.production ? [introspectionForAdmins()] : [])];
}

function limitQueries(): Plugin<DoorContext> {
  // What armor throws has no code and calls itself a syntax error.
  const onReject = [
    (_context: unknown, error: GraphQLError) => {
      throw queryRejected(error.message.replace('Syntax Error: ', ''));
    },
  ];
  return EnvelopArmorPlugin({
    maxDepth: { n: QUERY_LIMITS.depth, onReject },
    maxTokens: { n: QUERY_LIMITS.tokens, onReject },
    maxAliases: { n: QUERY_LIMITS.aliases, onReject },
    maxDirectives: { n: QUERY_LIMITS.directives, onReject },
    // Its own knows neither variables nor lists without pages; see `limitCost`.
    costLimit: { enabled: false },
    // Taken out where errors are shaped, of every kind of error.
    blockFieldSuggestion: { enabled: false },
  });
}

/** Once the variables are known, which is after validation, and before anything runs. */
function limitCost(): Plugin<DoorContext> {
  return {
    onExecute: ({ args, setResultAndStopExecution }) => refuseCostly(args, setResultAndStopExecution),
    onSubscribe: ({ args, setResultAndStopExecution }) => refuseCostly(args, setResultAndStopExecution),
  };
}

function refuseCostly(
  { schema, document, operationName, variableValues }: ExecutionArgs,
  stopWith: (result: ExecutionResult) => void,
): void {
  const operation = getOperationAST(document, operationName);
  if (!operation) return;
  const cost = queryCost(schema, document, operation, variableValues ?? {});
  if (cost <= QUERY_LIMITS.cost) return;
  const message = `This query may come to ${cost} objects; ${QUERY_LIMITS.cost} are allowed. Ask for smaller pages, or less of each.`;
  stopWith({ errors: [queryRejected(message)] });
}

function limitMutations(): Plugin<DoorContext> {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(MaxMutationsRule);
    },
  };
}

function MaxMutationsRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition({ operation, selectionSet }) {
      if (operation !== OperationTypeNode.MUTATION) return;
      if (rootFields(context, selectionSet).size <= QUERY_LIMITS.mutations) return;
      context.reportError(
        new GraphQLError(`A document may hold ${QUERY_LIMITS.mutations} mutations; send several requests.`),
      );
    },
  };
}

/** By the names they answer to, also those in fragments: what is asked twice by one name runs once. */
function rootFields(context: ValidationContext, root: SelectionSetNode): ReadonlySet<string> {
  const names = new Set<string>();
  const spread = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) names.add((selection.alias ?? selection.name).value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = context.getFragment(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  collect(root);
  return names;
}

function introspectionForAdmins(): Plugin<DoorContext> {
  return {
    onValidate({ context, addValidationRule }) {
      if (!context.caller?.roles.includes('admin')) addValidationRule(NoSchemaIntrospectionCustomRule);
    },
  };
}

function queryRejected(message: string): GraphQLError {
  return new GraphQLError(message, { originalError: new HooklineError('QUERY_REJECTED', message) });
}
