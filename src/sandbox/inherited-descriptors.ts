/** Descriptors that whoever started the server left open, and that every child of the server would have too. */
import { readdirSync, readFileSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;
const STANDARD = 3;

/** Those that are not closed when another program is started; Node sees to its own. Only Linux tells: elsewhere none. */
export function inheritedDescriptors(): readonly number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => fd >= STANDARD && survivesExec(fd));
}

function survivesExec(fd: number): boolean {
  try {
    const [, flags = ''] = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
    return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // It was open for the listing alone.
    return false;
  }
}
