/** What the watching thread has seen so far. Times are of this thread's `performance.now()`. */
import { Worker } from 'node:worker_threads';
import type { MemoryPeak } from './memory-probe.ts';
import { among, type Sample, type Samples } from './probe.ts';

export interface WatchOrder {
  readonly url: string;
  readonly canaryToken: string;
  readonly serverPid: number;
}

/** Its times are milliseconds since the epoch. */
export type Seen = ({ readonly of: 'canary' | 'health' } & Sample) | ({ readonly of: 'memory' } & MemoryPeak);

export interface Watch extends AsyncDisposable {
  /** Uses each of its connections, so that none is closed or has to be opened soon. */
  keepConnected(): void;
  readonly canary: Samples;
  readonly health: Samples;
  readonly memory: {
    /** The most that one runner had resident between then and now. */
    peakMbSince(time: number): number;
  };
}

export function startWatch(order: WatchOrder): Watch {
  const thread = new Worker(new URL('./watch-thread.ts', import.meta.url), {
    workerData: order,
    execArgv: ['--no-warnings'],
  });
  const samples: Record<'canary' | 'health', Sample[]> = { canary: [], health: [] };
  const peaks: MemoryPeak[] = [];
  const own = (time: number) => time - performance.timeOrigin;
  let failure: unknown;
  thread.on('error', (error) => (failure = error));
  thread.on('message', (seen: Seen) => {
    if (seen.of === 'memory') return void peaks.push({ at: own(seen.at), mb: seen.mb });
    const { of, ...sample } = seen;
    samples[of].push({ ...sample, startedAt: own(sample.startedAt) });
  });
  return {
    keepConnected: () => thread.postMessage('keepConnected'),
    canary: among(samples.canary),
    health: among(samples.health),
    memory: { peakMbSince: (time) => Math.max(0, ...peaks.filter(({ at }) => at >= time).map(({ mb }) => mb)) },
    async [Symbol.asyncDispose]() {
      await thread.terminate();
      if (failure !== undefined) throw new Error('Nobody watched.', { cause: failure });
    },
  };
}
