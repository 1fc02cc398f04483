import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

export interface Module {
  /** From the project's folder, such as `src/db/open.ts`. */
  readonly path: string;
  readonly imports: readonly ModuleImport[];
  readonly readsEnvironment: boolean;
}

export interface ModuleImport {
  readonly specifier: string;
  /** Of a relative import: the file, from the project's folder. */
  readonly path: string | undefined;
  /** A relative import of no file. */
  readonly missing: boolean;
  /** False for types, which are gone when the program runs. */
  readonly atRunTime: boolean;
  /** True for `await import(...)`, which happens after loading. */
  readonly lazy: boolean;
}

/** The TypeScript modules below a folder. Plugin examples are texts, not modules of the program. */
export function readModules(folder: string): readonly Module[] {
  return globSync(`${folder}/**/*.ts`, { exclude: ['src/plugins/examples/**'] })
    .sort()
    .map((path) => readModule(path));
}

function readModule(path: string): Module {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const imports: ModuleImport[] = [];
  let readsEnvironment = false;
  const visit = (node: ts.Node): void => {
    const found = readImport(node);
    if (found) imports.push(resolveImport(path, found));
    readsEnvironment ||= isEnvironment(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { path, imports, readsEnvironment };
}

type FoundImport = Pick<ModuleImport, 'specifier' | 'atRunTime' | 'lazy'>;

function readImport(node: ts.Node): FoundImport | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    return { specifier: node.moduleSpecifier.text, atRunTime: !typeOnly, lazy: false };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, atRunTime: !node.isTypeOnly, lazy: false };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { specifier: node.argument.literal.text, atRunTime: false, lazy: false };
  }
  const [argument] = ts.isCallExpression(node) && loads(node) ? node.arguments : [];
  return argument && ts.isStringLiteral(argument)
    ? { specifier: argument.text, atRunTime: true, lazy: true }
    : undefined;
}

/** `import('x')`, `require('x')`, `require.resolve('x')`. */
function loads({ expression }: ts.CallExpression): boolean {
  if (expression.kind === ts.SyntaxKind.ImportKeyword) return true;
  const callee = ts.isPropertyAccessExpression(expression) ? expression.expression : expression;
  return ts.isIdentifier(callee) && callee.text === 'require';
}

function resolveImport(from: string, found: FoundImport): ModuleImport {
  if (!found.specifier.startsWith('.')) return { ...found, path: undefined, missing: false };
  const path = join(dirname(from), found.specifier);
  return { ...found, path, missing: !path.startsWith('generated/') && !existsSync(path) };
}

/** `process.env` and `process.argv`, or their import by name. */
function isEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    return node.expression.text === 'process' && ['env', 'argv'].includes(node.name.text);
  }
  return (
    ts.isImportSpecifier(node) &&
    ['env', 'argv'].includes((node.propertyName ?? node.name).text) &&
    /\bprocess['"]$/.test(node.parent.parent.parent.moduleSpecifier.getText())
  );
}
