/** Watches the resident memory of another process, where the operating system does not bound it. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** How a process's resident memory is read on this system, and how often that may be done; undefined where it cannot. */
interface MemoryGauge {
  /** While it is far from what it may have. */
  readonly everyMs: number;
  readonly atLeastMs: number;
  residentBytes(pid: number): number | Promise<number>;
}

const PAGE_BYTES = 4_096;

const PROC: MemoryGauge = { everyMs: 40, atLeastMs: 2, residentBytes };
/** A process for each look at one: less often. */
const PS: MemoryGauge = { everyMs: 250, atLeastMs: 250, residentBytes: residentBytesByPs };

const GAUGES: Partial<Record<NodeJS.Platform, MemoryGauge>> = { linux: PROC, darwin: PS, freebsd: PS, openbsd: PS };

/** What V8 does not interrupt fills about so many MB in each millisecond, so a process has at least this long until a mark. */
const FASTEST_MB_PER_MS = 2;

export function canWatchMemory(platform: NodeJS.Platform = process.platform): boolean {
  return GAUGES[platform] !== undefined;
}

export interface MemoryMark {
  readonly mb: number;
  /** At each look that finds more than that. */
  onExceeded(): void;
}

/**
 * Looks at the memory of the process, the more often the nearer it is to a mark, and says of each mark when it has more.
 * Returns the way to stop.
 */
export function watchMemory(
  pid: number,
  marks: readonly MemoryMark[],
  gauge: MemoryGauge | undefined = GAUGES[process.platform],
): () => void {
  if (!gauge) return () => {};
  const { everyMs, atLeastMs } = gauge;
  let stopped = false;
  let timer = setTimeout(() => void look(), everyMs);
  async function look(): Promise<void> {
    const usedMb = ((await gauge?.residentBytes(pid)) ?? 0) / (1024 * 1024);
    for (const { mb, onExceeded } of marks) if (!stopped && usedMb > mb) onExceeded();
    if (stopped) return;
    timer = setTimeout(() => void look(), untilNextMs(usedMb));
    timer.unref();
  }
  /** As long as it needs to the next mark at its fastest. */
  function untilNextMs(usedMb: number): number {
    const room = marks.map(({ mb }) => mb - usedMb).filter((mb) => mb > 0);
    return Math.min(everyMs, Math.max(atLeastMs, Math.min(...room) / FASTEST_MB_PER_MS));
  }
  timer.unref();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** 0 for a process that is gone. Read at once: the system has it in memory, and a detour over threads takes longer than that. */
export function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1] ?? 0) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

/** As `residentBytes`, of any Unix. */
export async function residentBytesByPs(pid: number): Promise<number> {
  const { stdout } = await run('/bin/ps', ['-o', 'rss=', '-p', `${pid}`]).catch(() => ({ stdout: '' }));
  return Number(stdout.trim()) * 1024;
}

const run = promisify(execFile);
