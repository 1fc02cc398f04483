/** Resident memory of processes, as Linux tells it; NaN elsewhere. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Memory } from './subject.ts';

const PAGE_BYTES = 4_096;

export function ownMemory(): Memory {
  return { bytes: residentBytes('self'), processes: 1 };
}

/** Of all processes below this one that run Node with a script whose path ends so. */
export function memoryOfChildren(script: string): Memory {
  const parents = new Map(processIds().map((pid) => [pid, parentOf(pid)]));
  const isBelow = (pid: string | undefined): boolean =>
    pid !== undefined && (pid === `${process.pid}` || isBelow(parents.get(pid)));
  let [bytes, processes] = [0, 0];
  for (const pid of parents.keys()) {
    const [command, ...args] = read(pid, 'cmdline').split('\0');
    if (!command?.endsWith('/node') || !args.some((arg) => arg.endsWith(script)) || !isBelow(pid)) continue;
    bytes += residentBytes(pid);
    processes += 1;
  }
  return processes === 0 ? { bytes: NaN, processes: 1 } : { bytes, processes };
}

function processIds(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function parentOf(pid: string): string | undefined {
  return /^PPid:\s+(\d+)$/m.exec(read(pid, 'status'))?.[1];
}

function residentBytes(pid: string): number {
  return Number(read(pid, 'statm').split(' ')[1] ?? NaN) * PAGE_BYTES;
}

/** Empty for a process that is gone. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
