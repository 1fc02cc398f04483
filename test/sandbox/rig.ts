/** A sandbox for a test, and plugins as plain text: what the compiler would have made of them. */
import { createHash } from 'node:crypto';
import { createSandbox, type SandboxOptions } from '../../src/sandbox/create-sandbox.ts';
import type { RunnerTenant } from '../../src/sandbox/runner-tenant.ts';
import type {
  CallOptions,
  CompiledPlugin,
  HookCall,
  OpenOptions,
  PluginInstance,
  Sandbox,
  ToolCall,
} from '../../src/sandbox/sandbox.ts';

export const OPEN: OpenOptions = { tenantId: 'tenant-a', config: {}, grants: [], platformVersion: '1.0.0' };

export function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  return createSandbox(options);
}

export function compiled(code: string, name = 'sample'): CompiledPlugin {
  return { name, code, hash: createHash('sha256').update(code).digest('hex') };
}

/** A tool plugin whose `execute(toolName, params, context)` has this body; `fields` are more members of the class. */
export function toolPlugin(body: string, fields = ''): CompiledPlugin {
  return compiled(`
    import { BaseToolPlugin } from 'hookline/sdk';
    export default class Sample extends BaseToolPlugin {
      metadata = { name: 'sample', version: '1.0.0', author: 'a', description: 'd' };
      tools = [{ name: 'run', description: 'd', parameters: { type: 'object' } }];
      ${fields}
      execute(toolName, params, context) { ${body} }
    }`);
}

/** Opens a plugin and fails loudly when that fails. */
export async function openPlugin(
  sandbox: Sandbox,
  plugin: CompiledPlugin,
  options: Partial<OpenOptions> = {},
): Promise<PluginInstance> {
  const opened = await sandbox.open(plugin, { ...OPEN, ...options });
  if (!opened.success) throw new Error(`${opened.error.code}: ${opened.error.message}`);
  return opened.value;
}

export function toolCall(params: ToolCall['params'] = {}, toolName = 'run'): ToolCall {
  return {
    kind: 'tool',
    toolName,
    params,
    context: { executionId: 'ToolExecution:1', runId: 'run-1', agentId: 'agent-1' },
  };
}

export function hookCall(data: HookCall['data'], hook: HookCall['hook'] = 'BEFORE_TOOL_CALL'): HookCall {
  return {
    kind: 'hook',
    hook,
    data,
    context: { invocationId: 'HookInvocation:1', executionId: null, runId: null, agentId: null },
  };
}

export function run(instance: PluginInstance, params: ToolCall['params'] = {}, options: Partial<CallOptions> = {}) {
  return instance.call(toolCall(params), { wallMs: 2_000, ...options });
}

/** Sits in a runner, and does nothing. */
export const NOBODY: RunnerTenant = {
  tenantId: 'tenant-a',
  pluginName: 'sample',
  plugin: 'tenant-a sample',
  heapMb: 32,
  opening: false,
  idle: true,
  lastUsedAt: 0,
  onLog: () => {},
  onProgress: () => {},
  onAsk: () => {},
  onGone: () => {},
  onRunnerEnd: () => {},
  evict: () => {},
  cancel: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
