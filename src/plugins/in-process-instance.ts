/** An instance of trusted code in this process: the sandbox's interface, with promises in the place of a child. */
import { executionError } from '../errors/execution-error.ts';
import type { Json } from '../json/json.ts';
import { toJson } from '../json/to-json.ts';
import { SANDBOX_LIMITS } from '../sandbox/limits.ts';
import type { CallOptions, HookCall, Outcome, PluginInstance, ToolCall } from '../sandbox/sandbox.ts';
import type { HostRequest } from '../sandbox/host-methods.ts';
import type { Capabilities } from '../sdk/capabilities.ts';
import type { BasePlugin, BaseToolPlugin, PluginContext } from '../sdk/index.ts';
import { isParts, takeParts } from '../sdk/take-parts.ts';
import { readHookReturn } from '../sdk/verdict.ts';
import { capabilitiesInProcess, DeniedByHost } from './capabilities/ask-in-process.ts';
import type { EntryOpenOptions } from './catalog-entry.ts';
import { runCall, runOutside } from './nested-calls.ts';
import { PLATFORM_VERSION } from './platform.ts';
import { tellProgress } from './tell-progress.ts';
import { untilCancelled } from './until-cancelled.ts';

export async function openInProcess(
  make: () => BasePlugin,
  name: string,
  options: EntryOpenOptions,
): Promise<Outcome<PluginInstance>> {
  const base = contextOf(name, options);
  const contextFor: ContextFor = (call, signal) => ({
    ...base,
    ...capabilitiesInProcess(options.answerHostRequest, { call, signal }),
  });
  let plugin: BasePlugin | undefined;
  const loading = new AbortController();
  const load = async () => {
    plugin = make();
    await plugin.onLoad(contextFor(null, loading.signal));
    return null;
  };
  const loaded = await bounded(SANDBOX_LIMITS.initMs.default, loading, () => runOutside(load));
  if (!loaded.success) return loaded;
  return { success: true, value: createInstance(plugin!, contextFor) };
}

/** The context of one call, or of `onLoad` (null): what it asks of the host is asked in its name. */
type ContextFor = (call: HostRequest['call'], signal: AbortSignal) => PluginContext;

function createInstance(plugin: BasePlugin, contextFor: ContextFor): PluginInstance {
  let closing: Promise<void> | undefined;
  const underWay = new Set<Promise<unknown>>();
  return {
    hasRoom: () => closing === undefined,
    get gone() {
      return closing !== undefined;
    },
    call(call, options) {
      const ended = callPlugin(plugin, contextFor, call, options);
      underWay.add(ended);
      void ended.finally(() => underWay.delete(ended));
      return ended;
    },
    close() {
      closing ??= (async () => {
        await Promise.allSettled(underWay);
        await bounded(SANDBOX_LIMITS.unloadMs.default, undefined, async () => {
          await plugin.onUnload();
          return null;
        });
      })();
      return closing;
    },
  };
}

async function callPlugin(
  plugin: BasePlugin,
  contextFor: ContextFor,
  call: ToolCall | HookCall,
  options: CallOptions,
): Promise<Outcome<Json>> {
  const abort = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal;
  const context = contextFor(call.context, signal);
  options.onStart?.();
  const work = async () => {
    if (call.kind === 'tool') {
      const telling = tellProgress(options);
      const toolContext = { ...context, ...call.context, signal, ...telling };
      const returned = (plugin as BaseToolPlugin).execute(call.toolName, structuredClone(call.params), toolContext);
      return isParts(returned) ? takeParts(returned, telling.part, signal) : returned;
    }
    const hookContext = { ...context, ...call.context, signal };
    return readHookReturn(await plugin.handleHook(call.hook, structuredClone(call.data), hookContext));
  };
  const ended = bounded(options.wallMs, abort, () => runCall(call, work));
  const outcome = await withGrace(ended, options.signal);
  if (!outcome.success) return outcome;
  const value = toJson(outcome.value);
  if (value !== undefined) return { success: true, value };
  return { success: false, error: executionError('RESULT_INVALID', 'The plugin answered something that is not JSON.') };
}

/** Code in this process cannot be stopped, only left alone: nobody waits for it beyond the grace. */
async function withGrace<T>(ended: Promise<Outcome<T>>, signal: AbortSignal | undefined): Promise<Outcome<T>> {
  if (!signal) return ended;
  const over = new AbortController();
  const graceMs = SANDBOX_LIMITS.abortGraceMs.default;
  let clock: NodeJS.Timeout | undefined;
  const startGrace = () => (clock = setTimeout(() => over.abort(), graceMs));
  if (signal.aborted) startGrace();
  signal.addEventListener('abort', startGrace, { once: true });
  try {
    return await untilCancelled(ended, over.signal, `It was cancelled, and did not end within ${graceMs} ms.`);
  } finally {
    signal.removeEventListener('abort', startGrace);
    clearTimeout(clock);
  }
}

async function bounded<T>(
  wallMs: number,
  abort: AbortController | undefined,
  work: () => Promise<T>,
): Promise<Outcome<T>> {
  const { promise: late, resolve } = Promise.withResolvers<Outcome<T>>();
  const timer = setTimeout(() => {
    abort?.abort(new DOMException('Its time is over.', 'TimeoutError'));
    resolve({ success: false, error: executionError('TIMEOUT', `It took longer than ${wallMs} ms.`) });
  }, wallMs);
  const done = (async (): Promise<Outcome<T>> => {
    try {
      return { success: true, value: await work() };
    } catch (error) {
      return {
        success: false,
        error: executionError(
          error instanceof DeniedByHost ? error.code : 'PLUGIN_ERROR',
          error instanceof Error ? error.message : String(error),
        ),
      };
    }
  })();
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

function contextOf(
  name: string,
  { tenantId, config, onLog }: EntryOpenOptions,
): Omit<PluginContext, keyof Capabilities> {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields = {}) =>
      onLog({ tenantId, pluginName: name, level, message, fields });
  return {
    tenantId,
    config: structuredClone(config),
    platformVersion: PLATFORM_VERSION,
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  };
}
