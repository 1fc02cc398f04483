/** Yoga plugins that keep queries within `QUERY_LIMITS`, on every transport. */
import { EnvelopArmorPlugin } from '@escape.tech/graphql-armor';
import {
  GraphQLError,
  OperationTypeNode,
  NoSchemaIntrospectionCustomRule,
  type ASTVisitor,
  type ValidationContext,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { HooklineError } from '../errors/hookline-error.ts';
import { QUERY_LIMITS } from './limits.ts';
import type { DoorContext } from './door-context.ts';

export function queryGuards(options: { readonly production: boolean }): Plugin<DoorContext>[] {
  return [limitQueries(), limitMutations(), ...(options.production ? [introspectionForAdmins()] : [])];
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
    costLimit: { maxCost: QUERY_LIMITS.cost, objectCost: 1, scalarCost: 0, depthCostFactor: 1, onReject },
    // Taken out where errors are shaped, of every kind of error.
    blockFieldSuggestion: { enabled: false },
  });
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
      if (operation !== OperationTypeNode.MUTATION || selectionSet.selections.length <= QUERY_LIMITS.mutations) return;
      context.reportError(
        new GraphQLError(`A document may hold ${QUERY_LIMITS.mutations} mutations; send several requests.`),
      );
    },
  };
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
