/** The process of a contestant of the events suite: it says where it listens, then publishes as it is told. */
import { setImmediate } from 'node:timers/promises';
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

export type EventOrder = { readonly publish: number; readonly runs: number } | 'usage' | 'collect';
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

async function reportUsage({ followers }: EventServer): Promise<void> {
  const { user, system } = process.cpuUsage();
  report({ cpuUs: user + system, residentBytes: ownMemory().bytes, followers: await followers() });
}
