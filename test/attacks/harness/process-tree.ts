/** The processes below the server, as Linux tells of them. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessSight {
  readonly pid: number;
  readonly kind: 'runner' | 'compiler' | 'other';
  readonly threads: number;
  /** Processor time it has had. */
  readonly cpuMs: number;
  readonly residentMb: number;
  /** The most it ever had. */
  readonly peakMb: number;
}

/** Every process below `root`; those that hold namespaces and limits for the others count as `other`. */
export function descendantsOf(root: number): readonly ProcessSight[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? parentOf(pid) : undefined;
    if (parent !== undefined) parents.set(pid, parent);
  }
  const below = [...parents.keys()].filter((pid) => isBelow(pid, root, parents));
  return below.flatMap((pid) => look(pid) ?? []);
}

/** Undefined when it has gone. */
export function look(pid: number): ProcessSight | undefined {
  const status = read(`/proc/${pid}/status`);
  const residentKb = field(status, 'VmRSS');
  if (residentKb === undefined) return undefined;
  return {
    pid,
    kind: kindOf(read(`/proc/${pid}/cmdline`)),
    threads: field(status, 'Threads') ?? 0,
    cpuMs: cpuMsOf(pid),
    residentMb: residentKb / 1024,
    peakMb: (field(status, 'VmHWM') ?? residentKb) / 1024,
  };
}

function kindOf(commandLine: string): ProcessSight['kind'] {
  const [program = ''] = commandLine.split('\0');
  // What wraps a process names it as well.
  if (!program.endsWith('node')) return 'other';
  if (/runner\/main\.[jt]s/.test(commandLine)) return 'runner';
  return /compiler\/main\.[jt]s/.test(commandLine) ? 'compiler' : 'other';
}

function isBelow(pid: number, root: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at = parents.get(pid); at !== undefined && at > 0; at = parents.get(at)) if (at === root) return true;
  return false;
}

/** Of ticks, of which Linux has a hundred in a second. */
function cpuMsOf(pid: number): number {
  const [, , , , , , , , , , , user, system] = statOf(pid);
  return (Number(user ?? 0) + Number(system ?? 0)) * 10;
}

function parentOf(pid: number): number | undefined {
  const [state, parent] = statOf(pid);
  return parent === undefined || state === 'Z' ? undefined : Number(parent);
}

/** What follows the command in brackets. */
function statOf(pid: number): readonly string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function field(status: string, name: string): number | undefined {
  const value = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1];
  return value === undefined ? undefined : Number(value);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
