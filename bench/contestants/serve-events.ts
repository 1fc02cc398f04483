/** The process of a contestant of the events suite: it says where it listens, then publishes as it is told. */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { ownMemory } from '../load/resident-memory.ts';

export interface EventServer {
  /** Such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** For sockets, which take them in turn. */
  readonly tokens: readonly string[];
  /** How many follow now. */
  followers(): Promise<number>;
  /** To everybody who follows this run. */
  publish(run: number): void;
}

export type EventOrder = { readonly publish: number; readonly runs: number } | UsageOrder;
/** Now; when there is no garbage; or when V8 has given back to the system what that was in, too. */
export type UsageOrder = 'usage' | 'collect' | 'settle';
export interface EventUsage {
  readonly cpuUs: number;
  readonly residentBytes: number;
  readonly followers: number;
}
export type EventReport = { readonly url: string; readonly tokens: readonly string[] } | EventUsage;

export function serveEvents(server: EventServer): void {
  process.on('message', (order: EventOrder) => {
    if (order === 'usage') void reportUsage(server);
    else if (order === 'collect') void collectGarbage().then(() => reportUsage(server));
    else if (order === 'settle') void settle().then(() => reportUsage(server));
    else for (let n = 0; n < order.publish; n += 1) for (let run = 0; run < order.runs; run += 1) server.publish(run);
  });
  process.once('disconnect', () => process.exit());
  report({ url: server.url, tokens: server.tokens });
}

function report(text: EventReport): void {
  process.send?.(text);
}

async function collectGarbage(): Promise<void> {
  for (let n = 0; n < 3; n += 1) {
    globalThis.gc?.();
    await setImmediate();
  }
}

/** V8 keeps pages that it has freed for what may need some soon, and gives them back by and by: so long after the last, all. */
const PAGES_KEPT_MS = 10_000;
const PAGES_KEPT_ALTOGETHER_MS = 60_000;
const LOOK_MS = 2_500;

/** Until no more comes back. */
async function settle(): Promise<void> {
  const startedAt = performance.now();
  let [least, leastAt] = [Infinity, startedAt];
  for (let now = startedAt; now - leastAt < PAGES_KEPT_MS && now - startedAt < PAGES_KEPT_ALTOGETHER_MS;) {
    await collectGarbage();
    now = performance.now();
    const { bytes } = ownMemory();
    if (bytes < least * 0.99) [least, leastAt] = [bytes, now];
    await sleep(LOOK_MS);
  }
}

async function reportUsage({ followers }: EventServer): Promise<void> {
  const { user, system } = process.cpuUsage();
  report({ cpuUs: user + system, residentBytes: ownMemory().bytes, followers: await followers() });
}
