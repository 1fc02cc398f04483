/** The processes of this machine, as Linux tells of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { workerPid } from '../../src/sandbox/worker-pid.ts';

/** The children of a process whose command line contains `part`; where others stand before it, the one that does the work. */
export function childrenOf(parent: number, part = ''): readonly number[] {
  return directChildrenOf(parent, part).map(workerPid);
}

/** What was spawned itself. */
export function directChildrenOf(parent: number, part = ''): readonly number[] {
  return allPids().filter((pid) => parentOf(pid) === parent && read(`/proc/${pid}/cmdline`).includes(part));
}

/** Everything below a process. */
export function descendantsOf(parent: number): readonly number[] {
  return directChildrenOf(parent).flatMap((pid) => [pid, ...descendantsOf(pid)]);
}

export function isAlive(pid: number): boolean {
  const state = statusOf(pid)[0];
  return state !== undefined && state !== 'Z';
}

function allPids(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

function parentOf(pid: number): number | undefined {
  const parent = statusOf(pid)[1];
  return parent === undefined ? undefined : Number(parent);
}

/** State and parent: what follows the command in brackets. */
function statusOf(pid: number): readonly string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
