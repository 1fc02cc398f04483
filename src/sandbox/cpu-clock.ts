/** A clock that runs only while a process works, so that a busy machine is not held against it. */
import { readdir, readFile } from 'node:fs/promises';

const EVERY_MS = 50;
/** Of /proc, on every Linux, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

/**
 * Calls `onExceeded` once the main thread of a process has worked for more than `limitMs` from now on. Returns the way to
 * stop. Where that cannot be read (off Linux) it never calls: keep a clock on the wall beside it.
 */
export function startCpuClock(pid: number, limitMs: number, onExceeded: () => void): () => void {
  let stopped = false;
  const stop = () => {
    stopped = true;
    clearInterval(timer);
  };
  const before = threadCpuMs(pid);
  const look = async () => {
    const [start, now] = [await before, await threadCpuMs(pid)];
    if (stopped || start === undefined || now === undefined || now - start <= limitMs) return;
    stop();
    onExceeded();
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  return stop;
}

/** Of each thread of a process, by its id; empty where that cannot be read. */
export async function threadsCpuMs(pid: number): Promise<ReadonlyMap<number, number>> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const read = await Promise.all(threads.map(async (id) => [Number(id), await threadCpuMs(pid, Number(id))] as const));
  return new Map(read.filter((entry): entry is readonly [number, number] => entry[1] !== undefined));
}

/** By default of the main thread: what V8's helpers do beside it would be counted twice. Undefined where it cannot be read. */
async function threadCpuMs(pid: number, thread = pid): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => undefined);
  // The command, in brackets, may hold spaces and brackets of its own; user and system time are the 12th and 13th after it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}
