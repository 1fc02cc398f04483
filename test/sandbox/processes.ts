/** The processes of this machine, as Linux tells of them. */
import { readdirSync, readFileSync } from 'node:fs';

/** The children of a process whose command line contains `part`. */
export function childrenOf(parent: number, part = ''): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
    .filter((pid) => parentOf(pid) === parent && read(`/proc/${pid}/cmdline`).includes(part));
}

export function isAlive(pid: number): boolean {
  const state = statusOf(pid)[0];
  return state !== undefined && state !== 'Z';
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
