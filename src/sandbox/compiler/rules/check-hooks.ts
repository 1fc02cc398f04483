import { Kind, placeOf, type Node, type NodeOf, type ParsedSource } from '../parse-source.ts';
import type { Hit } from './hit.ts';
import { keysOf } from './static-keys.ts';

type Member = NodeOf['ClassBody']['body'][number];

/** A class that handles hooks and does not say which takes part in all of them. */
export function checkHooks(source: ParsedSource): Hit[] {
  return source.nodes('ClassBody').flatMap(({ body }): Hit[] => {
    const handler = body.find((member) => isNamed(member, 'handleHook'));
    const metadata = body.find((member) => isNamed(member, 'metadata'));
    if (!handler || !metadata || !isWithoutHooks(metadata)) return [];
    const message = 'This class takes part in all six hooks: its metadata names none.';
    return [{ rule: 'hooks-not-named', at: placeOf(handler), message }];
  });
}

function isNamed(member: Member, name: string): boolean {
  return 'key' in member && keysOf(member.key, member.computed).includes(name);
}

/** True only for metadata written out in place; what comes from elsewhere is not followed. */
function isWithoutHooks(metadata: Member): boolean {
  if (metadata.type !== Kind.PropertyDefinition || !metadata.value) return false;
  const value = unwrap(metadata.value);
  if (value.type !== Kind.ObjectExpression) return false;
  return value.properties.every(
    (property) => property.type === Kind.Property && !keysOf(property.key, property.computed).includes('hooks'),
  );
}

function unwrap(node: Node): Node {
  return node.type === Kind.TSAsExpression || node.type === Kind.TSSatisfiesExpression ? unwrap(node.expression) : node;
}
