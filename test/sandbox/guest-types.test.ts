/** Which of the globals TypeScript knows, with the settings that docs/PLUGIN_SDK.md names. */
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { GUEST_GLOBALS } from '../../src/sandbox/measured.ts';

const NAMES = [...GUEST_GLOBALS.language, ...GUEST_GLOBALS.host];

/** The names that are errors under these options. */
function unknownNames(options: ts.CompilerOptions): string[] {
  const file = 'plugin.ts';
  const text = `${NAMES.map((name) => `void ${name};`).join('\n')}\nexport {};`;
  const host = ts.createCompilerHost({ target: ts.ScriptTarget.ESNext, ...options });
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ESNext) : getSourceFile(name, ...rest);
  const settings = { target: ts.ScriptTarget.ESNext, noEmit: true, strict: true, skipLibCheck: true, ...options };
  const program = ts.createProgram({ rootNames: [file], options: settings, host });
  const source = program.getSourceFile(file);
  return program.getSemanticDiagnostics(source).map(({ start = 0 }) => /^\w+/.exec(text.slice(start))?.[0] ?? '');
}

test.each<[string, ts.CompilerOptions]>([
  [
    'types of Node',
    { lib: ['lib.esnext.d.ts'], types: ['node'], typeRoots: [join(process.cwd(), 'node_modules/@types')] },
  ],
  ['types of browsers', { lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'], types: [] }],
])('all, with %s', (_name, options) => {
  expect(unknownNames(options)).toEqual([]);
});

test('those of the language only, without either', () => {
  expect(unknownNames({ lib: ['lib.esnext.d.ts'], types: [] })).toEqual([...GUEST_GLOBALS.host]);
});
