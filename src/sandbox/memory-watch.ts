/** Watches the resident memory of another process, where the operating system does not bound it. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** How a process's resident memory is read on this system, and how often that may be done; undefined where it cannot. */
interface MemoryGauge {
  readonly everyMs: number;
  /** The same for a process that has more than half of what it may have. */
  readonly thenEveryMs: number;
  residentBytes(pid: number): Promise<number>;
}

const PAGE_BYTES = 4_096;

const PROC: MemoryGauge = { everyMs: 40, thenEveryMs: 10, residentBytes };
/** A process for each look at one: less often. */
const PS: MemoryGauge = { everyMs: 250, thenEveryMs: 250, residentBytes: residentBytesByPs };

const GAUGES: Partial<Record<NodeJS.Platform, MemoryGauge>> = { linux: PROC, darwin: PS, freebsd: PS, openbsd: PS };

export function canWatchMemory(platform: NodeJS.Platform = process.platform): boolean {
  return GAUGES[platform] !== undefined;
}

export interface MemoryMark {
  readonly mb: number;
  /** At each look that finds more than that. */
  onExceeded(): void;
}

/** Looks at the memory of the process, and says of each mark when it has more. Returns the way to stop. */
export function watchMemory(
  pid: number,
  marks: readonly MemoryMark[],
  gauge: MemoryGauge | undefined = GAUGES[process.platform],
): () => void {
  if (!gauge) return () => {};
  const lowestMb = Math.min(...marks.map(({ mb }) => mb));
  let stopped = false;
  let timer = setTimeout(() => void look(), gauge.everyMs);
  async function look(): Promise<void> {
    const usedMb = ((await gauge?.residentBytes(pid)) ?? 0) / (1024 * 1024);
    for (const { mb, onExceeded } of marks) if (!stopped && usedMb > mb) onExceeded();
    if (stopped) return;
    timer = setTimeout(() => void look(), usedMb > lowestMb / 2 ? gauge?.thenEveryMs : gauge?.everyMs);
    timer.unref();
  }
  timer.unref();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
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
