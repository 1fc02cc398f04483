/**
 * Hookline's sandbox, called as its server calls it: the instances are in runners, processes of their own. On the command
 * line the profile, the kind of tool, and `tenants=N`, whose instances share the runners.
 */
import type { Json } from '../../src/json/json.ts';
import { callPlugin } from '../../src/plugins/call-plugin.ts';
import type { SoundEntry } from '../../src/plugins/catalog-entry.ts';
import { createInstancePool, specKey, type InstanceSpec } from '../../src/plugins/instance-pool.ts';
import { sandboxedEntry } from '../../src/plugins/sandboxed-plugin.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { CompiledPlugin, Outcome, PluginInstance, Sandbox, ToolCall } from '../../src/sandbox/sandbox.ts';
import { memoryOfChildren } from '../load/resident-memory.ts';
import { PLUGINS_PER_TENANT } from '../load/sandbox-loads.ts';
import { HEAP_MB, RUNNERS, TOOL_MS, type Instance, type TenantsSubject } from '../load/subject.ts';
import { addPlugin } from './add-plugin.ts';
import { wantedKind } from './guest.ts';
import { serveLoads } from './serve-loads.ts';

const RUNNER_SCRIPT = 'sandbox/runner/main.js';
const profile = process.argv.includes('jit') ? 'jit' : 'hardened';
const tenants = Number(/^tenants=(\d+)$/.exec(process.argv.at(-1) ?? '')?.[1] ?? 1_000);
const memory = () => Promise.resolve(memoryOfChildren(RUNNER_SCRIPT));

serveLoads({
  async subject() {
    // Room for a thousand instances, 16 to a runner.
    const sandbox = await createSandbox({ profile, maxRunners: 64 });
    const compiled = await compile(sandbox);
    return {
      open: (tenant) => open(sandbox, compiled, `tenant-${tenant % tenants}`),
      memory,
      [Symbol.asyncDispose]: () => sandbox.close(),
    };
  },
  tenants: openTenants,
});

async function compile(sandbox: Sandbox): Promise<CompiledPlugin> {
  const result = await sandbox.compile({ name: 'adder', language: 'js', text: addPlugin('adder', wantedKind()) });
  if (!result.success) throw new Error('problem' in result ? result.problem.message : result.error.message);
  return result.compiled;
}

async function open(sandbox: Sandbox, compiled: CompiledPlugin, tenantId: string): Promise<Instance> {
  const options = { tenantId, config: {}, grants: [], platformVersion: '1.0.0', limits: { heapMb: HEAP_MB } };
  const opened = await sandbox.open(compiled, options);
  if (!opened.success) throw new Error(opened.error.message);
  const instance: PluginInstance = opened.value;
  return {
    call: async (params) => valueOf(await instance.call(addCall(params), { wallMs: TOOL_MS })),
    close: () => instance.close(),
  };
}

/** As a host has them: registered, opened with the first call, evicted by the sandbox when others need the room. */
async function openTenants(): Promise<TenantsSubject> {
  const sandbox = await createSandbox({ profile, maxRunners: RUNNERS, limits: { heapMb: HEAP_MB } });
  let opened = 0;
  const counting = (entry: SoundEntry): SoundEntry => ({
    ...entry,
    open(options) {
      opened += 1;
      return entry.open(options);
    },
  });
  const names = Array.from({ length: PLUGINS_PER_TENANT }, (_, plugin) => `adder-${plugin}`);
  const entries = (await Promise.all(names.map((name) => enter(sandbox, name)))).map(counting);
  const pool = createInstancePool({
    answerFor: () => () => Promise.resolve({ success: false, kind: 'denied', message: 'Nothing is granted.' }),
    onLog: () => {},
    onHealthChange: () => {},
  });
  const registration = { config: {}, grants: null, configRevision: 1 };
  const specs = new Map<string, InstanceSpec>();
  const specOf = (tenantId: string, plugin: number): InstanceSpec => {
    const entry = entries[plugin];
    if (!entry) throw new Error('There is no such plugin.');
    const spec = specs.get(`${tenantId}/${plugin}`) ?? { tenantId, entry, registration, key: specKey(registration) };
    specs.set(`${tenantId}/${plugin}`, spec);
    return spec;
  };
  return {
    async call(tenant, plugin, params) {
      return valueOf(await callPlugin(pool, specOf(`${tenant}`, plugin), addCall(params), { wallMs: TOOL_MS }));
    },
    memory,
    counts: () => ({ opened, open: sandbox.health().instances }),
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

async function enter(sandbox: Sandbox, name: string): Promise<SoundEntry> {
  const entry = await sandboxedEntry(sandbox, { name, language: 'js', text: addPlugin(name, wantedKind()) });
  if (entry.problem) throw new Error(entry.problem.message);
  return entry;
}

function addCall(params: { readonly a: number; readonly b: number }): ToolCall {
  return { kind: 'tool', toolName: 'add', params: { ...params }, context: CONTEXT };
}

const CONTEXT = { executionId: 'ToolExecution:bench', runId: null, agentId: null };

function valueOf(outcome: Outcome<Json>): Json {
  if (!outcome.success) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
  return outcome.value;
}
