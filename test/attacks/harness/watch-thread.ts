/**
 * A thread that watches a server under attack: a canary tenant that calls all the time, its health, the memory of its runners.
 * Apart from the thread that attacks, whose own work would show in the times.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Agent, setGlobalDispatcher } from 'undici';
import { createCaller } from './calls.ts';
import { startMemoryProbe } from './memory-probe.ts';
import { startProbe } from './probe.ts';
import { requireOk } from './require-ok.ts';
import type { Seen, WatchOrder } from './watch.ts';

const PROBE_EVERY_MS = 50;
/** As many as overlap when each answer takes its time. */
const CONNECTIONS = 8;

const { url, canaryToken, serverPid } = workerData as WatchOrder;
// Open before an attack begins, as an agent's are that calls all the time: Node takes one new connection in a turn of its loop,
// so behind a hundred of somebody else's a new one waits for a hundred turns.
setGlobalDispatcher(new Agent({ connections: CONNECTIONS }));
const keepOpen = () => void Promise.allSettled(Array.from({ length: CONNECTIONS }, () => healthy()));
parentPort?.on('message', keepOpen);
const canary = createCaller({ url }, canaryToken);
/** The clocks of threads begin at different times. */
const shared = (time: number) => performance.timeOrigin + time;
const tell = (seen: Seen) => parentPort?.postMessage(seen);

startProbe(
  PROBE_EVERY_MS,
  async () => requireOk(await canary.execute({ toolName: 'ping', pluginName: 'benign', params: {} })),
  (sample) => tell({ of: 'canary', ...sample, startedAt: shared(sample.startedAt) }),
);
startProbe(PROBE_EVERY_MS, healthy, (sample) => tell({ of: 'health', ...sample, startedAt: shared(sample.startedAt) }));
startMemoryProbe(serverPid, (peak) => tell({ of: 'memory', ...peak, at: shared(peak.at) }));

async function healthy(): Promise<void> {
  const answer = await fetch(`${url}/healthz`);
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`/healthz answered ${answer.status}`);
}
