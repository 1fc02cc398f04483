/**
 * Brings what runs in a runner into a form that a runner can load. Under `--jitless` Node cannot strip types, so from a
 * checkout they are stripped here, into `build/sandbox/HASH`; in a package the compiled files are there already.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the files of one build are; the paths below it are those of `src`, with `.js` for `.ts`. */
export interface RunnerBuild {
  readonly root: string;
  readonly runnerEntry: string;
}

const ENTRIES = ['sandbox/runner/main.ts', 'sandbox/guest/bootstrap.ts', 'sdk/index.ts'];
const RELATIVE_IMPORT = /(?<=\bfrom\s*'|\bimport\s*')(\.{1,2}\/[^']+)\.ts(?=')/g;

/** Finds the files a runner loads; from a checkout, makes them first when the sources have changed. */
export function runnerBuild(): RunnerBuild {
  const here = fileURLToPath(import.meta.url);
  const sources = dirname(dirname(here));
  const root = here.endsWith('.ts') ? stripSources(sources, resolve(sources, '../build/sandbox')) : sources;
  return { root, runnerEntry: join(root, 'sandbox/runner/main.js') };
}

/** Exported for tests. */
export function stripSources(sources: string, target: string): string {
  const files = collect(sources);
  const root = join(target, hashOf(files));
  if (existsSync(root)) return root;
  // Written beside and then renamed, so that another process sees all of it or nothing.
  mkdirSync(target, { recursive: true });
  const partial = mkdtempSync(`${root}.`);
  // Where the server is root, runners are another user; what is read here is no secret.
  chmodSync(partial, 0o755);
  for (const [path, text] of files) {
    const file = join(partial, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, stripped(text).replace(RELATIVE_IMPORT, '$1.js'));
  }
  writeFileSync(join(partial, 'package.json'), '{ "type": "module" }\n');
  publish(partial, root);
  return root;
}

/** Node tells once that stripping is experimental; whoever starts a server can do nothing with that. */
function stripped(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

function publish(partial: string, root: string): void {
  try {
    renameSync(partial, root);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(root)) throw error;
  }
}

/** Removes the builds of earlier sources. Not while a server runs: it may start another runner from its own. */
export function removeOldBuilds(current: RunnerBuild): void {
  const folder = dirname(current.root);
  for (const name of readdirSync(folder)) {
    if (join(folder, name) !== current.root) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** The entries and what they import, by path below the sources. */
function collect(sources: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const waiting = [...ENTRIES];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    const text = readFileSync(join(sources, path), 'utf8');
    files.set(path, text);
    for (const [, specifier] of text.matchAll(RELATIVE_IMPORT)) {
      waiting.push(relative(sources, resolve(sources, dirname(path), `${specifier}.ts`)));
    }
  }
  return files;
}

function hashOf(files: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [path, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${path}\0${text}\0`);
  return hash.digest('hex').slice(0, 16);
}
