/**
 * A plugin of graphql-codegen: each operation as one constant, its text beside the types that `typescript-operations`
 * wrote for it. Plain JavaScript, because codegen loads it by itself.
 */
import { Kind, print, stripIgnoredCharacters, TypeInfo, visit, visitWithTypeInfo } from 'graphql';

const NOTE = '/* Written by graphql-codegen from operations.graphql and schema.graphql: npm run fix. */';

/** What comes before the constants: the one type they are of. */
const HEAD = `/** The text of an operation, which knows the types of its answer and its variables. */
export interface Operation<Data, Variables> {
  readonly text: string;
  /** Never set; they carry the types. */
  readonly data?: Data;
  readonly variables?: Variables;
}`;

const SUFFIX = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' };

export function plugin(schema, documents) {
  const definitions = documents.flatMap(({ document }) => document?.definitions ?? []);
  const fragments = new Map(
    definitions
      .filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const operations = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const constants = operations.map((operation) => constant(spread(schema, operation, fragments)));
  return { prepend: [NOTE], content: [HEAD, ...constants].join('\n\n') };
}

function constant(operation) {
  const name = operation.name.value;
  const type = `${name}${SUFFIX[operation.operation]}`;
  const text = stripIgnoredCharacters(print(operation));
  return `export const ${toConstantCase(name)}: Operation<${type}, ${type}Variables> = {\n  text: '${text}',\n};`;
}

/** With what is in each fragment in its place: the server counts a fragment as a level of the query. */
function spread(schema, operation, fragments) {
  const types = new TypeInfo(schema);
  const expand = (selections, parent) =>
    selections.flatMap((selection) => {
      if (selection.kind !== Kind.FRAGMENT_SPREAD) return [selection];
      const { typeCondition, selectionSet } = fragments.get(selection.name.value);
      const inner = { kind: Kind.SELECTION_SET, selections: expand(selectionSet.selections, typeCondition.name.value) };
      if (typeCondition.name.value === parent) return inner.selections;
      return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet: inner }];
    });
  const visitor = {
    SelectionSet: ({ kind, selections }) => ({ kind, selections: expand(selections, types.getParentType().name) }),
  };
  return visit(operation, visitWithTypeInfo(types, visitor));
}

/** `LATEST_CURSOR` of `LatestCursor`. */
function toConstantCase(name) {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}
