/** Limits of the operating system on a child: set by the shell that becomes it, and looked at before it is used. */
import { readFileSync } from 'node:fs';

export interface SystemLimits {
  /** Megabytes of data; undefined where the server watches its memory instead. */
  readonly dataMb?: number | undefined;
}

/** Enough for its pipes, an event loop and the module that is being read. */
const OPEN_FILES = 256;

/** How a shell sets a limit, and how the kernel tells of it in /proc/PID/limits. */
function limitsOf({ dataMb }: SystemLimits) {
  const bytes =
    dataMb === undefined ? [] : [{ set: `ulimit -d ${dataMb * 1_024}`, line: 'Max data size', is: dataMb * 1_048_576 }];
  return [
    { set: 'ulimit -c 0', line: 'Max core file size', is: 0 },
    // It writes to pipes alone.
    { set: 'ulimit -f 0', line: 'Max file size', is: 0 },
    { set: `ulimit -n ${OPEN_FILES}`, line: 'Max open files', is: OPEN_FILES },
    ...bytes,
  ];
}

/** One command for each: Debian's sh leaves both unset when two share one. */
export function settingLimits(limits: SystemLimits): string {
  return limitsOf(limits)
    .map(({ set }) => set)
    .join(' && ');
}

/** What the shell was asked to set and the kernel does not have, or undefined. Only Linux tells. */
export function limitProblem(pid: number, limits: SystemLimits): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const kernel = readFileSync(`/proc/${pid}/limits`, 'utf8');
  const wrong = limitsOf(limits).find(({ line, is }) => {
    const [, hard] = new RegExp(`^${line}\\s+\\S+\\s+(\\S+)`, 'm').exec(kernel) ?? [];
    return Number(hard) !== is;
  });
  return wrong && `a limit of the operating system could not be set (${wrong.line})`;
}
