import { setTimeout as sleep } from 'node:timers/promises';
import { FIGURES } from './attack-limits.ts';
import { descendantsOf, type ProcessSight } from './process-tree.ts';
import type { AttackServer } from './start-attack-server.ts';

export interface Rest {
  /** No runner that holds nothing, but for one in reserve, and none at work. */
  readonly found: boolean;
  readonly allowed: number;
  readonly runners: readonly ProcessSight[];
}

const WINDOW_MS = 100;
/** Of the window; what a runner may use to answer the canary. */
const BUSY_SHARE = 0.6;

/** Looks at the runners of a server until they rest, or the time for that is over. */
export async function waitForRest(server: AttackServer): Promise<Rest> {
  const end = performance.now() + FIGURES.orphansMs;
  let last = runnersBelow(server.pid);
  for (;;) {
    await sleep(WINDOW_MS);
    const runners = runnersBelow(server.pid);
    const { count } = await server.ask({ type: 'instances' });
    // However the instances are spread, each of these runners has one; and a spare always waits.
    const allowed = Math.max(1, count) + 2;
    const found = runners.length <= allowed && !runners.some((runner) => isSpinning(runner, last));
    if (found || performance.now() > end) return { found, allowed, runners };
    last = runners;
  }
}

function runnersBelow(pid: number): readonly ProcessSight[] {
  return descendantsOf(pid).filter(({ kind }) => kind === 'runner');
}

/** One that has just been started is busy with that. */
function isSpinning(runner: ProcessSight, before: readonly ProcessSight[]): boolean {
  const then = before.find(({ pid }) => pid === runner.pid);
  return then !== undefined && runner.cpuMs - then.cpuMs > WINDOW_MS * BUSY_SHARE;
}
