/** The memory of the runners below a server, looked at all the time. */
import { descendantsOf, look } from './process-tree.ts';
import { startProbe } from './probe.ts';

/** The most that one runner had at a time of `performance.now()`. */
export interface MemoryPeak {
  readonly at: number;
  readonly mb: number;
}

const LOOK_EVERY_MS = 25;
/** A process takes longer than this to start. */
const SEARCH_EVERY_MS = 50;

export function startMemoryProbe(serverPid: number, tell: (peak: MemoryPeak) => void): void {
  let runners: readonly number[] = [];
  startProbe(SEARCH_EVERY_MS, () => {
    runners = descendantsOf(serverPid).flatMap(({ pid, kind }) => (kind === 'runner' ? [pid] : []));
  });
  startProbe(LOOK_EVERY_MS, () => {
    const mb = Math.max(0, ...runners.map((pid) => look(pid)?.residentMb ?? 0));
    tell({ at: performance.now(), mb });
  });
}
