/** Tells an instance that cannot be stopped from one that has not been given the processor yet. */
import { setTimeout as sleep } from 'node:timers/promises';
import { threadsCpuMs } from './cpu-clock.ts';

/** How the ending of one instance goes; whoever watches reads it. */
export interface Ending {
  /** The runner has taken the request, and told the isolate to stop. */
  taken: boolean;
  over: boolean;
}

const LOOK_MS = 25;

/**
 * Processor time of one thread after the isolate was told to stop. What can be stopped stops at once when it is given the
 * processor; a loop that V8 cannot interrupt burns this much.
 */
const STOP_CPU_MS = 60;
/** Processor time of the runner's own thread in which it did not take the request: something blocks it. */
const TAKE_CPU_MS = 1_000;
/** The end of patience on the wall, with what works no longer and what cannot be measured. */
const STOP_WALL_MS = 2_000;
const TAKE_WALL_MS = 5_000;

/** `instance`: it goes on although it was told to stop; `runner`: its own thread does not answer. */
export type Hung = 'instance' | 'runner';

/** Resolves with what hangs, or undefined once the ending is over. */
export async function watchEnding(pid: number, ending: Ending): Promise<Hung | undefined> {
  for (let taken = ending.taken; ; taken = true) {
    const hung = await watchPhase(pid, ending, taken);
    if (ending.over) return undefined;
    if (hung) return taken ? 'instance' : 'runner';
  }
}

/** Until the runner has taken the request, and from then on: true when it took too long. */
async function watchPhase(pid: number, ending: Ending, taken: boolean): Promise<boolean> {
  const since = performance.now();
  const before = await threadsCpuMs(pid);
  const [cpuMs, wallMs] = taken ? [STOP_CPU_MS, STOP_WALL_MS] : [TAKE_CPU_MS, TAKE_WALL_MS];
  for (;;) {
    await sleep(LOOK_MS, undefined, { ref: false });
    if (ending.over || ending.taken !== taken) return false;
    const elapsedMs = performance.now() - since;
    const now = await threadsCpuMs(pid);
    const threads = taken ? [...now.keys()] : [pid];
    // Where it cannot be measured the wall has to do.
    const worked = now.size === 0 ? [elapsedMs] : threads.map((id) => (now.get(id) ?? 0) - (before.get(id) ?? 0));
    if (Math.max(...worked) >= cpuMs || elapsedMs >= wallMs) return !ending.over && ending.taken === taken;
  }
}
