import { Kind, placeOf, type Node, type NodeOf, type ParsedSource } from '../parse-source.ts';
import type { Hit } from './hit.ts';
import type { RuleId } from './rules.ts';
import { keysOf, staticKeys } from './static-keys.ts';

const CONSTRUCTOR_KEYS = new Set([
  'constructor',
  '__proto__',
  '__lookupGetter__',
  '__lookupSetter__',
  '__defineGetter__',
  '__defineSetter__',
]);
const RESERVED_KEYS = new Set(['constructor', 'prototype', '__proto__']);
const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate']);
/** Calls that read a property whose name is an argument. `Reflect` itself is not a global of plugins. */
const READS_BY_NAME = new Set(['getOwnPropertyDescriptor']);

/** Access to what leads out of an object: its constructor, its prototype, the frames above. */
export function checkAccess(source: ParsedSource): Hit[] {
  return [
    ...source
      .nodes('MemberExpression')
      .flatMap((node) => refuseKeys(node.property, keysOf(node.property, node.computed))),
    ...source.nodes('Property').flatMap((node) => checkProperty(source, node)),
    ...source.nodes('CallExpression').flatMap(checkCall),
    ...source.nodes('MethodDefinition', 'PropertyDefinition').flatMap(checkClassMember),
  ];
}

function refuseKeys(at: Node, keys: readonly string[]): Hit[] {
  return keys.flatMap((key): Hit[] => {
    if (CONSTRUCTOR_KEYS.has(key)) return [hit('constructor-access', at, `"${key}" may not be read or written.`)];
    if (key === 'prepareStackTrace') return [hit('stack-trace-hook', at, '"prepareStackTrace" may not be used.')];
    if (key === 'prototype') return [hit('prototype-access', at, 'This uses the prototype of a class or built-in.')];
    return [];
  });
}

function checkProperty(source: ParsedSource, node: NodeOf['Property']): Hit[] {
  const keys = keysOf(node.key, node.computed);
  if (source.parentOf(node)?.type === Kind.ObjectPattern) return refuseKeys(node.key, keys);
  if (keys.includes('prepareStackTrace')) return refuseKeys(node.key, ['prepareStackTrace']);
  return reserve(node.key, keys);
}

function checkClassMember(node: NodeOf['MethodDefinition'] | NodeOf['PropertyDefinition']): Hit[] {
  return node.computed ? reserve(node.key, keysOf(node.key, true)) : [];
}

function reserve(at: Node, keys: readonly string[]): Hit[] {
  const reserved = keys.find((key) => RESERVED_KEYS.has(key));
  return reserved === undefined
    ? []
    : [hit('reserved-key', at, `"${reserved}" is a key that the host may refuse in a result.`)];
}

function checkCall(node: NodeOf['CallExpression']): Hit[] {
  const names = calledNames(node.callee);
  const [first] = node.arguments;
  if (first && names.some((name) => TIMERS.has(name)) && isText(first)) {
    return [hit('code-from-text', first, 'A timer takes a function, not text.')];
  }
  const named = node.arguments.flatMap((argument) => argumentNames(argument));
  const hooksTraces = named.find(({ keys }) => keys.includes('prepareStackTrace'));
  if (hooksTraces) return refuseKeys(hooksTraces.at, ['prepareStackTrace']);
  if (!names.some((name) => READS_BY_NAME.has(name)) && !isReflect(node.callee)) return [];
  return named.flatMap(({ at, keys }) => refuseKeys(at, keys));
}

/** `f`, `x.f`, `x['f']`, and the `f` of `x.f.call`, `x.f.apply`, `x.f.bind`. */
function calledNames(callee: Node): readonly string[] {
  if (callee.type === Kind.Identifier) return [callee.name];
  if (callee.type === Kind.ChainExpression) return calledNames(callee.expression);
  if (callee.type !== Kind.MemberExpression) return [];
  const names = keysOf(callee.property, callee.computed);
  return names.some((name) => ['call', 'apply', 'bind'].includes(name)) ? calledNames(callee.object) : names;
}

function isReflect(callee: Node): boolean {
  if (callee.type !== Kind.MemberExpression) return false;
  return (callee.object.type === Kind.Identifier && callee.object.name === 'Reflect') || isReflect(callee.object);
}

function isText(node: Node): boolean {
  if (node.type === Kind.Literal) return typeof node.value === 'string';
  if (node.type === Kind.BinaryExpression) return node.operator === '+' && (isText(node.left) || isText(node.right));
  return node.type === Kind.TemplateLiteral;
}

/** The strings an argument spells; for `apply`, those in its array. */
function argumentNames(argument: Node): { at: Node; keys: readonly string[] }[] {
  if (argument.type !== Kind.ArrayExpression) return [{ at: argument, keys: staticKeys(argument) }];
  return argument.elements.flatMap((element) => (element ? [{ at: element, keys: staticKeys(element) }] : []));
}

function hit(rule: RuleId, at: Node, message: string): Hit {
  return { rule, at: placeOf(at), message };
}
