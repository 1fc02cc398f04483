import { Kind, placeOf, type Node, type NodeOf, type ParsedSource } from '../parse-source.ts';
import type { Hit } from './hit.ts';
import type { RuleId } from './rules.ts';
import { SDK_NAMES } from './sdk-names.ts';
import { staticKeys } from './static-keys.ts';

const SDK = 'hookline/sdk';
const VALUES: ReadonlySet<string> = new Set(SDK_NAMES.values);
const TYPES: ReadonlySet<string> = new Set(SDK_NAMES.types);

/** What comes into the module and what goes out of it. */
export function checkModules(source: ParsedSource): Hit[] {
  return [
    ...source.nodes('ImportDeclaration').flatMap((node) => checkImport(source, node)),
    ...source.nodes('ImportExpression').map((node) => hit('dynamic-import', node, 'Nothing can be imported here.')),
    ...source.nodes('TSImportType').flatMap((node) => checkImportedFrom(node, node.source)),
    ...source
      .nodes('MetaProperty')
      .filter(isImportMeta)
      .map((node) => hit('import-meta', node, 'There is no import.meta.')),
    ...source.nodes('ExportAllDeclaration', 'ExportNamedDeclaration').flatMap(checkReexport),
    ...checkCommonJs(source),
    ...checkDefaultExport(source),
  ];
}

function checkImport(source: ParsedSource, node: NodeOf['ImportDeclaration']): Hit[] {
  const forbidden = checkImportedFrom(node, node.source);
  if (forbidden.length > 0) return forbidden;
  // Braces with nothing in them are what remains of an import of types.
  const isForEffect = node.specifiers.length === 0 && !source.text.slice(...node.range).includes('{');
  if (isForEffect) return [hit('import-form', node, 'This import names nothing.')];
  if (node.attributes.length > 0) return [hit('import-form', node, 'Import attributes are not allowed.')];
  if (node.phase) return [hit('import-form', node, `"import ${node.phase}" is not allowed.`)];
  return node.specifiers.flatMap((specifier) => checkSpecifier(specifier, node.importKind === 'type'));
}

function checkImportedFrom(at: Node, source: Node): Hit[] {
  const [from = '?'] = staticKeys(source);
  return from === SDK ? [] : [hit('import-forbidden', at, `"${from}" cannot be imported.`)];
}

function checkSpecifier(specifier: NodeOf['ImportDeclaration']['specifiers'][number], isType: boolean): Hit[] {
  if (specifier.type === Kind.ImportNamespaceSpecifier) return [];
  if (specifier.type === Kind.ImportDefaultSpecifier) {
    return [hit('import-form', specifier, `"${SDK}" has no default export.`)];
  }
  const { imported } = specifier;
  const name = imported.type === Kind.Identifier ? imported.name : imported.value;
  if (!VALUES.has(name) && !TYPES.has(name)) {
    return [hit('import-unknown', specifier, `"${SDK}" has no export "${name}".`)];
  }
  if (isType || specifier.importKind === 'type' || VALUES.has(name)) return [];
  const message = `"${name}" is a type; it does not exist when the plugin runs.`;
  return [{ ...hit('type-as-value', specifier, message), hint: `Write \`import { type ${name} } from '${SDK}'\`.` }];
}

function isImportMeta(node: NodeOf['MetaProperty']): boolean {
  return node.meta.name === 'import';
}

function checkReexport(node: NodeOf['ExportAllDeclaration'] | NodeOf['ExportNamedDeclaration']): Hit[] {
  return node.source ? [hit('reexport', node, 'What another module exports cannot be handed on.')] : [];
}

function checkCommonJs(source: ParsedSource): Hit[] {
  const forms = source.nodes('TSImportEqualsDeclaration', 'TSExportAssignment', 'TSNamespaceExportDeclaration');
  return forms.map((node) => hit('commonjs', node, 'This is not a form of ES modules.'));
}

function checkDefaultExport({ program, nodes }: ParsedSource): Hit[] {
  if (nodes('TSExportAssignment').length > 0) return [];
  const exported = program.body.find((node) => node.type === Kind.ExportDefaultDeclaration);
  if (exported) return checkExported(exported.declaration);
  const named = nodes('ExportSpecifier').some(({ exported: name, exportKind }) => {
    return exportKind === 'value' && (name.type === Kind.Identifier ? name.name : name.value) === 'default';
  });
  if (named) return [];
  return [{ rule: 'default-export', at: { line: 1, column: 1 }, message: 'The module has no default export.' }];
}

/** Refuses what cannot be a class or what `definePlugin` gave; the rest shows when the plugin is described. */
function checkExported(declaration: NodeOf['ExportDefaultDeclaration']['declaration']): Hit[] {
  switch (declaration.type) {
    case Kind.ObjectExpression:
      return [hit('default-export', declaration, 'A plain object is not a plugin; hand it to definePlugin.')];
    case Kind.NewExpression:
      return [hit('default-export', declaration, 'Export the class, not an instance of it: each tenant gets its own.')];
    case Kind.TSInterfaceDeclaration:
      return [hit('default-export', declaration, 'An interface is not a plugin.')];
    case Kind.ClassDeclaration:
      return declaration.abstract
        ? [hit('default-export', declaration, 'No instance of an abstract class can be made.')]
        : [];
    case Kind.FunctionDeclaration:
    case Kind.ArrowFunctionExpression:
    case Kind.FunctionExpression:
    case Kind.ArrayExpression:
    case Kind.Literal:
    case Kind.TemplateLiteral:
      return [hit('default-export', declaration, 'This is neither a class nor what definePlugin gives.')];
    default:
      return [];
  }
}

function hit(rule: RuleId, at: Node, message: string): Hit {
  return { rule, at: placeOf(at), message };
}
