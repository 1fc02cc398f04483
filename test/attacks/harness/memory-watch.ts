/** The memory of the runners below a server, looked at all the time. */
import { descendantsOf, look } from './process-tree.ts';
import { startProbe, type Probe } from './probe.ts';

export interface MemoryWatch extends AsyncDisposable {
  /** The most that one runner had resident between then and now. */
  peakMbSince(time: number): number;
}

const LOOK_EVERY_MS = 25;
/** A process takes longer than this to start. */
const SEARCH_EVERY_MS = 50;

export function watchRunnerMemory(serverPid: number): MemoryWatch {
  let runners: readonly number[] = [];
  const peaks: { readonly at: number; readonly mb: number }[] = [];
  const search: Probe = startProbe(SEARCH_EVERY_MS, () => {
    runners = descendantsOf(serverPid).flatMap(({ pid, kind }) => (kind === 'runner' ? [pid] : []));
  });
  const sampling: Probe = startProbe(LOOK_EVERY_MS, () => {
    const mb = Math.max(0, ...runners.map((pid) => look(pid)?.residentMb ?? 0));
    peaks.push({ at: performance.now(), mb });
  });
  return {
    peakMbSince: (time) => Math.max(0, ...peaks.filter(({ at }) => at >= time).map(({ mb }) => mb)),
    async [Symbol.asyncDispose]() {
      await search[Symbol.asyncDispose]();
      await sampling[Symbol.asyncDispose]();
    },
  };
}
