/** Where a source uses what needs a permission: `kv`, `fetch` and `emit` of a context. */
import type { CapabilityUse } from '../../sandbox.ts';
import { Kind, placeOf, type Node, type NodeOf, type ParsedSource } from '../parse-source.ts';
import { findContexts } from './find-contexts.ts';
import { keysOf } from './static-keys.ts';
import { urlHost } from './url-host.ts';

const CAPABILITIES = new Map<string, CapabilityUse['capability']>([
  ['kv', 'kv'],
  ['fetch', 'http'],
  ['emit', 'events'],
]);
const KV_METHODS = new Set(['get', 'set', 'delete', 'list']);
/** Names that a context usually has, for those that were not followed to where they come from. */
const CONTEXT_NAME = /^(?:ctx|context|.*Context)$/;

/** The first use of each kind and host; a certain one before one that is not. */
export function findUses(source: ParsedSource): CapabilityUse[] {
  const { values, patterns } = findContexts(source);
  const known = new Set(values);
  const members = source.nodes('MemberExpression');
  const certain = [
    ...members.filter(({ object }) => known.has(object)).flatMap((node) => usesOfMember(source, node)),
    ...patterns.flatMap((pattern) => usesOfPattern(source, pattern)),
  ];
  const likely = members
    .filter(({ object }) => !known.has(object))
    .filter((node) => looksLikeContext(source, node))
    .flatMap((node) => usesOfMember(source, node).map((use) => ({ ...use, certain: false })));
  return firstOfEach([...inOrder(certain), ...inOrder(likely)]);
}

function usesOfMember(source: ParsedSource, node: NodeOf['MemberExpression']): CapabilityUse[] {
  return keysOf(node.property, node.computed).flatMap((key) => {
    const capability = CAPABILITIES.get(key);
    // `context.kv?.get` is for a plugin that goes on without it.
    const certain = !isOptional(source, node);
    return capability ? [use(capability, node.property, hostAt(source, node, capability), certain)] : [];
  });
}

function isOptional(source: ParsedSource, node: Node): boolean {
  const parent = source.parentOf(node);
  const isLinked = parent?.type === Kind.MemberExpression && parent.object === node;
  return (isLinked || (parent?.type === Kind.CallExpression && parent.callee === node)) && parent.optional;
}

function usesOfPattern(source: ParsedSource, { properties }: NodeOf['ObjectPattern']): CapabilityUse[] {
  return properties.flatMap((property) => {
    if (property.type !== Kind.Property) return [];
    return keysOf(property.key, property.computed).flatMap((key) => {
      const capability = CAPABILITIES.get(key);
      if (!capability) return [];
      if (capability !== 'http') return [use(capability, property.key, null, true)];
      return usesOfFetch(source, property);
    });
  });
}

/** `{ fetch }`: each call of it names its host, or does not. */
function usesOfFetch(source: ParsedSource, { key, value }: NodeOf['Property']): CapabilityUse[] {
  const binding = value.type === Kind.AssignmentPattern ? value.left : value;
  const calls = source.variableOf(binding)?.uses ?? [];
  if (calls.length === 0) return [use('http', key, null, true)];
  return calls.map((call) => use('http', call, hostAt(source, call, 'http'), true));
}

function hostAt(source: ParsedSource, callee: Node, capability: CapabilityUse['capability']): string | null {
  const parent = source.parentOf(callee);
  if (capability !== 'http' || parent?.type !== Kind.CallExpression || parent.callee !== callee) return null;
  const [url] = parent.arguments;
  return url ? urlHost(source, url) : null;
}

function looksLikeContext(source: ParsedSource, { object, property, computed }: NodeOf['MemberExpression']): boolean {
  const [key = ''] = keysOf(property, computed);
  if (!CAPABILITIES.has(key)) return false;
  if (isContextName(object)) return true;
  const parent = source.parentOf(property);
  const outer = parent && source.parentOf(parent);
  return (
    key === 'kv' &&
    outer?.type === Kind.MemberExpression &&
    outer.object === parent &&
    keysOf(outer.property, outer.computed).some((name) => KV_METHODS.has(name))
  );
}

function isContextName(node: Node): boolean {
  if (node.type === Kind.Identifier || node.type === Kind.PrivateIdentifier) return CONTEXT_NAME.test(node.name);
  return node.type === Kind.MemberExpression && isContextName(node.property);
}

function use(capability: CapabilityUse['capability'], at: Node, host: string | null, certain: boolean): CapabilityUse {
  return { capability, host, certain, ...placeOf(at) };
}

function inOrder(uses: readonly CapabilityUse[]): CapabilityUse[] {
  return uses.toSorted((a, b) => Number(b.certain) - Number(a.certain) || a.line - b.line || a.column - b.column);
}

function firstOfEach(uses: readonly CapabilityUse[]): CapabilityUse[] {
  const first = new Map<string, CapabilityUse>();
  for (const each of uses) {
    const key = `${each.capability} ${each.host ?? ''}`;
    if (!first.has(key)) first.set(key, each);
  }
  return [...first.values()];
}
