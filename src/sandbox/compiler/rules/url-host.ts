import { Kind, type Node, type NodeOf, type ParsedSource } from '../parse-source.ts';
import { keysOf } from './static-keys.ts';

/** Scheme, host and what ends it, or the end of a text that is whole. */
const BEGINNING = /^\s*https?:[\\/]+[^\\/?#]+[\\/?#]/i;

/** The host of the URL that an expression spells, or begins to spell; null when that cannot be told from the source. */
export function urlHost(source: ParsedSource, node: Node): string | null {
  const { text, whole } = spelling(source, node, 5);
  const url = whole ? text : BEGINNING.exec(text)?.[0];
  const host = url === undefined ? '' : (URL.parse(url)?.hostname ?? '');
  return host === '' ? null : host.replace(/\.$/, '');
}

interface Spelling {
  readonly text: string;
  /** False when more follows that the source does not spell. */
  readonly whole: boolean;
}

const NOTHING: Spelling = { text: '', whole: false };

function spelling(source: ParsedSource, node: Node, depth: number): Spelling {
  if (depth === 0) return NOTHING;
  const follow = (next: Node) => spelling(source, next, depth - 1);
  switch (node.type) {
    case Kind.Literal:
      return typeof node.value === 'string' ? { text: node.value, whole: true } : NOTHING;
    case Kind.TemplateLiteral:
      return join(
        node.quasis.flatMap((quasi, index) => {
          const expression = node.expressions[index];
          const part = { text: quasi.value.cooked ?? '', whole: true };
          return expression ? [part, follow(expression)] : [part];
        }),
      );
    case Kind.BinaryExpression:
      return node.operator === '+' ? join([follow(node.left), follow(node.right)]) : NOTHING;
    case Kind.Identifier: {
      const declaration = source.variableOf(node)?.declaration;
      const parent = declaration && source.parentOf(declaration);
      const isConstant = parent?.type === Kind.VariableDeclaration && parent.kind === 'const';
      return isConstant && declaration?.type === Kind.VariableDeclarator && declaration.init
        ? follow(declaration.init)
        : NOTHING;
    }
    case Kind.MemberExpression:
      return keysOf(node.property, node.computed).includes('href') ? follow(node.object) : NOTHING;
    case Kind.NewExpression:
    case Kind.CallExpression:
      return spellingOfCall(node, follow);
    case Kind.TSAsExpression:
    case Kind.TSSatisfiesExpression:
      return follow(node.expression);
    default:
      return NOTHING;
  }
}

/** `new URL('/path', 'https://host')`, `String(url)` and `url.toString()`. */
function spellingOfCall(
  { callee, arguments: [first, base] }: NodeOf['NewExpression'] | NodeOf['CallExpression'],
  follow: (next: Node) => Spelling,
): Spelling {
  if (callee.type === Kind.MemberExpression) {
    return keysOf(callee.property, callee.computed).includes('toString') ? follow(callee.object) : NOTHING;
  }
  if (callee.type !== Kind.Identifier || !(callee.name === 'URL' || callee.name === 'String') || !first) return NOTHING;
  if (!base) return follow(first);
  return isRelative(follow(first)) ? follow(base) : NOTHING;
}

/** A path that is spelled out keeps the host of its base. */
function isRelative({ text }: Spelling): boolean {
  return /^(?:[?#.]|\/(?![\\/]))/.test(text);
}

function join(parts: readonly Spelling[]): Spelling {
  let text = '';
  for (const part of parts) {
    text += part.text;
    if (!part.whole) return { text, whole: false };
  }
  return { text, whole: true };
}
