/** Who makes way when room is needed: idle instances, and of those the longest unused. */
import type { RunnerProcess } from './runner-process.ts';
import type { RunnerTenant } from './runner-tenant.ts';

/** Room to be made in a runner: without these of its instances it has the heap. */
export interface Room {
  readonly runner: RunnerProcess;
  readonly leavers: readonly RunnerTenant[];
}

/** The idle ones. */
export function longestUnusedFirst(instances: readonly RunnerTenant[]): readonly RunnerTenant[] {
  return instances.filter(({ idle }) => idle).sort((a, b) => a.lastUsedAt - b.lastUsedAt);
}

/** The room whose leavers have all been unused for longest, in a runner that is known to go on if there is one. */
export function longestUnusedRoom(runners: readonly RunnerProcess[], heapMb: number): Room | undefined {
  const rooms = runners.filter(({ child }) => !child.ended).flatMap((runner) => roomIn(runner, heapMb) ?? []);
  const sound = rooms.filter(({ runner }) => !runner.settling);
  const [best] = (sound.length > 0 ? sound : rooms).sort((a, b) => lastUse(a.leavers) - lastUse(b.leavers));
  return best;
}

/** Of those in which everybody is idle, or nobody is. */
export function longestUnusedRunner(runners: readonly RunnerProcess[]): RunnerProcess | undefined {
  const unused = runners.filter(({ instances }) => instances.every(({ idle }) => idle));
  return unused.sort((a, b) => lastUse(a.instances) - lastUse(b.instances))[0];
}

/** The longest unused until the heap is there, and of those only the ones that it takes. */
function roomIn(runner: RunnerProcess, heapMb: number): Room | undefined {
  const leavers: RunnerTenant[] = [];
  let { freeMb } = runner;
  for (const instance of longestUnusedFirst(runner.instances)) {
    if (freeMb >= heapMb) break;
    leavers.push(instance);
    freeMb += instance.heapMb;
  }
  if (freeMb < heapMb) return undefined;
  const needed: RunnerTenant[] = [];
  for (const instance of leavers.toReversed()) {
    if (freeMb - instance.heapMb < heapMb) needed.push(instance);
    else freeMb -= instance.heapMb;
  }
  return { runner, leavers: needed };
}

function lastUse(instances: readonly RunnerTenant[]): number {
  return Math.max(...instances.map(({ lastUsedAt }) => lastUsedAt));
}
