/**
 * What runs in an isolate before a plugin does, and stands between it and the runner. Strings come in, strings go out;
 * the plugin never sees the function by which they go.
 */
import { createCapabilities, type Capabilities } from '../../sdk/capabilities.ts';
import { describePlugin, isPlugin } from '../../sdk/describe.ts';
import type { BasePlugin } from '../../sdk/plugin.ts';
import { isParts, takeParts } from '../../sdk/take-parts.ts';
import { readHookReturn } from '../../sdk/verdict.ts';
import { GuestAbortController } from './abort.ts';
import { messageOf, thrownAnswer, valueAnswer } from './answer.ts';
import { askedBy, askerFor, takeHostAnswer } from './ask.ts';
import { settleGlobals } from './globals.ts';
import {
  connect,
  currentWork,
  enter,
  log,
  newWork,
  part,
  progress,
  sendAnswer,
  type GuestLimits,
  type HostFunction,
  type Work,
} from './host.ts';
import { namedError } from './named-error.ts';
import { fireTimer } from './timers.ts';

const { parse } = JSON;
const { apply, construct: build, get: read, ownKeys } = Reflect;
const { freeze } = Object;
const { get, set, delete: remove } = Map.prototype;

/** The contexts that calls share, made once by `load`. */
let shared: object = {};
let plugin: BasePlugin | undefined;

/** A call that is not answered yet. */
interface CallUnderWay {
  readonly work: Work;
  readonly controller: GuestAbortController;
}
const calls = new Map<number, CallUnderWay>();

const pluginLog = freeze({
  debug: (message: unknown, fields?: unknown) => log('debug', message, fields),
  info: (message: unknown, fields?: unknown) => log('info', message, fields),
  warn: (message: unknown, fields?: unknown) => log('warn', message, fields),
  error: (message: unknown, fields?: unknown) => log('error', message, fields),
});

/** Before the plugin's module is evaluated. */
export function start(later: HostFunction, now: HostFunction, limitsText: string, keyHex: string): void {
  connect(later, now, parse(limitsText) as GuestLimits);
  settleGlobals(keyHex);
}

/** Constructs the plugin and tells what it says of itself. */
export function describe(module: object): string {
  const made = construct(module);
  if (typeof made === 'string') return made;
  try {
    return valueAnswer(describePlugin(made));
  } catch (error) {
    return thrownAnswer(error);
  }
}

/** Constructs the plugin and runs `onLoad`. Like `call` and `unload`: gives the answer, or undefined and sends it later. */
export function load(id: number, module: object, contextText: string): string | undefined {
  const made = construct(module);
  if (typeof made === 'string') return made;
  const loaded = made;
  const context = parse(contextText) as { config: unknown };
  // What is kept of this context asks in the name of whatever call uses it.
  const capabilities = createCapabilities(askerFor(currentWork));
  shared = { ...context, config: deepFreeze(context.config), log: pluginLog, ...capabilities };
  const work = newWork(id);
  enter(work);
  return answerWith(
    work,
    () => loaded.onLoad(freeze({ ...shared }) as never),
    () => {
      plugin = loaded;
      return 'vnull';
    },
  );
}

export function unload(id: number): string | undefined {
  const unloaded = plugin;
  if (!unloaded) return 'vnull';
  const work = newWork(id);
  enter(work);
  return answerWith(
    work,
    () => unloaded.onUnload(),
    () => 'vnull',
  );
}

interface CallContext extends Capabilities {
  readonly signal: object;
  progress?: (data: never) => void;
  part?: (data: never) => void;
}

interface GuestCall {
  readonly kind: 'tool' | 'hook';
  readonly toolName: string;
  readonly params: never;
  readonly hook: never;
  readonly data: never;
  readonly context: object;
}

/** As `call`, where the runner stays on its own thread. */
export function callNow(id: number, text: string): string | undefined {
  return call(id, text, true);
}

export function call(id: number, text: string, onRunnersThread = false): string | undefined {
  const work = newWork(id);
  enter(work, onRunnersThread);
  const request = parse(text) as GuestCall;
  const controller = new GuestAbortController();
  apply(set, calls, [id, { work, controller }]);
  const capabilities = createCapabilities(askerFor(() => work));
  const context: CallContext = { ...shared, ...request.context, ...capabilities, signal: controller.signal };
  return request.kind === 'tool'
    ? answerWith(
        work,
        () => {
          context.progress = (data: never) => progress(work, data);
          context.part = (data: never) => part(work, data);
          const returned = executeTool(request, context);
          return isParts(returned) ? takeParts(returned, (data) => part(work, data), controller.signal) : returned;
        },
        valueAnswer,
      )
    : answerWith(
        work,
        () => plugin?.handleHook(request.hook, request.data, context as never),
        (value) => valueAnswer(readHookReturn(value)),
      );
}

/** Tells the plugin that nobody waits for call `id` any more, or with `deadline` that soon nobody will. */
export function abort(id: number, why: 'cancelled' | 'deadline'): void {
  const call = apply(get, calls, [id]) as CallUnderWay | undefined;
  if (!call) return;
  enter(call.work);
  call.controller.abort(
    why === 'deadline' ? namedError('TimeoutError', 'The time of this call is nearly over') : undefined,
  );
}

/** The host's answer to what was asked. */
export function answered(id: number, text: string): void {
  const work = askedBy(id);
  if (!work) return;
  enter(work);
  takeHostAnswer(id, text);
}

export function timer(id: number): void {
  fireTimer(id);
}

function executeTool(request: GuestCall, context: object): unknown {
  const execute: unknown = plugin && 'execute' in plugin ? plugin.execute : undefined;
  if (typeof execute !== 'function') throw new TypeError('This plugin has no execute method.');
  return apply(execute, plugin, [request.toolName, request.params, context]) as unknown;
}

/** Runs `begin`; answers at once unless it gave a promise, which is followed. */
function answerWith(work: Work, begin: () => unknown, finish: (value: unknown) => string): string | undefined {
  let answer: string;
  try {
    const value = begin();
    if (isThenable(value)) return void follow(work, value, finish);
    answer = finish(value);
  } catch (error) {
    answer = thrownAnswer(error);
  }
  leave(work);
  return answer;
}

async function follow(work: Work, promise: unknown, finish: (value: unknown) => string): Promise<void> {
  let answer: string;
  try {
    // `await` looks no `then` up on a real promise, so a plugin that replaces Promise.prototype.then fools only itself.
    answer = finish(await promise);
  } catch (error) {
    answer = thrownAnswer(error);
  }
  leave(work);
  sendAnswer(work.id, answer);
}

function leave(work: Work): void {
  work.ended = true;
  apply(remove, calls, [work.id]);
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** The plugin, or the answer that says why there is none. */
function construct(module: object): BasePlugin | string {
  try {
    const exported: unknown = 'default' in module ? module.default : undefined;
    if (typeof exported !== 'function') return `t${WHAT_TO_EXPORT}`;
    const made: unknown = build(exported, []);
    return isPlugin(made) ? made : `t${WHAT_TO_EXPORT}`;
  } catch (error) {
    return `tIts constructor failed: ${messageOf(error)}`;
  }
}

const WHAT_TO_EXPORT =
  'The default export is not a plugin. Export a class that extends BasePlugin or BaseToolPlugin, or what definePlugin(...) returns.';

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const key of ownKeys(value)) deepFreeze(read(value, key));
  return freeze(value);
}
