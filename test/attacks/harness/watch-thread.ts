/**
 * A thread that watches a server under attack: a canary tenant that calls all the time, its health, the memory of its runners.
 * Apart from the thread that attacks, whose own work would show in the times.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createCaller } from './calls.ts';
import { startMemoryProbe } from './memory-probe.ts';
import { startProbe } from './probe.ts';
import { requireOk } from './require-ok.ts';
import type { Seen, WatchOrder } from './watch.ts';

const PROBE_EVERY_MS = 50;

const { url, canaryToken, serverPid } = workerData as WatchOrder;
const canary = createCaller({ url }, canaryToken);
/** The clocks of threads begin at different times. */
const shared = (time: number) => performance.timeOrigin + time;
const tell = (seen: Seen) => parentPort?.postMessage(seen);

startProbe(
  PROBE_EVERY_MS,
  async () => requireOk(await canary.execute({ toolName: 'ping', pluginName: 'benign', params: {} })),
  (sample) => tell({ of: 'canary', ...sample, startedAt: shared(sample.startedAt) }),
);
startProbe(
  PROBE_EVERY_MS,
  async () => {
    const { status } = await fetch(`${url}/healthz`);
    if (status !== 200) throw new Error(`/healthz answered ${status}`);
  },
  (sample) => tell({ of: 'health', ...sample, startedAt: shared(sample.startedAt) }),
);
startMemoryProbe(serverPid, (peak) => tell({ of: 'memory', ...peak, at: shared(peak.at) }));
