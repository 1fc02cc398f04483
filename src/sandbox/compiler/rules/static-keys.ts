import { Kind, type Node } from '../parse-source.ts';

/**
 * The keys an expression literally spells: `'a'`, `` `a` ``, `['a']`, `(0, 'a')`, `x ? 'a' : 'b'`, casts of these. Keys put
 * together at run time are not read: nothing they reach in the sandbox is worth reaching.
 */
export function staticKeys(node: Node): readonly string[] {
  switch (node.type) {
    case Kind.Literal:
      return [String(node.value)];
    case Kind.TemplateLiteral:
      return joinTemplate(node);
    case Kind.TaggedTemplateExpression:
      return staticKeys(node.quasi);
    case Kind.ArrayExpression: {
      const [only, ...rest] = node.elements;
      return only && rest.length === 0 ? staticKeys(only) : [];
    }
    case Kind.SequenceExpression: {
      const last = node.expressions.at(-1);
      return last ? staticKeys(last) : [];
    }
    case Kind.ConditionalExpression:
      return [...staticKeys(node.consequent), ...staticKeys(node.alternate)];
    case Kind.LogicalExpression:
      return [...staticKeys(node.left), ...staticKeys(node.right)];
    case Kind.AssignmentExpression:
      return staticKeys(node.right);
    case Kind.TSAsExpression:
    case Kind.TSSatisfiesExpression:
    case Kind.TSNonNullExpression:
    case Kind.TSTypeAssertion:
      return staticKeys(node.expression);
    default:
      return [];
  }
}

/** The name behind a member's or property's key: plain (`.a`, `a:`) or literally computed (`['a']`). */
export function keysOf(key: Node, computed: boolean): readonly string[] {
  if (!computed && key.type === Kind.Identifier) return [key.name];
  return key.type === Kind.PrivateIdentifier ? [] : staticKeys(key);
}

function joinTemplate(node: Extract<Node, { type: Kind.TemplateLiteral }>): readonly string[] {
  let text = node.quasis[0]?.value.cooked ?? '';
  for (const [index, expression] of node.expressions.entries()) {
    const [part] = staticKeys(expression);
    if (part === undefined) return [];
    text += part + (node.quasis[index + 1]?.value.cooked ?? '');
  }
  return [text];
}
