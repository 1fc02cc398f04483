/** The one file that knows the parser. Runs in the compiler process only: a source can make it slow, or break it. */
import { analyze, type ScopeManager } from '@typescript-eslint/scope-manager';
import { AST_NODE_TYPES, parse, type TSESTree } from '@typescript-eslint/typescript-estree';
import type { Place } from './rules/hit.ts';

export type Node = TSESTree.Node;
export type Comment = TSESTree.Comment;
export type Language = 'ts' | 'js';
export { AST_NODE_TYPES as Kind };

/** Node types by name, so that `nodes('CallExpression')` gives call expressions. */
export type NodeOf = { [N in Node as `${N['type']}`]: N };

export interface ParsedSource {
  readonly text: string;
  readonly language: Language;
  readonly program: TSESTree.Program;
  readonly comments: readonly Comment[];
  /** The syntax tree's height. */
  readonly depth: number;
  readonly nodeCount: number;
  all(): readonly Node[];
  nodes<K extends keyof NodeOf>(...kinds: readonly K[]): readonly NodeOf[K][];
  parentOf(node: Node): Node | undefined;
  /** Uses of names that the file does not declare. Costs a scope analysis, which recurses: look at `depth` before. */
  freeNames(): readonly FreeName[];
  /** The variable that an identifier declares or names; undefined for free names, and for what is no variable. As costly. */
  variableOf(identifier: Node): SourceVariable | undefined;
}

export interface SourceVariable {
  /** What declares it: a declarator, a function, a class; undefined for what is declared in another way, or twice. */
  readonly declaration: Node | undefined;
  /** All but the declaration itself. */
  readonly uses: readonly Node[];
}

export interface FreeName {
  readonly name: string;
  readonly node: Node;
  readonly assigned: boolean;
}

export type ParseResult =
  | { readonly success: true; readonly source: ParsedSource }
  | { readonly success: false; readonly message: string; readonly at: Place };

/** Throws what the parser throws on a source that is too deep for it (RangeError). */
export function parseSource(
  text: string,
  language: Language,
  options: { jsx?: boolean; comments?: boolean } = {},
): ParseResult {
  const ending = options.jsx ? `${language}x` : language;
  try {
    const program = parse(text, {
      filePath: `plugin.${ending}`,
      jsx: options.jsx ?? false,
      sourceType: 'module',
      comment: options.comments ?? true,
      loc: true,
      range: true,
      loggerFn: false,
      suppressDeprecatedPropertyWarnings: true,
    });
    return { success: true, source: readTree(text, language, program) };
  } catch (error) {
    const at = placeOfError(error);
    if (!at || !(error instanceof Error)) throw error;
    return { success: false, message: error.message, at };
  }
}

export function placeOf(node: Pick<Node, 'loc'>): Place {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 };
}

/** The parser's own errors carry where they are; anything else is not a syntax error. */
function placeOfError(error: unknown): Place | undefined {
  if (!(error instanceof Error) || !('location' in error)) return undefined;
  const { location } = error as { location?: { start?: { line?: unknown; column?: unknown } } };
  const { line, column } = location?.start ?? {};
  return typeof line === 'number' && typeof column === 'number' ? { line, column: column + 1 } : undefined;
}

function readTree(text: string, language: Language, program: TSESTree.Program): ParsedSource {
  const byKind = new Map<string, Node[]>();
  const parents = new Map<Node, Node>();
  let height = 0;
  let nodeCount = 0;
  // Explicit stacks: the tree may be deeper than the call stack allows.
  const open: Node[] = [program];
  let scopes: ScopeManager | undefined;
  let variables: ReadonlyMap<Node, SourceVariable> | undefined;
  const analyzed = () => (scopes ??= analyze(program, { sourceType: 'module', impliedStrict: true, lib: [] }));
  const depths: number[] = [1];
  for (let node = open.pop(); node; node = open.pop()) {
    const depth = depths.pop() ?? 0;
    nodeCount += 1;
    if (depth > height) height = depth;
    const sameKind = byKind.get(node.type);
    if (sameKind) sameKind.push(node);
    else byKind.set(node.type, [node]);
    for (const child of childrenOf(node)) {
      parents.set(child, node);
      open.push(child);
      depths.push(depth + 1);
    }
  }
  return {
    text,
    language,
    program,
    comments: program.comments ?? [],
    depth: height,
    nodeCount,
    all: () => [...byKind.values()].flat(),
    nodes: (...kinds) => nodesOf(byKind, kinds),
    parentOf: (node) => parents.get(node),
    freeNames: () => findFreeNames(analyzed(), (node) => parents.get(node)),
    variableOf: (identifier) => (variables ??= findVariables(analyzed())).get(identifier),
  };
}

/** The map is filled by `node.type`, so what is under a kind is of that kind; the compiler cannot see that. */
function nodesOf<K extends keyof NodeOf>(
  byKind: ReadonlyMap<string, Node[]>,
  kinds: readonly K[],
): readonly NodeOf[K][] {
  const names: readonly string[] = kinds;
  const found: unknown = names.flatMap((name) => byKind.get(name) ?? []);
  return found as readonly NodeOf[K][];
}

/** Plain loops: this runs for every node of a source, twice, on the compiler's clock. */
function childrenOf(node: Node): readonly Node[] {
  if (node.type === AST_NODE_TYPES.Program) return node.body;
  const children: Node[] = [];
  const values: unknown[] = Object.values(node);
  for (const value of values) {
    if (typeof value !== 'object') continue;
    if (isNode(value)) children.push(value);
    else if (Array.isArray(value)) for (const item of value) if (isNode(item)) children.push(item);
  }
  return children;
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'range' in value
  );
}

function findVariables(scopes: ScopeManager): ReadonlyMap<Node, SourceVariable> {
  const found = new Map<Node, SourceVariable>();
  for (const { variables } of scopes.scopes) {
    for (const { defs, references } of variables) {
      const names: readonly Node[] = defs.map(({ name }) => name);
      const [only, ...others] = defs;
      const uses = references.map(({ identifier }) => identifier).filter((use) => !names.includes(use));
      const variable = { declaration: others.length === 0 ? only?.node : undefined, uses };
      for (const identifier of [...names, ...uses]) found.set(identifier, variable);
    }
  }
  return found;
}

function findFreeNames(scopes: ScopeManager, parentOf: (node: Node) => Node | undefined): FreeName[] {
  return (scopes.globalScope?.through ?? [])
    .filter((reference) => reference.isValueReference && !isInType(reference.identifier, parentOf))
    .map((reference) => ({
      name: reference.identifier.name,
      node: reference.identifier,
      assigned: reference.isWrite(),
    }));
}

/** The analysis counts `typeof name` in the place of a type, and `export as namespace name`, as uses of a value. */
function isInType(node: Node, parentOf: (node: Node) => Node | undefined): boolean {
  const parent = parentOf(node);
  if (parent?.type === AST_NODE_TYPES.TSNamespaceExportDeclaration) return true;
  if (parent?.type === AST_NODE_TYPES.TSQualifiedName) return isInType(parent, parentOf);
  return parent?.type === AST_NODE_TYPES.TSTypeQuery;
}
