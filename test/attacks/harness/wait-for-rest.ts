import { setTimeout as sleep } from 'node:timers/promises';
import { FIGURES } from './attack-limits.ts';
import { descendantsOf, type ProcessSight } from './process-tree.ts';

export interface Rest {
  /** As many runners as are needed, or fewer, and none of them at work. */
  readonly found: boolean;
  readonly allowed: number;
  readonly runners: readonly ProcessSight[];
}

const WINDOW_MS = 100;
/** Of the window; what a runner may use to answer the canary. */
const BUSY_SHARE = 0.6;

/** Looks at the runners below a server until they rest, or the time for that is over. */
export async function waitForRest(serverPid: number, allowed: number): Promise<Rest> {
  const end = performance.now() + FIGURES.orphansMs;
  let last = runnersBelow(serverPid);
  for (;;) {
    await sleep(WINDOW_MS);
    const runners = runnersBelow(serverPid);
    const found = runners.length <= allowed && !runners.some((runner) => isSpinning(runner, last));
    if (found || performance.now() > end) return { found, allowed, runners };
    last = runners;
  }
}

export function runnersBelow(pid: number): readonly ProcessSight[] {
  return descendantsOf(pid).filter(({ kind }) => kind === 'runner');
}

/** One that has just been started is busy with that. */
function isSpinning(runner: ProcessSight, before: readonly ProcessSight[]): boolean {
  const then = before.find(({ pid }) => pid === runner.pid);
  return then !== undefined && runner.cpuMs - then.cpuMs > WINDOW_MS * BUSY_SHARE;
}
