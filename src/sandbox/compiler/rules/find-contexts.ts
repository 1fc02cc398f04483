/**
 * The places in a source that hold a context, by following it: from the methods that are handed one, through variables,
 * fields and the functions of the file that it is passed to. What is not followed is not found, and is no error.
 */
import { Kind, type Node, type NodeOf, type ParsedSource } from '../parse-source.ts';
import { keysOf } from './static-keys.ts';

export interface Contexts {
  /** Expressions whose value is a context. */
  readonly values: readonly Node[];
  /** Patterns that take a context apart. */
  readonly patterns: readonly NodeOf['ObjectPattern'][];
}

/** Which parameter of a method the host hands a context to. */
const CONTEXT_PARAMETER = new Map([
  ['onLoad', 0],
  ['execute', 2],
  ['handleHook', 2],
]);
const DEFINED_PARAMETER = new Map([
  ['onLoad', 0],
  ['execute', 1],
  ['handle', 1],
]);
const PLUGIN_CLASSES = new Set(['BasePlugin', 'BaseToolPlugin']);
const CONTEXT_TYPES = new Set(['PluginContext', 'CallContext', 'ToolContext', 'HookContext']);

type FunctionNode = NodeOf['FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression'];

export function findContexts(source: ParsedSource): Contexts {
  const values = new Set<Node>();
  const patterns = new Set<NodeOf['ObjectPattern']>();
  const bindings = [...handedParameters(source), ...typedParameters(source)];
  const seen = new Set<Node>();
  const take = (value: Node) => {
    if (values.has(value)) return;
    values.add(value);
    bindings.push(...passedOn(source, value));
  };
  for (let binding = bindings.pop(); binding; binding = bindings.pop()) {
    const target = binding.type === Kind.AssignmentPattern ? binding.left : binding;
    if (seen.has(target)) continue;
    seen.add(target);
    if (target.type === Kind.ObjectPattern) {
      patterns.add(target);
      const rest = target.properties.find((property) => property.type === Kind.RestElement);
      if (rest) bindings.push(rest.argument);
    }
    if (target.type === Kind.Identifier) for (const use of source.variableOf(target)?.uses ?? []) take(use);
    if (target.type === Kind.MemberExpression) for (const use of sameField(source, target)) take(use);
  }
  return { values: [...values], patterns: [...patterns] };
}

/** Of the methods that the host calls. */
function handedParameters(source: ParsedSource): Node[] {
  const classes = source
    .nodes('ClassDeclaration', 'ClassExpression')
    .filter(({ superClass }) => superClass?.type === Kind.Identifier && PLUGIN_CLASSES.has(superClass.name));
  const methods = classes.flatMap(({ body }) =>
    body.body.flatMap((member) =>
      (member.type === Kind.MethodDefinition || member.type === Kind.PropertyDefinition) && !member.static
        ? named(source, member.key, member.computed, member.value, CONTEXT_PARAMETER)
        : [],
    ),
  );
  const isDefinition = source.nodes('CallExpression').filter(isDefinePlugin);
  const defined = isDefinition.flatMap((call) =>
    call.arguments
      .flatMap((argument) => membersWithin(source, argument))
      .flatMap((property) => named(source, property.key, property.computed, property.value, DEFINED_PARAMETER)),
  );
  return [...methods, ...defined];
}

function isDefinePlugin({ callee }: NodeOf['CallExpression']): boolean {
  const name = callee.type === Kind.MemberExpression ? callee.property : callee;
  return name.type === Kind.Identifier && name.name === 'definePlugin';
}

/** The properties of an object that is written out, and of those within it: tools and hooks are two levels down. */
function membersWithin(source: ParsedSource, node: Node, levels = 3): NodeOf['Property'][] {
  const object = resolve(source, node);
  if (object?.type !== Kind.ObjectExpression || levels === 0) return [];
  const properties = object.properties.filter((property) => property.type === Kind.Property);
  return properties.flatMap((property) => [property, ...membersWithin(source, property.value, levels - 1)]);
}

function named(
  source: ParsedSource,
  key: Node,
  computed: boolean,
  value: Node | null,
  table: ReadonlyMap<string, number>,
): Node[] {
  const [index] = keysOf(key, computed).flatMap((name) => table.get(name) ?? []);
  const method = value && resolve(source, value);
  return index === undefined || !method || !isFunction(method) ? [] : parameter(method, index);
}

/** Whatever its function is for, a parameter of one of these types is a context. */
function typedParameters(source: ParsedSource): Node[] {
  return source
    .nodes('FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression')
    .flatMap(({ params }) => params)
    .filter((param) => isContextType(param));
}

function isContextType(param: Node): boolean {
  const target = param.type === Kind.AssignmentPattern ? param.left : param;
  if (target.type !== Kind.Identifier && target.type !== Kind.ObjectPattern) return false;
  const type = target.typeAnnotation?.typeAnnotation;
  return (
    type?.type === Kind.TSTypeReference &&
    type.typeName.type === Kind.Identifier &&
    CONTEXT_TYPES.has(type.typeName.name)
  );
}

/** What else holds the context that `value` is: another variable, a field, a parameter of a function of this file. */
function passedOn(source: ParsedSource, value: Node): Node[] {
  const parent = source.parentOf(value);
  switch (parent?.type) {
    case Kind.VariableDeclarator:
      return parent.init === value ? [parent.id] : [];
    case Kind.AssignmentExpression:
      return parent.right === value ? [parent.left] : [];
    case Kind.CallExpression: {
      const index = parent.arguments.findIndex((argument) => argument === value);
      return index < 0 ? [] : calledFunctions(source, parent.callee).flatMap((called) => parameter(called, index));
    }
    default:
      return [];
  }
}

function calledFunctions(source: ParsedSource, callee: Node): FunctionNode[] {
  if (callee.type === Kind.MemberExpression && callee.object.type === Kind.ThisExpression) {
    return source
      .nodes('MethodDefinition', 'PropertyDefinition')
      .filter((member) => nameOf(member.key) === nameOf(callee.property))
      .flatMap(({ value }) => (value && isFunction(value) ? [value] : []));
  }
  const called = resolve(source, callee);
  return called && isFunction(called) ? [called] : [];
}

/** Every `this.field`, where `field` is one. */
function sameField(source: ParsedSource, { object, property }: NodeOf['MemberExpression']): Node[] {
  if (object.type !== Kind.ThisExpression) return [];
  return source
    .nodes('MemberExpression')
    .filter((member) => member.object.type === Kind.ThisExpression && nameOf(member.property) === nameOf(property));
}

function nameOf(key: Node): string | undefined {
  if (key.type === Kind.PrivateIdentifier) return `#${key.name}`;
  return keysOf(key, key.type !== Kind.Identifier)[0];
}

/** The expression itself, or what the variable it names was declared with. */
function resolve(source: ParsedSource, node: Node): Node | undefined {
  if (node.type === Kind.TSAsExpression || node.type === Kind.TSSatisfiesExpression)
    return resolve(source, node.expression);
  if (node.type !== Kind.Identifier) return node;
  const declaration = source.variableOf(node)?.declaration;
  if (declaration?.type !== Kind.VariableDeclarator) return declaration;
  return declaration.init && declaration.init.type !== Kind.Identifier ? resolve(source, declaration.init) : undefined;
}

function isFunction(node: Node): node is FunctionNode {
  return (
    node.type === Kind.FunctionDeclaration ||
    node.type === Kind.FunctionExpression ||
    node.type === Kind.ArrowFunctionExpression
  );
}

/** TypeScript's `this` is not one of those that are passed. */
function parameter({ params }: FunctionNode, index: number): Node[] {
  const passed = params.filter((param) => param.type !== Kind.Identifier || param.name !== 'this');
  const found = passed[index];
  return found ? [found] : [];
}
