/** Watches the resident memory of another process, where the operating system does not bound it. */
import { readFile } from 'node:fs/promises';

const EVERY_MS = 50;
const PAGE_BYTES = 4_096;

/** Calls `onExceeded` when the process has more than `limitMb` in memory. Returns the way to stop. Works on Linux. */
export function watchMemory(pid: number, limitMb: number, onExceeded: () => void): () => void {
  if (process.platform !== 'linux') return () => {};
  const timer = setInterval(() => {
    void residentBytes(pid).then((bytes) => {
      if (bytes > limitMb * 1024 * 1024) onExceeded();
    });
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** 0 for a process that is gone. */
export async function residentBytes(pid: number): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '');
  return Number(statm.split(' ')[1] ?? 0) * PAGE_BYTES;
}
