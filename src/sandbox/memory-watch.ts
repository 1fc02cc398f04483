/** Watches the resident memory of another process, where the operating system does not bound it. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** How a process's resident memory is read on this system, and how often that may be done; undefined where it cannot. */
interface MemoryGauge {
  readonly everyMs: number;
  residentBytes(pid: number): Promise<number>;
}

const PAGE_BYTES = 4_096;

const PROC: MemoryGauge = { everyMs: 50, residentBytes };
/** A process for each look at one: less often. */
const PS: MemoryGauge = { everyMs: 250, residentBytes: residentBytesByPs };

const GAUGES: Partial<Record<NodeJS.Platform, MemoryGauge>> = { linux: PROC, darwin: PS, freebsd: PS, openbsd: PS };

export function canWatchMemory(platform: NodeJS.Platform = process.platform): boolean {
  return GAUGES[platform] !== undefined;
}

/** Calls `onExceeded` when the process has more than `limitMb` in memory. Returns the way to stop. */
export function watchMemory(
  pid: number,
  limitMb: number,
  onExceeded: () => void,
  gauge: MemoryGauge | undefined = GAUGES[process.platform],
): () => void {
  if (!gauge) return () => {};
  const timer = setInterval(() => {
    void gauge.residentBytes(pid).then((bytes) => {
      if (bytes > limitMb * 1024 * 1024) onExceeded();
    });
  }, gauge.everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** 0 for a process that is gone. */
export async function residentBytes(pid: number): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '');
  return Number(statm.split(' ')[1] ?? 0) * PAGE_BYTES;
}

/** As `residentBytes`, of any Unix. */
export async function residentBytesByPs(pid: number): Promise<number> {
  const { stdout } = await run('/bin/ps', ['-o', 'rss=', '-p', `${pid}`]).catch(() => ({ stdout: '' }));
  return Number(stdout.trim()) * 1024;
}

const run = promisify(execFile);
