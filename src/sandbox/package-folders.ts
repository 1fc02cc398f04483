/** Where installed packages are, in whatever layout: hoisted, nested, or symbolic links to a store elsewhere. */
import { existsSync, lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join, parse, resolve, sep } from 'node:path';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * The folders that a process needs to read to load packages, and all they depend on, from a module in `from`: each as Node
 * looks it up and as it really is, and every link on the way, which Node's loader reads too. A package that is not
 * installed is left out; the first folder is of the first that is.
 */
export function packageFolders(names: readonly string[], from: string): readonly string[] {
  const folders = new Set<string>();
  const entered = new Set<string>();
  const waiting = names.map((name) => ({ name, from: realpathSync(from) })).reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const found = findPackage(next.name, next.from);
    if (found === undefined) continue;
    const real = realpathSync(found);
    for (const folder of [found, ...linksOn(found), real]) folders.add(folder);
    if (entered.has(real)) continue;
    entered.add(real);
    for (const name of dependenciesOf(real)) waiting.push({ name, from: real });
  }
  return [...folders];
}

/** By Node's rule: `node_modules/NAME` of the folder or of the nearest one above it. */
function findPackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The symbolic links that lead from a path to what it really is. */
function linksOn(path: string): readonly string[] {
  const links: string[] = [];
  let at: string = parse(path).root;
  const parts = path.slice(at.length).split(sep);
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    at = join(at, part);
    if (!lstatSync(at).isSymbolicLink()) continue;
    links.push(at);
    const target = resolve(dirname(at), readlinkSync(at));
    at = parse(target).root;
    parts.unshift(...target.slice(at.length).split(sep));
  }
  return links;
}

function dependenciesOf(folder: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const { dependencies, peerDependencies, optionalDependencies } = manifest;
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
}
