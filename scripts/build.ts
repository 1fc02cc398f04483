/**
 * Compiles what is published: Node strips no types below node_modules. `src` becomes `dist` and the database client's
 * JavaScript comes beside its TypeScript, so every path between them and to `prisma` is the same as in a checkout.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const COMPILED = 'build/compiled';
const EXAMPLES = 'src/plugins/examples';

rmSync(COMPILED, { recursive: true, force: true });
execFileSync('tsc', ['--project', 'tsconfig.build.json'], { stdio: 'inherit' });
// Examples are read as text, never imported.
if (existsSync(EXAMPLES)) cpSync(EXAMPLES, join(COMPILED, 'src/plugins/examples'), { recursive: true });
for (const file of globSync(`${COMPILED}/**/*.{js,d.ts}`)) rewriteImports(file);
replaceFiles(join(COMPILED, 'src'), 'dist');
cpSync(join(COMPILED, 'generated'), 'generated', { recursive: true });
console.log('Built dist.');

/** tsc rewrites imports in most of the JavaScript it emits (not below `await using`), and none of the declarations'. */
function rewriteImports(file: string): void {
  const text = readFileSync(file, 'utf8');
  const rewritten = text.replaceAll(/((?:from|import\()\s*["']\.{1,2}\/[^"']+)\.ts(?=["'])/g, '$1.js');
  if (rewritten !== text) writeFileSync(file, rewritten);
}

/** Makes `target` like `source` without a moment in which it is empty: the SDK in it may be in use. */
function replaceFiles(source: string, target: string): void {
  cpSync(source, target, { recursive: true });
  for (const file of globSync(`${target}/**/*.*`)) {
    if (!existsSync(join(source, relative(target, file)))) rmSync(file, { recursive: true });
  }
}
