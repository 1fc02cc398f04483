import { Kind, placeOf, type Node, type NodeOf, type ParsedSource } from '../parse-source.ts';
import { placeAt } from '../source-text.ts';
import type { Hit } from './hit.ts';
import type { RuleId } from './rules.ts';

const PRAGMA = /@jsx(?:Frag|ImportSource|Runtime)?\b/;

/** Syntax that has no place in a plugin, or would run as something other than what is written. */
export function checkSyntax(source: ParsedSource): Hit[] {
  return [
    ...source.nodes('Decorator').map((node) => hit('decorator', node, 'Decorators are not supported.')),
    ...source.nodes('AccessorProperty').map((node) => hit('accessor', node, '`accessor` is not supported.')),
    ...source
      .nodes('TSEnumDeclaration')
      .filter((node) => !node.declare)
      .map((node) => hit('enum', node, 'Enums are not supported.')),
    ...source.nodes('TSModuleDeclaration').flatMap((node) => checkNamespace(source, node)),
    ...source
      .nodes('TSParameterProperty')
      .map((node) => hit('parameter-property', node, 'A parameter cannot declare a field.')),
    ...source
      .nodes('TSTypeAssertion')
      .map((node) => hit('angle-cast', node, 'Casts in angle brackets are not supported.')),
    ...source
      .nodes('JSXElement', 'JSXFragment')
      .filter((node) => isOutermostJsx(source, node))
      .map(refuseJsx),
    ...source.nodes('WithStatement').map((node) => hit('with', node, '`with` is not allowed.')),
    ...source.nodes('DebuggerStatement').map((node) => hit('debugger', node, '`debugger` is not allowed.')),
    ...source.comments.filter(({ value }) => PRAGMA.test(value)).map(refusePragma),
    ...checkHtmlComments(source),
    ...(source.language === 'js' ? checkNoTypes(source) : []),
  ];
}

/** Types can be erased; a namespace that holds only those is not more than they are. */
function checkNamespace(source: ParsedSource, node: NodeOf['TSModuleDeclaration']): Hit[] {
  if (node.declare || isInsideNamespace(source, node)) return [];
  if (source.text.startsWith('module', node.range[0])) {
    return [hit('namespace', node, 'The `module` keyword is not supported.')];
  }
  const isTypesOnly = node.body?.type === Kind.TSModuleBlock && node.body.body.every(isTypeOnly);
  return isTypesOnly ? [] : [hit('namespace', node, 'Namespaces that hold values are not supported.')];
}

function isInsideNamespace(source: ParsedSource, node: Node): boolean {
  for (let parent = source.parentOf(node); parent; parent = source.parentOf(parent)) {
    if (parent.type === Kind.TSModuleDeclaration) return true;
  }
  return false;
}

function isTypeOnly(node: Node): boolean {
  switch (node.type) {
    case Kind.TSInterfaceDeclaration:
    case Kind.TSTypeAliasDeclaration:
      return true;
    case Kind.ExportNamedDeclaration:
      return node.declaration !== null && isTypeOnly(node.declaration);
    case Kind.TSModuleDeclaration:
      return node.body?.type === Kind.TSModuleBlock && node.body.body.every(isTypeOnly);
    default:
      return false;
  }
}

function isOutermostJsx(source: ParsedSource, node: Node): boolean {
  const parent = source.parentOf(node);
  return parent?.type !== Kind.JSXElement && parent?.type !== Kind.JSXFragment;
}

function refuseJsx(node: Node): Hit {
  return hit('jsx', node, 'JSX is not supported.');
}

function refusePragma(comment: ParsedSource['comments'][number]): Hit {
  return {
    rule: 'jsx-pragma',
    at: placeOf(comment),
    message: 'This comment would tell a compiler how to turn JSX into calls.',
  };
}

/** `a <!--b` compares, for the parser; for engines it is an error in modules and a comment in scripts. */
function checkHtmlComments(source: ParsedSource): Hit[] {
  const decrements = source.nodes('UpdateExpression').filter((node) => node.prefix && node.operator === '--');
  return decrements
    .map((node) => node.range[0] - 2)
    .filter((start) => source.text.startsWith('<!--', start))
    .map((start) => ({
      rule: 'html-comment',
      at: placeAt(source.text, start),
      message: 'This can be read as an HTML comment.',
    }));
}

function checkNoTypes(source: ParsedSource): Hit[] {
  const isTypeScript = (node: Node | undefined) => node?.type.startsWith('TS') ?? false;
  const types = source.all().filter((node) => isTypeScript(node) && !isTypeScript(source.parentOf(node)));
  const imports = source
    .nodes('ImportDeclaration', 'ImportSpecifier')
    .filter((node) => 'importKind' in node && node.importKind === 'type');
  const exports = source
    .nodes('ExportNamedDeclaration', 'ExportSpecifier')
    .filter((node) => node.exportKind === 'type');
  return [...types, ...imports, ...exports].map((node) =>
    hit('typescript-in-javascript', node, 'JavaScript has no types.'),
  );
}

function hit(rule: RuleId, at: Pick<Node, 'loc'>, message: string): Hit {
  return { rule, at: placeOf(at), message };
}
