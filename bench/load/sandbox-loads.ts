/** The loads of the sandbox suite, each of which takes one sample. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sample } from '../frame/contest.ts';
import { checkSum, type Instance, type Memory, type Subject, type TenantsSubject } from './subject.ts';
import { countInFlight, percentile, timeAlone } from './time-calls.ts';
import { zipf } from './zipf.ts';

export const INSTANCES = 8;
export const IN_FLIGHT = 64;
export const TENANTS_IN_FLIGHT = 16;
export const PLUGINS_PER_TENANT = 5;

const MB = 1024 * 1024;
const SETTLED = { everyMs: 250, bytes: MB / 4, withinMs: 10_000 };

/** Warm calls: one at a time, then `IN_FLIGHT` over all instances. */
export async function loadCalls(instances: readonly Instance[], sampleMs: number): Promise<Sample> {
  const lanes = Array.from({ length: IN_FLIGHT }, (_, lane) => adding(instances[lane % instances.length]));
  const [first] = lanes;
  if (!first) throw new Error('There is no lane.');
  return { ...(await timeAlone(first, sampleMs)), inFlight: await countInFlight(lanes, sampleMs) };
}

/** Opening an instance and its first call, over and over. Milliseconds. */
export async function loadCold(subject: Subject, sampleMs: number): Promise<Sample> {
  const [opening, first]: [number[], number[]] = [[], []];
  const end = performance.now() + sampleMs;
  while (performance.now() < end) {
    const startedAt = performance.now();
    const instance = await subject.open(0);
    opening.push(performance.now() - startedAt);
    await adding(instance)();
    first.push(performance.now() - startedAt);
    await instance.close();
  }
  return { open: percentile(opening, 0.5), p50: percentile(first, 0.5), p99: percentile(first, 0.99) };
}

/** MB for each of so many instances that have been called and are idle: `beyond` what the processes take empty, and in `all`. */
export async function loadMemory(subject: Subject, sizes: readonly number[]): Promise<Sample> {
  const before = await settledMemory(subject);
  const empty = before.bytes / before.processes;
  const sample: Record<string, number> = {};
  const instances: Instance[] = [];
  for (const size of sizes) {
    while (instances.length < size) {
      const instance = await subject.open(instances.length);
      instances.push(instance);
      await adding(instance)();
    }
    const { bytes, processes } = await settledMemory(subject);
    sample[`beyond${size}`] = (bytes - processes * empty) / size / MB;
    sample[`all${size}`] = bytes / size / MB;
  }
  return sample;
}

/** Calls of random plugins of random tenants, of whom few call often and many seldom (Zipf). Milliseconds, MB. */
export async function loadTenants(subject: TenantsSubject, tenants: number, sampleMs: number): Promise<Sample> {
  const times: number[] = [];
  const draw = zipf(tenants);
  const before = subject.counts();
  let calls = 0;
  const lane = async () => {
    const call = (calls += 1);
    const startedAt = performance.now();
    const plugin = call % PLUGINS_PER_TENANT;
    checkSum(await subject.call(draw(), plugin, { a: call, b: 1 }), call + 1);
    times.push(performance.now() - startedAt);
  };
  const perSecond = await countInFlight(Array<typeof lane>(TENANTS_IN_FLIGHT).fill(lane), sampleMs);
  const { opened, open } = subject.counts();
  const evicted = opened - before.opened - (open - before.open);
  return {
    calls: perSecond,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    evicted: (evicted / calls) * 1_000,
    open,
    resident: toMb(await subject.memory()),
  };
}

/** Once it has stayed the same for a moment: a spare runner may still be starting. */
async function settledMemory(subject: Subject): Promise<Memory> {
  const deadline = performance.now() + SETTLED.withinMs;
  let last = await subject.memory();
  for (;;) {
    await sleep(SETTLED.everyMs);
    const now = await subject.memory();
    const same = now.processes === last.processes && Math.abs(now.bytes - last.bytes) < SETTLED.bytes;
    if (same || performance.now() > deadline) return now;
    last = now;
  }
}

function toMb({ bytes }: Memory): number {
  return bytes / MB;
}

function adding(instance: Instance | undefined): () => Promise<void> {
  if (!instance) throw new Error('There is no instance.');
  let a = 0;
  return async () => {
    a += 1;
    checkSum(await instance.call({ a, b: 1 }), a + 1);
  };
}
