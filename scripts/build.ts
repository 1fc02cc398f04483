/**
 * Compiles what is published: Node strips no types below node_modules. `src` becomes `dist` and the database client's
 * JavaScript comes beside its TypeScript, so every path between them and to `prisma` is the same as in a checkout.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const COMPILED = 'build/compiled';
const EXAMPLES = 'src/plugins/examples';

rmSync(COMPILED, { recursive: true, force: true });
rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['--project', 'tsconfig.build.json'], { stdio: 'inherit' });
cpSync(join(COMPILED, 'src'), 'dist', { recursive: true });
cpSync(join(COMPILED, 'generated'), 'generated', { recursive: true });
// Examples are read as text, never imported.
if (existsSync(EXAMPLES)) cpSync(EXAMPLES, 'dist/plugins/examples', { recursive: true });
// tsc rewrites the imports of the JavaScript it emits, but not those of the declarations.
for (const file of globSync('{dist,generated}/**/*.d.ts')) {
  const text = readFileSync(file, 'utf8');
  const rewritten = text.replaceAll(/((?:from|import\()\s*["']\.{1,2}\/[^"']+)\.ts(?=["'])/g, '$1.js');
  if (rewritten !== text) writeFileSync(file, rewritten);
}
console.log('Built dist.');
