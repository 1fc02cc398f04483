/** What a runner does with each request. */
import type { ExecutionErrorCode } from '../../errors/execution-error.ts';
import { endNow, type ChildChannel } from '../child-channel.ts';
import { overBudget } from '../over-budget.ts';
import { timeoutMessage } from '../timeout-message.ts';
import { CpuWatch } from './cpu-watch.ts';
import { CompileFailure, type RunFailure } from './guest-isolate.ts';
import type { GuestModules } from './guest-modules.ts';
import { LoadedPlugin, type LoadedPluginEvents } from './loaded-plugin.ts';
import type { GuestSettings, RunnerRequest } from './messages.ts';
import { ProcessorClock } from './processor-clock.ts';

export interface Runner {
  take(request: RunnerRequest): void;
}

type Send = ChildChannel['send'];
type RequestOf<T extends RunnerRequest['type']> = Extract<RunnerRequest, { type: T }>;

/** Long enough for the message before it to leave. */
const LAST_WORDS_MS = 50;
/** Until the memory of what was ended is back. */
const RELEASE_MS = 100;
/** What the server has not taken yet; it is in the heap of this process. */
const MAX_WAITING_CHARS = 8 * 1024 * 1024;

export function openRunner(modules: GuestModules, channel: ChildChannel): Runner {
  const { send } = channel;
  const plugins = new Map<number, LoadedPlugin>();
  const deps = { modules, cpuWatch: new CpuWatch(), clock: new ProcessorClock() };
  /** Ended here, and not yet known to have stopped. */
  const ending = new Map<number, Promise<void>>();
  /** Being made; `end` may overtake that, and the isolate must not come to life behind it. */
  const making = new Map<number, Promise<LoadedPlugin>>();
  const answer = (id: number, text: string | RunFailure, outputBytes: number) =>
    sendAnswer(channel, id, text, outputBytes);

  /** An instance that broke a limit is gone; its server learns why, and by which request: 0 when by none that is known. */
  function breach(instance: number, code: ExecutionErrorCode, message: string, call: number): void {
    const plugin = plugins.get(instance);
    plugins.delete(instance);
    send({ event: 'gone', instance, code, message, call });
    if (plugin) ending.set(instance, plugin.end());
  }

  function eventsOf(instance: number, settings: GuestSettings): LoadedPluginEvents {
    return {
      onAnswer(id, text) {
        if (typeof text === 'object' && text.failed !== 'thrown') {
          const { code, message } = failureOf(text);
          return breach(instance, code, message, id);
        }
        answer(id, text, settings.outputBytes);
      },
      onLog: (call, text) => send({ event: 'log', instance, call }, oneLine(text)),
      onProgress(call, text, part) {
        // Whoever follows a call can do without one of them, and the number of a part shows that one is missing; a process
        // that is full of them takes everybody along.
        if (channel.waitingChars > MAX_WAITING_CHARS) return;
        send({ event: 'progress', instance, call, part }, oneLine(text));
      },
      onBackground: (runs) => send({ event: 'background', instance, runs }),
      onAsk: (call, ask, method, args) => send({ event: 'ask', instance, call, ask, method }, oneLine(args)),
      onBudget(call, of) {
        const { code, message } = overBudget(of, settings);
        breach(instance, code, message, call);
      },
      onBreach(failure, call) {
        const { code, message } = failureOf(failure);
        breach(instance, code, message, call);
      },
      onCatastrophe(call) {
        const why = { code: 'MEMORY_LIMIT_EXCEEDED', message: OUT_OF_MEMORY };
        send({ event: 'gone', instance, ...why, call, catastrophe: true });
        setTimeout(endNow, LAST_WORDS_MS);
      },
    };
  }

  /** Undefined when it was ended before it was there. */
  async function make(instance: number, owner: string, settings: GuestSettings): Promise<LoadedPlugin | undefined> {
    send({ event: 'entered', instance });
    const loading = LoadedPlugin.open(deps, owner, settings, eventsOf(instance, settings));
    making.set(instance, loading);
    try {
      const plugin = await loading;
      if (!making.has(instance)) return undefined;
      plugins.set(instance, plugin);
      return plugin;
    } finally {
      making.delete(instance);
    }
  }

  async function open(request: RequestOf<'open'>): Promise<void> {
    const { id, instance, settings, ms } = request;
    const plugin = await make(instance, request.owner, settings);
    if (!plugin) return;
    const failure = await plugin.evaluate(id, request.code, ms);
    if (failure?.failed === 'thrown') return answer(id, failure, settings.outputBytes);
    if (failure) return breach(instance, failureOf(failure).code, failureOf(failure).message, id);
    plugin.step(id, 'load', [JSON.stringify(request.context)], ms);
  }

  async function describe({ id, instance, code, settings, ms }: RequestOf<'describe'>): Promise<void> {
    const plugin = await make(instance, '', settings);
    if (!plugin) return;
    try {
      const failure = await plugin.evaluate(id, code, ms);
      const text = failure ?? (await plugin.describe(id, ms));
      answer(id, text ?? { failed: 'disposed' }, settings.outputBytes);
    } finally {
      plugins.delete(instance);
      ending.set(instance, plugin.end());
    }
  }

  async function end({ id, instance }: RequestOf<'end'>): Promise<void> {
    // From here on it is the isolate that takes time, not this thread.
    send({ event: 'ending', instance });
    const unborn = making.get(instance);
    making.delete(instance);
    const plugin = unborn ? await unborn.catch(() => undefined) : plugins.get(instance);
    plugins.delete(instance);
    await (plugin?.end() ?? ending.get(instance));
    ending.delete(instance);
    send({ id, ok: true });
  }

  function call({ id, instance, text, ms }: RequestOf<'call'>): void {
    const plugin = plugins.get(instance);
    if (!plugin) return send({ id, error: 'SANDBOX_CRASHED', message: 'The instance is gone.' });
    plugin.call(id, text, ms, () => isAlone(plugins, plugin.owner));
  }

  let releasing = false;
  /** What lies outside of the heaps, such as buffers that grow, counts for no isolate: what has been running longest goes. */
  function full(): void {
    // What was ended for it and does not stop takes the process along: nobody else is to blame.
    if (releasing) return;
    const now = performance.now();
    const running = [...plugins.values()].filter(({ runsSince }) => runsSince !== undefined);
    const [longest] = running.sort((a, b) => (a.runsSince ?? now) - (b.runsSince ?? now));
    if (!longest) return;
    releasing = true;
    longest.endForMemory();
    void longest.end().then(() => setTimeout(() => (releasing = false), RELEASE_MS));
  }

  const sayWhy = (id: number) => (error: unknown) => {
    if (error instanceof CompileFailure) send({ id, refused: error.message });
    else
      send({
        id,
        error: 'SANDBOX_UNAVAILABLE',
        message: `No isolate could be made: ${error instanceof Error ? error.message : 'unknown'}`,
      });
  };

  return {
    take(request) {
      switch (request.type) {
        case 'call':
          return call(request);
        case 'abort':
          return plugins.get(request.instance)?.abort(request.call, request.why);
        case 'answered':
          return plugins.get(request.instance)?.answered(request.call, request.ask, request.text);
        case 'elapsed':
          return send({ id: request.id, elapsedMs: plugins.get(request.instance)?.elapsedMs(request.call) ?? null });
        case 'close':
          return closePlugin(plugins.get(request.instance), request, send);
        case 'end':
          return void end(request);
        case 'full':
          return full();
        case 'open':
          return void open(request).catch(sayWhy(request.id));
        case 'describe':
          return void describe(request).catch(sayWhy(request.id));
      }
    },
  };
}

const OUT_OF_MEMORY = 'It ran out of memory.';

function closePlugin(plugin: LoadedPlugin | undefined, { id, ms }: RequestOf<'close'>, send: Send): void {
  if (plugin) plugin.step(id, 'unload', [], ms);
  else send({ id, ok: true });
}

function isAlone(plugins: ReadonlyMap<number, LoadedPlugin>, owner: string): boolean {
  for (const plugin of plugins.values()) if (plugin.owner !== owner) return false;
  return true;
}

function sendAnswer(
  { send, sendValue }: ChildChannel,
  id: number,
  text: string | RunFailure,
  outputBytes: number,
): void {
  if (typeof text === 'object') return send({ id, error: failureOf(text).code, message: failureOf(text).message });
  const rest = text.slice(1);
  switch (text[0]) {
    case 'v':
      // A character is at most three bytes, so most answers need no counting.
      if (rest.length * 3 > outputBytes && Buffer.byteLength(rest) > outputBytes)
        return send({ id, error: 'OUTPUT_LIMIT_EXCEEDED', message: tooLong(outputBytes) });
      if (rest.includes('\n')) return send({ id, error: 'RESULT_INVALID', message: 'It is not JSON.' });
      return sendValue(id, rest);
    case 't':
      return send({ id, error: 'PLUGIN_ERROR', message: rest });
    case 'o':
      return send({ id, error: 'OUTPUT_LIMIT_EXCEEDED', message: tooLong(outputBytes) });
    default:
      return send({ id, error: 'RESULT_INVALID', message: rest });
  }
}

/** An instance's failure in the words of the error table. */
function failureOf(failure: RunFailure): { readonly code: ExecutionErrorCode; readonly message: string } {
  switch (failure.failed) {
    case 'timeout':
      return { code: 'TIMEOUT', message: timeoutMessage(failure.clock, failure.limitMs) };
    case 'memory':
      return { code: 'MEMORY_LIMIT_EXCEEDED', message: OUT_OF_MEMORY };
    case 'disposed':
      return { code: 'SANDBOX_CRASHED', message: 'Its instance was ended.' };
    case 'thrown':
      return { code: 'PLUGIN_ERROR', message: failure.message };
  }
}

/** What an isolate calls JSON is one line; anything else is dropped by whoever parses it. */
function oneLine(text: string): string {
  return text.includes('\n') ? 'null' : text;
}

function tooLong(outputBytes: number): string {
  return `The answer is longer than ${outputBytes} bytes of JSON.`;
}
