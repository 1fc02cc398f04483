/** What a query may come to, before it runs: one for each object that it stands for. Pure. */
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { PAGE_DEFAULT, PAGE_MAX } from '../events/page.ts';

/** The objects that a list without pages is taken for: the tools of a plugin, the steps of an invocation. */
export const LIST_WEIGHT = 10;

interface Costing {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** As sent, with the defaults of those that were not. */
  readonly variables: ReadonlyMap<string, unknown>;
  /** Of fragments, by name and page: each is looked at once, however often it is spread. */
  readonly known: Map<string, number>;
}

/**
 * A connection's objects count as often as its page is long, those of any other list `LIST_WEIGHT` times, and all of
 * them as often as what they are in. Aliases and fragments count wherever they are used, skipped fields as if they
 * were not; scalars are free, and introspection costs a page. The document must be valid.
 */
export function queryCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): number {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const costing: Costing = {
    schema,
    fragments: new Map(fragments.map((fragment) => [fragment.name.value, fragment])),
    variables: readVariables(operation, variables),
    known: new Map(),
  };
  const root = schema.getRootType(operation.operation);
  return root ? costOfSelections(costing, operation.selectionSet, root, LIST_WEIGHT) : 0;
}

/** `listLength`: how long the lists are that are selected here, for one object. */
function costOfSelections(
  costing: Costing,
  { selections }: SelectionSetNode,
  parent: GraphQLNamedType,
  listLength: number,
): number {
  let cost = 0;
  for (const selection of selections) {
    switch (selection.kind) {
      case Kind.FIELD:
        cost += costOfField(costing, selection, parent, listLength);
        break;
      case Kind.INLINE_FRAGMENT: {
        const type = selection.typeCondition ? costing.schema.getType(selection.typeCondition.name.value) : parent;
        cost += costOfSelections(costing, selection.selectionSet, type ?? parent, listLength);
        break;
      }
      case Kind.FRAGMENT_SPREAD:
        cost += costOfFragment(costing, selection.name.value, listLength);
        break;
    }
  }
  return cost;
}

function costOfFragment(costing: Costing, name: string, listLength: number): number {
  const key = `${name} ${listLength}`;
  const known = costing.known.get(key);
  if (known !== undefined) return known;
  const fragment = costing.fragments.get(name);
  const type = fragment && costing.schema.getType(fragment.typeCondition.name.value);
  const cost = fragment && type ? costOfSelections(costing, fragment.selectionSet, type, listLength) : 0;
  costing.known.set(key, cost);
  return cost;
}

function costOfField(costing: Costing, node: FieldNode, parent: GraphQLNamedType, listLength: number): number {
  if (node.name.value === '__schema' || node.name.value === '__type') return PAGE_MAX;
  const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
  if (!field || !node.selectionSet || !isCompositeType(getNamedType(field.type))) return 0;
  const within = (length: number) =>
    node.selectionSet ? costOfSelections(costing, node.selectionSet, getNamedType(field.type), length) : 0;
  // The list of a connection is in the object that the field leads to.
  if (isPaged(field)) return 1 + within(pageOf(costing, node));
  const count = isListType(getNullableType(field.type)) ? listLength : 1;
  return count * (1 + within(LIST_WEIGHT));
}

function isPaged({ args }: GraphQLField<unknown, unknown>): boolean {
  return args.some(({ name }) => name === 'first') && args.some(({ name }) => name === 'last');
}

function pageOf(costing: Costing, node: FieldNode): number {
  const sizes = (node.arguments ?? [])
    .filter(({ name }) => name.value === 'first' || name.value === 'last')
    .map(({ value }) => sizeOf(costing, value))
    .filter((size) => size !== null);
  return sizes.length === 0 ? PAGE_DEFAULT : Math.max(...sizes);
}

/** Null when it is not given; what is no size of a page is refused later and counts as the largest. */
function sizeOf({ variables }: Costing, node: ValueNode): number | null {
  const value = node.kind === Kind.VARIABLE ? variables.get(node.name.value) : literal(node);
  if (value === undefined || value === null) return null;
  return typeof value === 'number' && value >= 0 ? Math.min(value, PAGE_MAX) : PAGE_MAX;
}

function literal(node: ValueNode): unknown {
  if (node.kind === Kind.NULL) return null;
  return node.kind === Kind.INT ? Number(node.value) : undefined;
}

function readVariables(operation: OperationDefinitionNode, given: Readonly<Record<string, unknown>>) {
  const definitions = operation.variableDefinitions ?? [];
  return new Map(
    definitions.map(({ variable: { name }, defaultValue }): [string, unknown] => {
      if (Object.hasOwn(given, name.value)) return [name.value, given[name.value]];
      return [name.value, defaultValue ? literal(defaultValue) : undefined];
    }),
  );
}
