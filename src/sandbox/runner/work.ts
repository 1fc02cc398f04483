/** What a runner does for one request, in one or more runs of the isolate, and what that has cost so far. */
export interface Work {
  /** Of the request that answers for it. */
  readonly id: number;
  readonly timeoutMs: number;
  readonly cpuMs: number;
  /** When the isolate first came to it. */
  startedAt: number | undefined;
  /** That it had to wait for others in the isolate after that. */
  waitedMs: number;
  /** Processor time of its runs that have ended. */
  usedCpuMs: number;
  hostCalls: number;
  logChars: number;
  progressBytes: number;
  /** Of its result, told so far. */
  parts: number;
}

/** What runs in nobody's time, such as a timer of a call that is answered, has less of it. */
const LEFTOVER = { timeoutMs: 5_000, cpuMs: 250 };

export function beginWork(id: number, timeoutMs: number, cpuMs: number): Work {
  return {
    id,
    timeoutMs,
    cpuMs,
    startedAt: undefined,
    waitedMs: 0,
    usedCpuMs: 0,
    hostCalls: 0,
    logChars: 0,
    progressBytes: 0,
    parts: 0,
  };
}

export function leftoverWork(id: number, cpuMs: number): Work {
  return beginWork(id, LEFTOVER.timeoutMs, Math.min(cpuMs, LEFTOVER.cpuMs));
}
