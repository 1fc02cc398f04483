/** A tool call through the sandbox, against isolated-vm called in process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { CompiledPlugin, PluginInstance, Sandbox } from '../../src/sandbox/sandbox.ts';
import { ADD_PLUGIN, type ToolKind } from '../contestants/add-plugin.ts';
import type { Contest, Contestant, Probe, Sample, Suite } from '../frame/contest.ts';
import { countInFlight, timeAlone } from '../load/time-calls.ts';
import { IN_FLIGHT, INSTANCES, TOOL_MS } from './sandbox-load.ts';

type Profile = 'hardened' | 'jit';

export const sandboxSuite: Suite = {
  name: 'sandbox',
  contests: ({ sampleMs }) => [contestOf('sync', sampleMs), contestOf('async', sampleMs)],
};

function contestOf(kind: ToolKind, sampleMs: number): Contest {
  return {
    title: `Sandboxed call of ${kind === 'sync' ? 'a synchronous' : 'an asynchronous'} tool`,
    about:
      `JSON parameters in, JSON result out, a timeout on each call. "Alone": the median of calls one after the other. ` +
      `"In flight": ${IN_FLIGHT} calls under way over ${INSTANCES} instances. isolated-vm runs in the process that calls it ` +
      `(${kind === 'sync' ? 'applySync, which blocks it' : 'apply with a promise'}); Hookline's call goes to another process and back.`,
    metrics: [
      { key: 'alone', title: 'alone', unit: 'µs' },
      { key: 'inFlight', title: 'in flight', unit: '/s' },
    ],
    contestants: [
      isolatedVm(kind, sampleMs),
      hookline({ kind, sampleMs, profile: 'jit', tenants: 1 }),
      hookline({ kind, sampleMs, profile: 'hardened', tenants: 1 }),
      hookline({ kind, sampleMs, profile: 'hardened', tenants: 2 }),
    ],
  };
}

function isolatedVm(kind: ToolKind, sampleMs: number): Contestant {
  return {
    name: 'isolated-vm in process',
    async open(): Promise<Probe> {
      const path = fileURLToPath(new URL('../contestants/isolated-vm.ts', import.meta.url));
      const child = fork(path, { execArgv: ['--no-node-snapshot'] });
      const ended = once(child, 'exit').then(([code]) => {
        throw new Error(`isolated-vm's process ended (${String(code)}).`);
      });
      ended.catch(() => {});
      return {
        async measure() {
          const answer = once(child, 'message');
          child.send({ kind, sampleMs });
          const [sample] = (await Promise.race([answer, ended])) as [Sample];
          return sample;
        },
        [Symbol.asyncDispose]: async () => void child.kill(),
      };
    },
  };
}

interface HooklineOptions {
  readonly kind: ToolKind;
  readonly sampleMs: number;
  readonly profile: Profile;
  /** Whose instances share the runner: with one, it may call on its own thread. */
  readonly tenants: 1 | 2;
}

function hookline({ kind, sampleMs, profile, tenants }: HooklineOptions): Contestant {
  return {
    name: `Hookline, ${profile}, ${tenants === 1 ? 'one tenant' : 'two tenants'}`,
    async open(): Promise<Probe> {
      const sandbox = await createSandbox({ profile });
      const compiled = await compile(sandbox, ADD_PLUGIN[kind]);
      const instances = await Promise.all(
        Array.from({ length: INSTANCES }, (_, index) => open(sandbox, compiled, `tenant-${index % tenants}`)),
      );
      const lanes = Array.from({ length: IN_FLIGHT }, (_, lane) => callAdd(instances[lane % INSTANCES]));
      return {
        async measure() {
          const [first] = lanes;
          if (!first) throw new Error('There is no lane.');
          return { alone: await timeAlone(first, sampleMs), inFlight: await countInFlight(lanes, sampleMs) };
        },
        [Symbol.asyncDispose]: () => sandbox.close(),
      };
    },
  };
}

async function compile(sandbox: Sandbox, text: string): Promise<CompiledPlugin> {
  const result = await sandbox.compile({ name: 'adder', language: 'js', text });
  if (!result.success) throw new Error('problem' in result ? result.problem.message : result.error.message);
  return result.compiled;
}

async function open(sandbox: Sandbox, compiled: CompiledPlugin, tenantId: string): Promise<PluginInstance> {
  const options = { tenantId, config: {}, grants: [], platformVersion: '1.0.0', limits: { heapMb: 16 } };
  const opened = await sandbox.open(compiled, options);
  if (!opened.success) throw new Error(opened.error.message);
  return opened.value;
}

function callAdd(instance: PluginInstance | undefined): () => Promise<void> {
  if (!instance) throw new Error('There is no instance.');
  const context = { executionId: 'ToolExecution:bench', runId: null, agentId: null };
  let a = 0;
  return async () => {
    a += 1;
    const call = { kind: 'tool', toolName: 'add', params: { a, b: 1 }, context } as const;
    const outcome = await instance.call(call, { wallMs: TOOL_MS });
    if (!outcome.success) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
    const result = outcome.value;
    if (typeof result !== 'object' || result === null || !('data' in result) || result['data'] !== a + 1) {
      throw new Error(`${a} + 1 was ${JSON.stringify(result)}`);
    }
  };
}
