/** Of a child that others stand before (bubblewrap, unshare), the process that does the work. */
import { readdirSync, readFileSync } from 'node:fs';

/** A shell or two, and the first process of a namespace. */
const DEEPEST = 4;

/** The innermost of the processes below `pid`, which may be itself. Numbers are those this process sees. */
export function workerPid(pid: number): number {
  let innermost = pid;
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    const [child] = childrenOf(innermost);
    if (child === undefined) break;
    innermost = child;
  }
  return innermost;
}

function childrenOf(pid: number): readonly number[] {
  const listed = read(`/proc/${pid}/task/${pid}/children`);
  if (listed !== undefined) return listed.split(' ').filter(Boolean).map(Number);
  // A kernel without that file: whoever names it as the parent.
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
}

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`) ?? '';
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
