/** How child processes are started: their command lines, with the limits of the operating system. */
import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IsolatedVmPackage } from './isolated-vm-gate.ts';
import { COMPILER_FLAGS, COMPILER_RESIDENT_MB, RUNNER_DATA_MB, RUNNER_FLAGS, RUNNER_RESIDENT_MB } from './measured.ts';
import { canWatchMemory } from './memory-watch.ts';
import type { Namespaces } from './namespaces.ts';
import { packageFolders } from './package-folders.ts';
import type { RunnerBuild } from './runner-build.ts';

export type SandboxProfile = 'hardened' | 'jit';

export interface ChildCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Bound of its data by the operating system, which is looked at before it is used. */
  readonly dataMb?: number | undefined;
  /** Resident memory at which the server ends the process; undefined where the operating system bounds it. */
  readonly residentMb: number | undefined;
}

/** What the compiler imports, and so what it may read. */
const COMPILER_PACKAGES = ['@typescript-eslint/typescript-estree', '@typescript-eslint/scope-manager'];

export function runnerCommand(
  profile: SandboxProfile,
  build: RunnerBuild,
  isolatedVm: IsolatedVmPackage,
  namespaces: Namespaces = NO_NAMESPACES,
): ChildCommand {
  const readable = [
    build.root,
    join(dirname(build.root), 'package.json'),
    ...isolatedVm.folders,
    '/etc/alpine-release',
  ];
  const args = [
    ...RUNNER_FLAGS.always,
    ...RUNNER_FLAGS[profile],
    '--permission',
    '--allow-addons',
    ...allowReading(readable),
    build.runnerEntry,
  ];
  const bounded = profile === 'hardened' && hasDataLimit();
  const dataMb = bounded ? RUNNER_DATA_MB : undefined;
  return { ...limited(args, namespaces, dataMb), dataMb, residentMb: bounded ? undefined : RUNNER_RESIDENT_MB };
}

export function compilerCommand(namespaces: Namespaces = NO_NAMESPACES): ChildCommand {
  const here = fileURLToPath(import.meta.url);
  const entry = join(dirname(here), here.endsWith('.ts') ? 'compiler/main.ts' : 'compiler/main.js');
  const sources = dirname(dirname(here));
  const readable = [
    sources,
    join(dirname(sources), 'package.json'),
    ...packageFolders(COMPILER_PACKAGES, sources).map(modulesFolder),
  ];
  const args = [...COMPILER_FLAGS, '--permission', ...allowReading(readable), entry];
  return { ...limited(args, namespaces), residentMb: COMPILER_RESIDENT_MB };
}

/** Shorter paths first, and none below another: Node 26.10 does not take in a folder that is named after one below it. */
function allowReading(paths: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (const path of paths.toSorted((a, b) => a.length - b.length)) {
    if (!kept.some((folder) => path === folder || path.startsWith(`${folder}${sep}`))) kept.push(path);
  }
  return kept.map((path) => `--allow-fs-read=${path}`);
}

/**
 * The `node_modules` that a package is in. All of it, because of many packages Node 26.10 loses some whose names begin alike
 * (`types`, `typescript-estree`).
 */
function modulesFolder(path: string): string {
  const marker = `${sep}node_modules`;
  const end = path.lastIndexOf(`${marker}${sep}`);
  return end < 0 ? path : path.slice(0, end + marker.length);
}

/** What the hardened profile promises and this machine does not offer. */
export function missingHardening(
  profile: SandboxProfile,
  namespaces: Namespaces = NO_NAMESPACES,
  platform: NodeJS.Platform = process.platform,
): readonly string[] {
  const watched = canWatchMemory(platform);
  const dataLimit = 'a data limit of the operating system (RLIMIT_DATA)';
  return [
    ...(profile === 'hardened' && !hasDataLimit(platform)
      ? [watched ? `${dataLimit}; resident memory is watched instead` : dataLimit]
      : []),
    ...(profile === 'hardened' && namespaces.missing !== undefined ? [namespaces.missing] : []),
    ...(watched ? [] : ['a watch on the memory of a process; only the heap of each plugin is bounded']),
  ];
}

function hasDataLimit(platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'linux';
}

/** Of the jit profile, which does not promise them. */
export const NO_NAMESPACES: Namespaces = { prefix: '', missing: undefined };

/**
 * Through a shell that sets the limits and becomes the process: no core file, bounded data, and an end with its parent
 * where util-linux can ask for it. Two `ulimit` commands, because Debian's sh leaves both unset when they share one.
 */
function limited(
  args: readonly string[],
  namespaces: Namespaces,
  dataMb?: number,
): { file: string; args: readonly string[] } {
  if (process.platform === 'win32') return { file: process.execPath, args };
  const limits = ['ulimit -c 0', ...(dataMb === undefined ? [] : [`ulimit -d ${dataMb * 1024}`])];
  const dyingWithParent = existsSync('/usr/bin/setpriv') ? '/usr/bin/setpriv --pdeathsig KILL -- ' : '';
  return {
    file: '/bin/sh',
    args: [
      '-c',
      `${limits.join(' && ')} && exec ${namespaces.prefix}${dyingWithParent}"$0" "$@"`,
      process.execPath,
      ...args,
    ],
  };
}
