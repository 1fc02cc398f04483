/** How child processes are started: their command lines, with the limits of the operating system. */
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { confine, isNested, outermost, type ChildProgram, type Confinement } from './confinement.ts';
import { inheritedDescriptors } from './inherited-descriptors.ts';
import type { IsolatedVmPackage } from './isolated-vm-gate.ts';
import {
  COMPILER_FLAGS,
  COMPILER_RESIDENT_MB,
  RUNNER_DATA_MB,
  RUNNER_FLAGS,
  RUNNER_RESIDENT_MB,
  RUNNER_WATCH_MB,
} from './measured.ts';
import { canWatchMemory } from './memory-watch.ts';
import { packageFolders } from './package-folders.ts';
import type { RunnerBuild } from './runner-build.ts';
import { settingLimits } from './system-limits.ts';

export type SandboxProfile = 'hardened' | 'jit';

export interface ChildCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Bound of its data by the operating system, which is looked at before it is used. */
  readonly dataMb?: number | undefined;
  /** Resident memory at which the server ends the process; undefined where the operating system bounds it. */
  readonly residentMb: number | undefined;
  /** Resident memory at which it is told to end what uses most of it. */
  readonly nearlyFullMb?: number | undefined;
  /** Its limits were set by the operating system, and are to be looked at. */
  readonly limited?: boolean;
  /** Descriptors of the server that the child would have and must not. */
  readonly covers?: readonly number[];
  /** Others stand before the process that does the work, and end with its code. */
  readonly nested?: boolean;
}

/** What the compiler imports, and so what it may read. */
const COMPILER_PACKAGES = ['@typescript-eslint/typescript-estree', '@typescript-eslint/scope-manager'];

export function runnerProgram(
  profile: SandboxProfile,
  build: RunnerBuild,
  isolatedVm: IsolatedVmPackage,
): ChildProgram {
  const reads = [build.root, join(dirname(build.root), 'package.json'), ...isolatedVm.folders, '/etc/alpine-release'];
  const flags = [...RUNNER_FLAGS.always, ...RUNNER_FLAGS[profile], '--permission', '--allow-addons'];
  return { args: [...flags, ...allowReading(reads), build.runnerEntry], reads };
}

export function compilerProgram(): ChildProgram {
  const here = fileURLToPath(import.meta.url);
  const entry = join(dirname(here), here.endsWith('.ts') ? 'compiler/main.ts' : 'compiler/main.js');
  const sources = dirname(dirname(here));
  const own = [sources, join(dirname(sources), 'package.json')];
  const packages = packageFolders(COMPILER_PACKAGES, sources);
  const args = [...COMPILER_FLAGS, '--permission', ...allowReading([...own, ...packages.map(modulesFolder)]), entry];
  return { args, reads: [...own, ...packages] };
}

export function runnerCommand(profile: SandboxProfile, program: ChildProgram, confinement: Confinement): ChildCommand {
  const bounded = profile === 'hardened' && hasDataLimit();
  const dataMb = bounded ? RUNNER_DATA_MB : undefined;
  const marks = bounded ? { residentMb: undefined } : { residentMb: RUNNER_RESIDENT_MB, nearlyFullMb: RUNNER_WATCH_MB };
  return { ...limited(program, confinement, dataMb), dataMb, ...marks };
}

export function compilerCommand(program: ChildProgram, confinement: Confinement): ChildCommand {
  return { ...limited(program, confinement), residentMb: COMPILER_RESIDENT_MB };
}

/** Node 26.10 does not take in a folder that is named after one below it. */
function allowReading(paths: readonly string[]): readonly string[] {
  return outermost(paths).map((path) => `--allow-fs-read=${path}`);
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
  { missing }: Pick<Confinement, 'missing'>,
  platform: NodeJS.Platform = process.platform,
): readonly string[] {
  const watched = canWatchMemory(platform);
  const dataLimit = 'a data limit of the operating system (RLIMIT_DATA)';
  return [
    ...(profile === 'hardened' && !hasDataLimit(platform)
      ? [watched ? `${dataLimit}; resident memory is watched instead` : dataLimit]
      : []),
    ...missing,
    ...(watched ? [] : ['a watch on the memory of a process; only the heap of each plugin is bounded']),
  ];
}

function hasDataLimit(platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'linux';
}

/** Through a shell that sets the limits and becomes the process. */
function limited(program: ChildProgram, confinement: Confinement, dataMb?: number): ChildCommand {
  if (process.platform === 'win32') return { file: process.execPath, args: program.args, residentMb: undefined };
  const script = `${settingLimits({ dataMb })} && exec "$@"`;
  return {
    file: '/bin/sh',
    args: ['-c', script, 'hookline', ...confine(program, confinement)],
    residentMb: undefined,
    limited: true,
    covers: inheritedDescriptors(),
    nested: isNested(confinement),
  };
}
