/** How far the operating system holds a child process, tier by tier: what is put before its command line. */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';

/** The strongest first. */
export const SANDBOX_TIERS = {
  strict:
    'files, processes, network and users of its own, by bubblewrap: it sees what it is loaded from and nothing else',
  unshare:
    'processes, network and users of its own, by unshare; files are kept from it by the permission model of Node',
  portable: 'limits of the operating system and the permission model of Node',
} as const;

export type SandboxTier = keyof typeof SANDBOX_TIERS;

/** What a child is to run, and the files it needs for that. */
export interface ChildProgram {
  /** Node's arguments. */
  readonly args: readonly string[];
  /** Absolute: files, folders and symbolic links. */
  readonly reads: readonly string[];
}

export interface Confinement {
  readonly tier: SandboxTier;
  /** Uid and gid of the children; undefined: those of the server. */
  readonly ownId: number | undefined;
  /** The commands of the system it is made of. */
  readonly commands: SystemCommands;
  /** What the strongest tier has and this one lacks, in words. */
  readonly missing: readonly string[];
}

/** Absolute; undefined where the system has none. */
export interface SystemCommands {
  /** What Node is linked with. */
  readonly libraries: readonly string[];
  readonly bwrap: string | undefined;
  readonly unshare: string | undefined;
  readonly setpriv: string | undefined;
  readonly prlimit: string | undefined;
}

/** Threads and processes of all children together, where they have a user of their own: it is counted by user. */
const OWN_PROCESSES = 1_024;

/** The command line of a program under a confinement; a shell's `exec` takes it. */
export function confine(program: ChildProgram, confinement: Confinement): readonly string[] {
  const line = [process.execPath, ...program.args];
  const privileges = dropPrivileges(confinement);
  switch (confinement.tier) {
    case 'strict':
      return [...privileges, ...bubble(program, confinement.commands), ...line];
    case 'unshare':
      return [...privileges, ...unshared(confinement.commands.unshare ?? 'unshare'), ...line];
    case 'portable':
      return [...privileges, ...line];
  }
}

/** Whether the process that is spawned stands before the one that does the work, and ends with its code. */
export function isNested({ tier }: Confinement): boolean {
  return tier !== 'portable';
}

/**
 * No way back to privileges, an end with the parent, and where the server is root a user that owns nothing. Bubblewrap sees
 * to that end itself: killed by a signal of its own, it would leave behind the process that it forked a moment before, which
 * waits for a word from it and dies with nobody yet.
 */
function dropPrivileges({ tier, ownId, commands: { setpriv, prlimit } }: Confinement): readonly string[] {
  if (setpriv === undefined) return [];
  const id =
    ownId === undefined
      ? []
      : ['--reuid', `${ownId}`, '--regid', `${ownId}`, '--clear-groups', '--inh-caps=-all', '--bounding-set=-all'];
  const processes = ownId === undefined || prlimit === undefined ? [] : [prlimit, `--nproc=${OWN_PROCESSES}`, '--'];
  const withParent = tier === 'strict' ? [] : ['--pdeathsig', 'KILL'];
  return [...processes, setpriv, ...id, '--no-new-privs', ...withParent, '--'];
}

/**
 * The process with the number 1 ignores what it sends to itself, SIGKILL and the SIGABRT of V8 too: a shell is that one,
 * and ends with the code of the other. What it says about that is not the child's.
 */
const FIRST_PROCESS = 'exec 3>&2 2>/dev/null; "$0" "$@" 2>&3 3>&-; exit $?';

function unshared(unshare: string): readonly string[] {
  const apart = ['--user', '--map-current-user', '--net', '--ipc', '--uts', '--mount-proc'];
  return [unshare, ...apart, '--pid', '--fork', '--kill-child', '--', '/bin/sh', '-c', FIRST_PROCESS];
}

function bubble({ reads }: ChildProgram, { bwrap = 'bwrap', libraries }: SystemCommands): readonly string[] {
  return [
    bwrap,
    '--unshare-all',
    '--die-with-parent',
    '--clearenv',
    '--new-session',
    ...['--cap-drop', 'ALL'],
    ...libraries.flatMap((path) => ['--ro-bind', realpathSync(path), path]),
    ...['--ro-bind', process.execPath, process.execPath],
    ...shown(reads),
    ...['--remount-ro', '/', '--chdir', '/', '--'],
  ];
}

/** Each as it is at its own place; a link as the link it is, and what is reached through one only there. */
function shown(paths: readonly string[]): readonly string[] {
  // Two programs may load through the same link, and bubblewrap makes none twice.
  const links = [...new Set(paths.filter((path) => isLink(path)))];
  const real = outermost(paths.filter((path) => !isLink(path) && !links.some((link) => path.startsWith(link + sep))));
  const outside = links.filter((link) => !real.some((folder) => link.startsWith(folder + sep)));
  return [
    ...real.flatMap((path) => ['--ro-bind-try', path, path]),
    ...outside.flatMap((link) => ['--symlink', readlinkSync(link), link]),
  ];
}

/** Shorter paths first, and none below another. */
export function outermost(paths: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (const path of paths.toSorted((a, b) => a.length - b.length)) {
    if (!kept.some((folder) => path === folder || path.startsWith(`${folder}${sep}`))) kept.push(path);
  }
  return kept;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
