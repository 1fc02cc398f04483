/** Which process this is, in a form that another process can check later, also after the number was given to a new one. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  /** One boot of one machine, or one container of it: where `pid` means something. */
  readonly place: string;
  readonly pid: number;
  /** Clock ticks from boot to the start of the process (Linux); '0' where the system does not say. */
  readonly startTicks: string;
}

export function thisProcess(): ProcessIdentity {
  return { place: thisPlace(), pid: process.pid, startTicks: statOf(process.pid).startTicks ?? '0' };
}

/** True or false for a process of this place; null when it belongs to another place and cannot be asked. */
export function isRunning(identity: ProcessIdentity): boolean | null {
  if (identity.place !== thisPlace()) return null;
  if (!answersSignals(identity.pid)) return false;
  const { state, startTicks } = statOf(identity.pid);
  // What has ended and nobody has asked after still has its number.
  if (state === 'Z' || state === 'X') return false;
  return startTicks === undefined || startTicks === identity.startTicks;
}

function thisPlace(): string {
  const bootId = orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const pidNamespace = orEmpty(() => readlinkSync('/proc/self/ns/pid'));
  return createHash('sha256').update(`${hostname()}\n${bootId}\n${pidNamespace}`).digest('hex').slice(0, 12);
}

/** The 3rd and the 22nd field of /proc/PID/stat; the second is a name in brackets that may itself hold spaces and brackets. */
function statOf(pid: number): { state: string | undefined; startTicks: string | undefined } {
  const stat = orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0], startTicks: fields[19] };
}

function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** /proc exists on Linux only, and not in every container. */
function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
