/** What it costs that a plugin runs in another process, without a compiler and watched, against other ways to run it. */
import type { ToolKind } from '../contestants/add-plugin.ts';
import type { BenchOptions, Contest, Suite } from '../frame/contest.ts';
import { IN_FLIGHT, INSTANCES, PLUGINS_PER_TENANT, TENANTS_IN_FLIGHT } from '../load/sandbox-loads.ts';
import { CAPACITY, HEAP_MB, RUNNERS } from '../load/subject.ts';
import { keptWarm, startedAnew, type LoadedContestant } from './loaded-process.ts';

export const sandboxSuite: Suite = {
  name: 'sandbox',
  contests: (options) => [
    calls('sync', options),
    calls('async', options),
    cold(options),
    memory(options),
    tenants(options),
  ],
};

function calls(kind: ToolKind, { sampleMs }: BenchOptions): Contest {
  return {
    title: `Warm call of ${kind === 'sync' ? 'a synchronous' : 'an asynchronous'} tool`,
    about:
      `JSON parameters in, JSON result out, a timeout on each call. p50 and p99: calls one after the other. "In flight": ` +
      `${IN_FLIGHT} calls under way over ${INSTANCES} instances. All but Hookline run the tool in the process that calls it, ` +
      `worker_threads in another thread; Hookline's call goes to another process and back. ${
        kind === 'sync' ? 'applySync and quickjs block the caller while the tool works.' : 'quickjs blocks the caller.'
      }`,
    metrics: [
      { key: 'p50', title: 'p50', unit: 'µs' },
      { key: 'p99', title: 'p99', unit: 'µs' },
      { key: 'inFlight', title: 'in flight', unit: '/s' },
    ],
    contestants: [
      isolatedVm('isolated-vm, apply', kind),
      ...(kind === 'sync' ? [isolatedVm('isolated-vm, applySync', kind, 'applySync')] : []),
      quickJs(kind),
      workerVm(kind),
      hookline('jit', kind, 1),
      hookline('hardened', kind, 1),
      hookline('jit', kind, 2),
      hookline('hardened', kind, 2),
    ].map((contestant) => keptWarm(contestant, { load: 'calls', sampleMs })),
  };
}

function cold({ sampleMs }: BenchOptions): Contest {
  return {
    title: 'First call of a plugin',
    about:
      'An instance is opened and called once, with everything else up: the process, the thread, the runner. "Open": until ' +
      'it can be called. isolated-vm, quickjs and node:vm load the tool alone; Hookline also its SDK, and runs onLoad.',
    metrics: [
      { key: 'open', title: 'open', unit: 'ms', bare: true },
      { key: 'p50', title: 'first call, p50', unit: 'ms' },
      { key: 'p99', title: 'p99', unit: 'ms' },
    ],
    contestants: everyone().map((contestant) => keptWarm(contestant, { load: 'cold', sampleMs })),
  };
}

function memory({ quick }: BenchOptions): Contest {
  const sizes = quick ? [1, 10, 100] : [1, 100, 1_000];
  const most = sizes.at(-1) ?? 0;
  return {
    title: 'Memory of an idle instance',
    about:
      `Resident memory for each of so many instances, of as many tenants, each called once: beyond what the process or the ` +
      `runners take empty, and in the last column all of it. A heap of ${HEAP_MB} MB each, the least that isolated-vm takes, so that a ` +
      `runner, which admits 128 MB of heaps, holds 16; at most 64 runners.`,
    metrics: [
      ...sizes.map(
        (size) => ({ key: `beyond${size}`, title: `${size.toLocaleString('en-US')}`, unit: 'MB', bare: true }) as const,
      ),
      { key: `all${most}`, title: `all, ${most.toLocaleString('en-US')}`, unit: 'MB', bare: true },
    ],
    contestants: everyone().map((contestant) => startedAnew(contestant, { load: 'memory', sizes })),
    roundsAtMost: 3,
    cold: true,
  };
}

function tenants({ quick, sampleMs }: BenchOptions): Contest {
  const count = quick ? 100 : 1_000;
  return {
    title: `${count.toLocaleString('en-US')} tenants with ${PLUGINS_PER_TENANT} plugins each`,
    about:
      `${TENANTS_IN_FLIGHT} calls under way, of plugins of tenants of whom few call often and many seldom (the tenant of rank n with ` +
      `a probability in proportion to 1/n). ${CAPACITY} instances have room at once (${RUNNERS} runners; isolated-vm in one process, with ` +
      `the longest unused closed first); what is called and not open is opened, for which an idle one is evicted.`,
    metrics: [
      { key: 'calls', title: 'calls', unit: '/s' },
      { key: 'p50', title: 'p50', unit: 'ms', bare: true },
      { key: 'p99', title: 'p99', unit: 'ms', bare: true },
      { key: 'evicted', title: 'evicted per 1,000', unit: '', bare: true },
      { key: 'resident', title: 'resident', unit: 'MB', bare: true },
    ],
    contestants: [isolatedVm('isolated-vm, apply', 'sync'), hookline('jit', 'sync'), hookline('hardened', 'sync')].map(
      (contestant) => keptWarm(contestant, { load: 'tenants', tenants: count, sampleMs: 3 * sampleMs }),
    ),
    roundsAtMost: 5,
  };
}

function everyone(): readonly LoadedContestant[] {
  const kind = 'sync';
  return [
    isolatedVm('isolated-vm', kind),
    quickJs(kind),
    workerVm(kind),
    hookline('jit', kind),
    hookline('hardened', kind),
  ];
}

function isolatedVm(name: string, kind: ToolKind, ...more: readonly string[]): LoadedContestant {
  return { name, script: 'isolated-vm', args: [kind, ...more] };
}

function quickJs(kind: ToolKind): LoadedContestant {
  return { name: 'quickjs-emscripten', script: 'quickjs', args: [kind] };
}

function workerVm(kind: ToolKind): LoadedContestant {
  return { name: 'worker_threads + node:vm', script: 'worker-vm', args: [kind] };
}

/** `tenants`: whose instances share a runner; with one, it may call on its own thread. */
function hookline(profile: 'hardened' | 'jit', kind: ToolKind, tenants?: 1 | 2): LoadedContestant {
  const shared = tenants === undefined ? '' : `, ${tenants === 1 ? 'one tenant' : 'two tenants'}`;
  const args = [profile, kind, ...(tenants === undefined ? [] : [`tenants=${tenants}`])];
  return { name: `Hookline, ${profile}${shared}`, script: 'hookline', args };
}
