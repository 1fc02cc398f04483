/** How quick a sandboxed tool call is: one at a time, and with many in flight. `node bench/sandbox.ts` */
import { performance } from 'node:perf_hooks';
import { openPlugin, openSandbox, run, toolPlugin } from '../test/sandbox/rig.ts';
import type { PluginInstance } from '../src/sandbox/sandbox.ts';

const SYNC = toolPlugin('return { success: true, data: params.x };');
const ASYNC = toolPlugin('return Promise.resolve({ success: true, data: params.x });');
const CALLS = 20_000;
const IN_FLIGHT = 64;
const INSTANCES = 8;

const rows = [];
for (const profile of ['jit', 'hardened'] as const) {
  for (const [kind, plugin] of [
    ['sync', SYNC],
    ['async', ASYNC],
  ] as const) {
    for (const tenants of [1, 2]) {
      await using sandbox = await openSandbox({ profile });
      const open = (index: number) =>
        openPlugin(sandbox, plugin, { tenantId: `tenant-${index % tenants}`, limits: { heapMb: 16 } });
      const instances = await Promise.all(Array.from({ length: INSTANCES }, (_, index) => open(index)));
      rows.push({
        profile,
        tool: kind,
        tenants,
        ...(await oneAtATime(instances[0])),
        [`calls/s at ${IN_FLIGHT}`]: await inFlight(instances),
      });
    }
  }
}
console.table(rows);

async function oneAtATime(instance: PluginInstance | undefined): Promise<{ 'p50 µs': number; 'p99 µs': number }> {
  if (!instance) throw new Error('No instance was opened.');
  for (let x = 0; x < 1_000; x += 1) await run(instance, { x });
  const times: number[] = [];
  for (let x = 0; x < 5_000; x += 1) {
    const startedAt = performance.now();
    await run(instance, { x });
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((times[Math.floor(times.length * share)] ?? 0) * 1_000);
  return { 'p50 µs': at(0.5), 'p99 µs': at(0.99) };
}

async function inFlight(instances: readonly PluginInstance[]): Promise<number> {
  let left = CALLS;
  const startedAt = performance.now();
  const lane = async (instance: PluginInstance) => {
    while (left-- > 0) await run(instance, { x: left });
  };
  const lanesEach = IN_FLIGHT / instances.length;
  await Promise.all(instances.flatMap((instance) => Array.from({ length: lanesEach }, () => lane(instance))));
  return Math.round(CALLS / ((performance.now() - startedAt) / 1_000));
}
