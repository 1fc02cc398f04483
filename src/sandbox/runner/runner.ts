/** What a runner does with each request. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { endNow, type ChildChannel } from '../child-channel.ts';
import type { CallFrame } from '../frames.ts';
import { overBudget, PROCESS_OUT_OF_MEMORY } from '../over-budget.ts';
import type { TimedWork } from '../timeout-message.ts';
import { CpuWatch } from './cpu-watch.ts';
import { CompileFailure } from './guest-isolate.ts';
import type { GuestModules } from './guest-modules.ts';
import { LoadedPlugin, type LoadedPluginEvents } from './loaded-plugin.ts';
import type { GuestSettings, RunnerRequest } from './messages.ts';
import { ProcessorClock } from './processor-clock.ts';
import { reasonOf, type Reason } from './reason-of.ts';
import { Residents } from './residents.ts';

export interface Runner {
  take(request: RunnerRequest): void;
  call(call: CallFrame): void;
}

type RequestOf<T extends RunnerRequest['type']> = Extract<RunnerRequest, { type: T }>;

/** Long enough for the message before it to leave. */
const LAST_WORDS_MS = 50;
/** Until the memory of what was ended is back. */
const RELEASE_MS = 100;
/** What the server has not taken yet; it is in the heap of this process. */
const MAX_WAITING_CHARS = 8 * 1024 * 1024;

export function openRunner(modules: GuestModules, channel: ChildChannel): Runner {
  const { send } = channel;
  const plugins = new Residents();
  const isAlone = () => plugins.haveOneOwner;
  const deps = { modules, cpuWatch: new CpuWatch(), clock: new ProcessorClock(), isAlone };
  /** Ended here, and not yet known to have stopped. */
  const ending = new Map<number, Promise<void>>();
  /** To be made; what `end` overtakes is not made any more. */
  const toMake = new Set<number>();
  /** When the next may be made: each holds this thread for some milliseconds, and where many wait others have turns in between. */
  let nextMaking = Promise.resolve();
  /** By instance, the request that last opened, described or closed it; whatever else it is asked is a call. */
  const steps = new Map<number, { readonly id: number; readonly type: TimedWork }>();
  const workOf = (instance: number, id: number): TimedWork => {
    const step = steps.get(instance);
    return step?.id === id ? step.type : 'call';
  };

  /** An instance that broke a limit is gone; its server learns why, and by which request: 0 when by none that is known. */
  function breach(instance: number, why: Reason, call: number): void {
    const plugin = forget(instance);
    send({ event: 'gone', instance, ...why, call });
    if (plugin) ending.set(instance, release(plugin));
  }

  /** Those of which the memory is not back yet. */
  let releasing = 0;
  function release(plugin: LoadedPlugin): Promise<void> {
    releasing += 1;
    const ended = plugin.end();
    void ended.then(() => setTimeout(() => (releasing -= 1), RELEASE_MS));
    return ended;
  }

  /** Gives what was there. */
  function forget(instance: number): LoadedPlugin | undefined {
    steps.delete(instance);
    return plugins.remove(instance);
  }

  function eventsOf(instance: number, settings: GuestSettings): LoadedPluginEvents {
    return {
      onAnswer(id, text) {
        if (typeof text === 'string') return sendAnswer(channel, id, text, settings);
        const why = reasonOf(text, settings, workOf(instance, id));
        if (text.failed === 'thrown') sendFailure(channel, id, why);
        else breach(instance, why, id);
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
      onBudget: (call, of) => breach(instance, overBudget(of, settings), call),
      onBreach(failure, call) {
        const why = reasonOf(failure, settings, workOf(instance, call));
        const outside = failure.failed === 'memory' && makingRoom;
        breach(instance, outside ? { ...why, message: PROCESS_OUT_OF_MEMORY } : why, call);
      },
      onCatastrophe(call) {
        send({ event: 'gone', instance, ...overBudget('heap', settings), call, catastrophe: true });
        setTimeout(endNow, LAST_WORDS_MS);
      },
    };
  }

  /** Undefined when it was ended before it was there. */
  async function make(request: RequestOf<'open' | 'describe'>, owner: string): Promise<LoadedPlugin | undefined> {
    const { instance } = request;
    toMake.add(instance);
    const turn = nextMaking;
    const made = Promise.withResolvers<undefined>();
    nextMaking = turn.then(() => made.promise).then(pass);
    try {
      await turn;
      return toMake.delete(instance) ? makeNow(request, owner) : undefined;
    } finally {
      made.resolve(undefined);
    }
  }

  function makeNow({ id, type, instance, settings }: RequestOf<'open' | 'describe'>, owner: string): LoadedPlugin {
    const plugin = LoadedPlugin.open(deps, owner, settings, eventsOf(instance, settings));
    plugins.add(instance, plugin);
    steps.set(instance, { id, type });
    send({ event: 'entered', instance });
    // Before anything of the plugin runs: were this process to end, it has to be known who was in it.
    channel.flush();
    return plugin;
  }

  async function open(request: RequestOf<'open'>): Promise<void> {
    const { id, instance, settings, ms } = request;
    const plugin = await make(request, request.owner);
    if (!plugin) return;
    const failure = await plugin.evaluate(id, request.code, ms);
    const why = failure && reasonOf(failure, settings, 'open');
    if (why && failure.failed === 'thrown') return sendFailure(channel, id, why);
    if (why) return breach(instance, why, id);
    plugin.step(id, 'load', [JSON.stringify(request.context)], ms);
  }

  async function describe(request: RequestOf<'describe'>): Promise<void> {
    const { id, instance, code, settings, ms } = request;
    const plugin = await make(request, '');
    if (!plugin) return;
    try {
      const failure = await plugin.evaluate(id, code, ms);
      const text = failure ?? (await plugin.describe(id, ms)) ?? { failed: 'disposed' };
      if (typeof text === 'string') sendAnswer(channel, id, text, settings);
      else sendFailure(channel, id, reasonOf(text, settings, 'describe'));
    } finally {
      forget(instance);
      ending.set(instance, release(plugin));
    }
  }

  async function end({ id, instance }: RequestOf<'end'>): Promise<void> {
    // From here on it is the isolate that takes time, not this thread.
    send({ event: 'ending', instance });
    toMake.delete(instance);
    await (forget(instance)?.end() ?? ending.get(instance));
    ending.delete(instance);
    send({ id, ok: true });
  }

  function call({ id, instance, text, ms }: CallFrame): void {
    const plugin = plugins.get(instance);
    if (!plugin) return send({ id, error: 'SANDBOX_CRASHED', message: 'The instance is gone.' });
    plugin.call(id, text, ms);
  }

  function close({ id, type, instance, ms }: RequestOf<'close'>): void {
    const plugin = plugins.get(instance);
    if (!plugin) return send({ id, ok: true });
    steps.set(instance, { id, type });
    plugin.step(id, 'unload', [], ms);
  }

  let makingRoom = false;
  /** What lies outside of the heaps, such as buffers that grow, counts for no isolate: what has been running longest goes. */
  function full(): void {
    // What was ended and does not stop takes the process along, and what has stopped gives back what it had: nobody else is
    // to blame.
    if (releasing > 0) return;
    makingRoom = true;
    plugins.longestRunning?.endForMemory();
    makingRoom = false;
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
    call,
    take(request) {
      switch (request.type) {
        case 'abort':
          return plugins.get(request.instance)?.abort(request.call, request.why);
        case 'answered':
          return plugins.get(request.instance)?.answered(request.call, request.ask, request.text);
        case 'elapsed':
          return send({ id: request.id, elapsedMs: plugins.get(request.instance)?.elapsedMs(request.call) ?? null });
        case 'close':
          return close(request);
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

function sendAnswer(channel: ChildChannel, id: number, text: string, settings: GuestSettings): void {
  const { outputBytes } = settings;
  const rest = text.slice(1);
  switch (text[0]) {
    case 'v':
      // A character is at most three bytes, so most answers need no counting.
      if (rest.length * 3 > outputBytes && Buffer.byteLength(rest) > outputBytes)
        return sendFailure(channel, id, overBudget('answer', settings));
      if (rest.includes('\n')) return sendFailure(channel, id, { code: 'RESULT_INVALID', message: 'It is not JSON.' });
      return channel.sendValue(id, rest);
    case 't':
      return sendFailure(channel, id, { code: 'PLUGIN_ERROR', message: rest });
    case 'o':
      return sendFailure(channel, id, overBudget('answer', settings));
    default:
      return sendFailure(channel, id, { code: 'RESULT_INVALID', message: rest });
  }
}

function sendFailure({ send }: ChildChannel, id: number, { code, message }: Reason): void {
  send({ id, error: code, message });
}

/** What an isolate calls JSON is one line; anything else is dropped by whoever parses it. */
function oneLine(text: string): string {
  return text.includes('\n') ? 'null' : text;
}

/** Resolves after what else has come in had its turn: the first immediate may be in the turn of whoever asks. */
async function pass(): Promise<void> {
  await nextTurn();
  await nextTurn();
}
