/** Brings plugin files into the catalog: the bundled examples, and what lies in the plugins folder. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PluginSource, Sandbox } from '../sandbox/sandbox.ts';
import { problem, type CatalogEntry } from './catalog-entry.ts';
import { PLUGIN_NAME } from './names.ts';
import type { PluginProblem } from './plugin-view.ts';
import type { Registry } from './registry.ts';
import { sandboxedEntry } from './sandboxed-plugin.ts';

export const EXAMPLES_DIR = fileURLToPath(new URL('./examples/', import.meta.url));

export interface LoadedFile {
  readonly path: string;
  readonly entry: CatalogEntry;
  /** Takes the plugin out of the catalog. */
  readonly undo: () => void;
}

/**
 * Loads every plugin file directly in the folders into the registry. A file that fails is in the catalog as FAILED.
 * Of two folders that hold a plugin of one name the later one has it, so an example can be copied and changed.
 */
export async function loadPlugins(
  deps: { sandbox: Sandbox; registry: Registry },
  folders: readonly string[],
): Promise<readonly LoadedFile[]> {
  const byName = new Map<string, readonly string[]>();
  for (const folder of folders) {
    const here = Map.groupBy(await pluginFiles(folder), (path) => parse(path).name);
    for (const [name, paths] of here) byName.set(name, paths);
  }
  const loaded: LoadedFile[] = [];
  for (const [name, paths] of [...byName].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const entry = await loadEntry(deps.sandbox, name, paths);
    loaded.push({ path: paths[0]!, entry, undo: deps.registry.add(entry) });
  }
  return loaded;
}

/** Reads one plugin file; the entry is not yet in any catalog. */
export async function loadFile(sandbox: Sandbox, path: string): Promise<CatalogEntry> {
  return loadEntry(sandbox, parse(path).name, [path]);
}

async function loadEntry(sandbox: Sandbox, name: string, paths: readonly string[]): Promise<CatalogEntry> {
  const failed = (found: PluginProblem): CatalogEntry => ({
    name,
    trust: 'SANDBOXED',
    tenantId: null,
    parsed: null,
    problem: found,
  });
  if (!PLUGIN_NAME.test(name)) {
    return failed(
      problem(
        'PLUGIN_VALIDATION_FAILED',
        `"${name}" cannot be a plugin's name. Name the file in lower-case words joined by "_" or "-", such as pii-redactor.ts.`,
        { rule: 'plugin-name' },
      ),
    );
  }
  const [path, ...others] = paths;
  if (path === undefined || others.length > 0) {
    const files = paths.map((each) => parse(each).base).join(' and ');
    return failed(problem('CONFLICT', `${files} would be the same plugin. Keep one of them.`));
  }
  const source = await readSource(path, sandbox.limits.defaults.sourceBytes);
  return 'code' in source ? failed(source) : sandboxedEntry(sandbox, source);
}

async function pluginFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => !entry.isDirectory() && /\.(ts|js|mjs)$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(folder, entry.name))
    .sort();
}

async function readSource(path: string, max: number): Promise<PluginSource | PluginProblem> {
  const { name, ext } = parse(path);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) return unreadable(found);
  // Opening a named pipe would wait for a writer.
  if (!found.isFile()) return problem('PLUGIN_VALIDATION_FAILED', 'This is not a file.', { rule: 'not-text' });
  const { size } = found;
  if (size > max)
    return problem('PLUGIN_VALIDATION_FAILED', `The file has ${size} bytes; a plugin may have ${max}.`, {
      rule: 'source-too-large',
      line: 1,
      column: 1,
    });
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
    return { name, language: ext === '.ts' ? 'ts' : 'js', text };
  } catch (error) {
    if (!(error instanceof TypeError)) return unreadable(error);
    return problem('PLUGIN_VALIDATION_FAILED', 'The file is not valid UTF-8. Save it as UTF-8.', {
      rule: 'not-text',
      line: 1,
      column: 1,
    });
  }
}

function unreadable(error: unknown): PluginProblem {
  const reason = error instanceof Error ? error.message : String(error);
  return problem('PLUGIN_VALIDATION_FAILED', `The file cannot be read: ${reason}`, { rule: 'not-text' });
}
