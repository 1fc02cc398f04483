/** The shape of the house, read from the real imports: what may know what. ARCHITECTURE.md tells why. */
import { describe, expect, test } from 'vitest';
import { findCycles } from './architecture/find-cycles.ts';
import { readModules, type Module } from './architecture/read-modules.ts';

const modules = readModules('src');

/** Files that are run by name, and so read their arguments. */
const PROGRAMS = ['src/main.ts', 'src/schema/print-schema.ts'];

/** Each part of the house and the parts it may import, besides itself. */
const GROUND = ['json', 'errors', 'config', 'sdk', 'auth', 'db'] as const;
const ENGINE = [...GROUND, 'sandbox', 'events'] as const;
const DOOR = [...ENGINE, 'plugins'] as const;
const MAY_IMPORT: Record<string, readonly string[]> = {
  json: [],
  errors: ['json'],
  config: ['json', 'errors'],
  sdk: ['json'],
  auth: ['json', 'errors', 'config', 'db'],
  db: ['json', 'errors', 'config'],
  sandbox: GROUND.filter((part) => part !== 'db'),
  events: GROUND,
  plugins: ENGINE,
  schema: DOOR,
  rest: DOOR,
  server: [...DOOR, 'schema', 'rest'],
  app: [...DOOR, 'schema', 'rest', 'server'],
  // Knows the server by its protocol alone.
  client: ['json', 'errors'],
  embed: [...DOOR, 'schema', 'rest', 'server', 'app'],
  cli: [...DOOR, 'schema', 'rest', 'server', 'app', 'client'],
  main: ['cli'],
};

/** Packages that only some files may know. A folder ends in a slash. */
const KNOWN_ONLY_IN: Record<string, readonly string[]> = {
  'isolated-vm': ['src/sandbox/runner/'],
  '@typescript-eslint/typescript-estree': ['src/sandbox/compiler/'],
  '@typescript-eslint/scope-manager': ['src/sandbox/compiler/'],
  '@electric-sql/pglite': ['src/db/'],
  'pglite-prisma-adapter': ['src/db/'],
  '@prisma/adapter-pg': ['src/db/'],
  '@prisma/schema-engine-wasm': ['src/db/'],
  pg: ['src/db/'],
  graphql: ['src/schema/', 'src/server/'],
  'graphql-yoga': ['src/schema/', 'src/server/'],
  'graphql-ws': ['src/server/', 'src/client/'],
  ws: ['src/server/'],
  '@pothos/core': ['src/schema/'],
  fastify: ['src/rest/', 'src/server/'],
  jose: ['src/auth/'],
  commander: ['src/cli/'],
};

describe('the layers', () => {
  test('every part of src has its place', () => {
    const homeless = modules.filter((module) => !(partOf(module.path) in MAY_IMPORT));
    expect(homeless.map((module) => module.path)).toEqual([]);
  });

  test.each(Object.keys(MAY_IMPORT))('%s imports only what is below it', (part) => {
    const allowed = new Set([part, ...(MAY_IMPORT[part] ?? [])]);
    const upward = modules
      .filter((module) => partOf(module.path) === part)
      .flatMap((module) =>
        module.imports
          .filter((target) => target.path?.startsWith('src/') && !allowed.has(partOf(target.path)))
          .map((target) => `${module.path} -> ${target.path}`),
      );
    expect(upward).toEqual([]);
  });

  test('no module runs in a circle', () => {
    expect(findCycles(modules)).toEqual([]);
  });

  test('every import leads to a file', () => {
    const broken = modules.flatMap((module) =>
      module.imports.filter((target) => target.missing).map((target) => `${module.path} -> ${target.specifier}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('what few may know', () => {
  test.each(Object.entries(KNOWN_ONLY_IN))('%s', (name, places) => {
    const strangers = importersOf(name).filter((module) => !places.some((place) => module.path.startsWith(place)));
    expect(strangers.map((module) => module.path)).toEqual([]);
  });

  test.each([
    ['isolated-vm', /^src\/sandbox\/runner\//],
    ['@typescript-eslint/typescript-estree', /^src\/sandbox\/compiler\//],
  ])('%s is loaded in one file', (name, place) => {
    const loaders = importersOf(name).filter((module) =>
      module.imports.some((target) => isPackage(target.specifier, name) && target.atRunTime),
    );
    expect(loaders.map((module) => module.path)).toEqual([expect.stringMatching(place)]);
  });

  test('the environment is read in config and cli, and by programs', () => {
    const readers = modules.filter(
      (module) => module.readsEnvironment && !['config', 'cli'].includes(partOf(module.path)),
    );
    expect(readers.map((module) => module.path).filter((path) => !PROGRAMS.includes(path))).toEqual([]);
  });
});

test('files are named after what they hold', () => {
  const vague = /(^|[-./])(utils?|helpers?|common|misc|managers?|services?|impl)([-./]|$)/;
  expect(modules.map((module) => module.path).filter((path) => vague.test(path))).toEqual([]);
});

/** `plugins` of `src/plugins/loader.ts`, `main` of `src/main.ts`. */
function partOf(path: string): string {
  return path.split('/')[1]?.replace(/\.ts$/, '') ?? '';
}

function importersOf(name: string): readonly Module[] {
  return modules.filter((module) => module.imports.some((target) => isPackage(target.specifier, name)));
}

/** The package itself or a part of it; its manifest, read for the version, is no acquaintance. */
function isPackage(specifier: string, name: string): boolean {
  return specifier === name || (specifier.startsWith(`${name}/`) && specifier !== `${name}/package.json`);
}
